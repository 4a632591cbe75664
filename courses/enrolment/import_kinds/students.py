"""Students of an intake from a school's spreadsheet, or from a OneRoster bundle.

A line is a person: recognised as `people.py` says, asked about where it is not sure who it is, made
anew where nobody is. Then the place is asked for through the same action as everybody's, with the
registrar's name on it, so that seats, the waiting list, conditions and consents hold here too.
Nothing known of a person is changed by a file. First and family name come in columns of their
own: to cut «محمد رضا کریم پور» in two would be a guess.
"""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.http import Http404
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.enrolment import queries, rules
from courses.enrolment.actions import apply_to, withdraw
from courses.enrolment.cells import RELATIONS, SEXES, GradeField, ReferenceField, WordField
from courses.enrolment.import_kinds.people import UNNAMED, Found, People
from courses.enrolment.import_kinds.refusals import (
    GuardianIncomplete,
    SexMissing,
    SomebodyElses,
    TooManyStrangers,
    TwiceInTheFile,
    WhichClass,
)
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.refusals import NotEligible
from courses.enrolment.states import LIVE, State
from courses.imports.kinds import (
    LANGUAGES,
    Column,
    Draft,
    Effect,
    Fault,
    Import,
    ImportKind,
    Judgement,
    fault,
    register,
)
from courses.imports.models import Row
from courses.imports.oneroster import read_bundle
from courses.imports.refusals import MovedOn
from courses.imports.states import Outcome, Verdict
from courses.kit import audit
from courses.kit.fields import (
    JalaliDateField,
    MobileField,
    NationalCodeField,
    PersianTextField,
)
from courses.kit.persian import search_form
from courses.kit.rights import must
from courses.kit.tables import Table, read_table
from courses.notices.actions import welcome
from courses.organisations.models import Learners
from courses.people.actions import (
    Facts,
    GuardianIsTheStudent,
    forget_person,
    name_guardian,
    register_person,
    remove_guardian,
)
from courses.people.models import Guardian, Origin, PersonalRecord, User

# So often a day may a registrar say "the same person" of somebody her school does not know: the
# roster shows that person's name then, and a list of numbers must not become a list of names.
MOST_STRANGERS_A_DAY = 20
# Why a place was asked for or given up, as its trail says.
TAKEN_IN, TAKEN_BACK = _("from a file of the school"), _("the school undid its import")


@register
class Students(ImportKind):
    """Students and their places in one intake; the subject is the intake's public identifier."""

    code = "enrolment.students"
    title = _("Import students")
    note = _(
        "xlsx or csv, or a OneRoster bundle (zip). Persian and Latin digits, Jalali and Gregorian "
        "dates, and national codes that lost their zeros are understood."
    )
    after = _(
        "Whoever was taken in stands in the list, with what is still missing: a consent or a "
        "paper. A message has gone to every number of the file; to whom it gave no number, give "
        "a first sign-in there."
    )
    columns = (
        Column("first_name", _("First name"), PersianTextField(max_length=150),
               ("نام", "نام کوچک", "نام هنرجو", "نام دانش آموز"), needed=True, example="آیلین"),
        Column("last_name", _("Family name"), PersianTextField(max_length=150),
               ("نام خانوادگی", "فامیلی", "فامیل", "شهرت", "نام خانوادگی هنرجو", "surname"),
               needed=True, example="نمونه"),
        Column("national_code", _("National code"), NationalCodeField(required=False),
               ("کد ملی", "کدملی", "شماره ملی", "کد ملی هنرجو", "national id"),
               example="0012345679"),
        Column("birth_date", _("Birth date"), JalaliDateField(),
               ("تاریخ تولد", "تولد", "ت تولد", "متولد", "date of birth", "birthday"),
               needed=True, example="1389/02/11"),
        Column("sex", _("Girl or boy"), WordField(SEXES, required=False),
               ("جنسیت", "جنس", "دختر/پسر", "sex", "gender"), example="دختر"),
        Column("mobile", _("Mobile"), MobileField(required=False),
               ("موبایل", "تلفن همراه", "شماره همراه", "همراه", "شماره موبایل", "همراه هنرجو",
                "تلفن", "شماره تماس", "phone"), example="09140000000"),
        Column("grade", _("School grade"), GradeField(required=False, min_value=1, max_value=12),
               ("پایه", "پایه تحصیلی", "کلاس"), example="دهم"),
        Column("prior_field", _("Field studied before"),
               PersianTextField(required=False, max_length=80), ("رشته", "رشته قبلی")),
        Column("guardian_name", _("Guardian's name"),
               PersianTextField(required=False, max_length=120),
               ("نام ولی", "ولی", "نام و نام خانوادگی ولی", "نام سرپرست"), example="ولی نمونه"),
        Column("guardian_relation", _("Guardian's relation"),
               WordField(RELATIONS, required=False), ("نسبت", "نسبت ولی", "نسبت با هنرجو"),
               example="مادر"),
        Column("guardian_mobile", _("Guardian's mobile"), MobileField(required=False),
               ("موبایل ولی", "همراه ولی", "تلفن ولی", "شماره ولی", "شماره همراه ولی",
                "تلفن همراه ولی"), example="09140000001"),
        Column("reference", _("Code on this site"), ReferenceField(required=False),
               ("کد جوار", "sourcedId")),
    )  # fmt: skip

    def subject_or_404(self, user: User, subject: str) -> Intake:
        """Return the intake for its registrars."""
        try:
            key = uuid.UUID(subject)
        except ValueError as error:
            raise Http404 from error
        intakes = queries.kept_by(user).prefetch_related("requirements")
        intake = intakes.filter(public_id=key).first()
        if intake is None:
            raise Http404
        must(user, "enrolment.keep_intakes", intake)
        return intake

    def describe(self, subject: Intake) -> tuple[str, str]:
        """Return the programme's title and the roster's address."""
        return subject.version.title, reverse("enrolment:intake_roster", args=[subject.public_id])

    def begin(self, subject: Intake, *, by: User, at: datetime, undoing: bool = False) -> Import:
        """Refuse where nobody can be taken in now; taking back asks no dates."""
        if undoing:
            return StudentImport(subject, by=by, at=at)
        late = at >= subject.closes_at
        reasons = rules.time_reasons(subject, at=at, late=late)
        if reasons:
            raise NotEligible(reasons=" ".join(reason.sentence for reason in reasons))
        return StudentImport(subject, by=by, at=at)

    def read(self, name: str, data: bytes, subject: Intake) -> Table:
        """Read a spreadsheet, or the class of a OneRoster bundle that is this intake."""
        if name.lower().endswith(".zip"):
            return _table_of_bundle(data, subject)
        return read_table(name, data)


def _table_of_bundle(data: bytes, intake: Intake) -> Table:
    """Return the students of a bundle's only class, or of the one with the intake's code."""
    bundle = read_bundle(data)
    classes = {one.sourced_id for one in bundle.classes}
    if len(classes) > 1:
        known = {intake.code, str(intake.public_id)}
        classes = {
            one.sourced_id for one in bundle.classes if one.code in known or one.sourced_id in known
        }
        if len(classes) != 1:
            raise WhichClass(code=intake.code)
    inside = {
        one.person
        for one in bundle.enrolments
        if one.role == "student" and one.class_group in classes
    }
    rows = [
        (
            person.given, person.family, person.identifier,
            person.birth_date.isoformat() if person.birth_date else "",
            person.sex if person.sex in {"male", "female"} else "", person.phone,
            person.sourced_id,
        )
        for person in bundle.people
        if person.sourced_id in inside
    ]  # fmt: skip
    return Table(
        ("first_name", "last_name", "national_code", "birth_date", "sex", "mobile", "reference"),
        tuple(enumerate(rows, start=2)),
    )


class StudentImport(Import):
    """Students of one file on their way into one intake."""

    def __init__(self, intake: Intake, *, by: User, at: datetime) -> None:
        """Remember who imports, and whether it is after the closing."""
        self.intake, self.by, self.at = intake, by, at
        self.late = at >= intake.closes_at
        self.seen: dict[object, int] = {}
        self.known: dict[int, Found] = {}

    def judge(self, drafts: Sequence[Draft]) -> list[Judgement]:
        """Recognise people, then ask the intake's own conditions about each."""
        people = People.of(drafts, self.intake)
        inside = set(
            Enrolment.objects.filter(
                intake=self.intake, state__in=LIVE, student__in=people.everybody()
            ).values_list("student_id", flat=True)
        )
        return [self._judged(draft, people, inside) for draft in drafts]

    def _judged(self, draft: Draft, people: "People", inside: set[int]) -> Judgement:
        values = draft.values
        label = f"{values['first_name'] or ''} {values['last_name'] or ''}".strip()
        faults = [*self._repeated(draft), *_about_guardian(values)]
        found = self.known[draft.number] = people.recognise(values)
        # A code that cannot be read is said already.
        faults += [one for one in found.faults if not _is_about(draft.faults, one["column"])]
        student = found.student
        if student is not None and student.pk in inside and not draft.faults and not faults:
            return Judgement(label, Verdict.KNOWN)
        sex = values["sex"] or rules.SEX_OF.get(Learners(self.intake.learners), "")
        if not sex and student is None and not found.asks and not _is_about(draft.faults, "sex"):
            faults.append(fault("sex", SexMissing()))
        if found.asks and not faults:
            # The intake's conditions wait: what they say would tell about the account.
            return Judgement(label, Verdict.LOOK, asked=people.question_about(found))
        if not draft.faults and not faults:
            faults += self._unfit(student or _imagined(values, sex))
        return Judgement(label, Verdict.BAD if faults else Verdict.NEW, tuple(faults))

    def _repeated(self, draft: Draft) -> list[Fault]:
        """Return a fault where an earlier line is the same person; a family shares its mobile."""
        values = draft.values
        alike = [(name, values[name]) for name in ("national_code", "reference")]
        if not values["national_code"] and values["mobile"]:
            whole = f"{values['first_name']} {values['last_name']} {values['birth_date']}"
            alike.append(("mobile", f"{values['mobile']} {search_form(whole)}"))
        for name, value in alike:
            if value is None:
                continue
            line = self.seen.setdefault((name, value), draft.number)
            if line != draft.number:
                return [fault(name, TwiceInTheFile(line=line), str(values[name]))]
        return []

    def _unfit(self, student: User) -> list[Fault]:
        """Return why the intake's conditions say no, in every language."""
        said = {}
        for language in LANGUAGES:
            with translation.override(language):
                reasons = rules.reasons_against(self.intake, student, at=self.at, late=self.late)
                if not reasons:
                    return []
                said[language] = " ".join(reason.sentence for reason in reasons)
        return [{"column": "", "typed": "", **said}]

    def make(self, draft: Draft) -> Effect:
        """Register the person where needed, name the guardian, ask for the place."""
        values = draft.values
        found = self.known[draft.number]
        student, new = found.chosen(draft.answer) or found.student, False
        if student is None:
            student, new = self._registered(values), True
        elif queries.live_in(student, self.intake):
            return Effect(Outcome.UNCHANGED)
        guardian = None
        if values["guardian_name"]:
            before = set(student.guardians.values_list("pk", flat=True))
            named = name_guardian(
                student, full_name=values["guardian_name"],
                relation=values["guardian_relation"], mobile=values["guardian_mobile"],
                by=self.by, origin=Origin.FILE, at=self.at,
            )  # fmt: skip
            guardian = None if named.pk in before else named.pk
        if found.asks and not new:
            audit.record(
                student, "recognise", by=self.by, at=self.at, intake=str(self.intake.public_id)
            )
        enrolment = apply_to(
            self.intake,
            by=self.by,
            student=student,
            late=self.late,
            reason=_said(TAKEN_IN),
            at=self.at,
        )
        if new and student.mobile:
            welcome(student, by=self.by, at=self.at)
        return Effect(
            Outcome.MADE,
            {
                "enrolment": enrolment.pk,
                "person": student.pk if new else None,
                "guardian": guardian,
            },
        )

    def may_answer(self, key: str) -> None:
        """Refuse to name more than a few people from outside the school the same, a day."""
        if not key.startswith(UNNAMED):
            return
        given = Row.objects.filter(
            batch__kind=Students.code, answered_by=self.by, answer__startswith=UNNAMED,
            answered_at__gt=self.at - timedelta(days=1),
        )  # fmt: skip
        if given.count() >= MOST_STRANGERS_A_DAY:
            raise TooManyStrangers(most=MOST_STRANGERS_A_DAY)

    def _registered(self, values: Mapping[str, Any]) -> User:
        sex = values["sex"] or rules.SEX_OF[Learners(self.intake.learners)]
        facts = Facts(
            values["birth_date"], sex, values["national_code"] or "", grade=values["grade"],
            prior_field=values["prior_field"] or "",
        )  # fmt: skip
        try:
            return register_person(
                username=_free_username(), first_name=values["first_name"],
                last_name=values["last_name"], by=self.by, facts=facts,
                mobile=values["mobile"], at=self.at,
            )  # fmt: skip
        except IntegrityError as error:
            # Registered by somebody else since the check.
            raise SomebodyElses from error

    def unmake(self, made: Mapping[str, Any]) -> None:
        """Withdraw the place, and empty the account if the import made it and nobody used it."""
        enrolment = Enrolment.objects.select_related("intake__school", "student").get(
            pk=made["enrolment"]
        )
        if enrolment.state in {State.ACCEPTED, State.ENROLLED, State.COMPLETED}:
            raise MovedOn
        if enrolment.state in LIVE:
            withdraw(enrolment, by=self.by, reason=_said(TAKEN_BACK), at=self.at)
        if made["person"] and enrolment.student.last_login is None:
            others = enrolment.student.enrolments.filter(state__in=LIVE)
            if not others.exists():
                forget_person(enrolment.student, by=self.by, at=self.at)
        elif made["guardian"]:
            guardian = Guardian.objects.filter(pk=made["guardian"]).first()
            if guardian is not None:
                remove_guardian(guardian, by=self.by, at=self.at)


def _is_about(faults: Sequence[Fault], column: str) -> bool:
    return any(one["column"] == column for one in faults)


def _about_guardian(values: Mapping[str, Any]) -> list[Fault]:
    parts = [values[name] for name in ("guardian_name", "guardian_relation", "guardian_mobile")]
    if any(parts) and not all(parts):
        return [fault("guardian_name", GuardianIncomplete())]
    if values["guardian_mobile"] and values["guardian_mobile"] == values["mobile"]:
        return [fault("guardian_mobile", GuardianIsTheStudent())]
    return []


def _imagined(values: Mapping[str, Any], sex: str) -> User:
    """Return an unsaved person, as the intake's conditions would see them."""
    student = User(first_name=values["first_name"], last_name=values["last_name"])
    student.record = PersonalRecord(
        birth_date=values["birth_date"], sex=sex, grade=values["grade"],
        prior_field=values["prior_field"] or "",
    )  # fmt: skip
    return student


def _free_username() -> str:
    """Return a user name of digits, easily typed on any keyboard; guessing one opens nothing."""
    while True:
        name = f"s{secrets.randbelow(10**8):08d}"
        if not User.objects.filter(username=name).exists():
            return name


def _said(reason: Promise) -> str:
    """Return a reason as the trail keeps it: in the house's first language."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(reason)
