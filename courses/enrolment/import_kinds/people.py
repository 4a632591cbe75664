"""Who of a file's lines is registered already, and how surely that can be told.

A line finds an account by the national code, by a *proven* mobile, or by the code this site gave.
A number somebody only typed finds nobody. An account that was found is the line's person without
being asked only where name, birth date and national code agree as far as both sides say them; in
every other case somebody of the school looks (`Found.asks`). Beside these a school's own people are
compared by name and birth date, so that nobody stands in its lists twice.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from courses.enrolment.import_kinds.refusals import SomebodyElses, WhoIsIt
from courses.enrolment.models import Intake
from courses.imports.kinds import Draft, Fault, Question, fault, question
from courses.imports.models import Row
from courses.imports.states import Outcome
from courses.kit.identity import hide_national_code
from courses.kit.persian import is_same_name
from courses.organisations.models import Organisation
from courses.organisations.queries import students_now
from courses.people.models import User
from courses.people.queries import record_of

# The answers to "who is it?": somebody of the school by name, an account without a name, a new one.
NAMED, UNNAMED, OTHER = "named:", "unnamed:", "other"


@dataclass(frozen=True)
class Found:
    """Who a line is: surely somebody (`student`), surely nobody yet, or to be decided.

    `maybe` are the accounts it may be; `may_be_other`: whether it may be somebody new.
    """

    student: User | None = None
    maybe: tuple[User, ...] = ()
    reason: str | Promise = ""
    may_be_other: bool = True
    faults: tuple[Fault, ...] = ()

    @property
    def asks(self) -> bool:
        """Tell whether somebody has to look."""
        return bool(self.maybe)

    def chosen(self, answer: str) -> User | None:
        """Return the account an answer names, or nobody for somebody new."""
        _how, _colon, key = answer.partition(":")
        return next((one for one in self.maybe if str(one.pk) == key), None)


class People:
    """Who of a portion's lines is registered already."""

    def __init__(self, school_id: int) -> None:
        self.school_id = school_id
        self.by_code: dict[str, User] = {}
        self.by_mobile: dict[str, list[User]] = {}
        self.by_reference: dict[uuid.UUID, User] = {}
        self.own_by_birth: dict[object, list[User]] = {}
        self.own: set[int] = set()
        # Whom an import of this intake has made: its own receipt says who that is.
        self.made_here: set[int] = set()

    @classmethod
    def of(cls, drafts: Sequence[Draft], intake: Intake) -> "People":
        """Look everybody up, in a number of queries that does not grow."""
        found = cls(intake.school_id)
        everybody = User.objects.filter(is_active=True).select_related("record").order_by("pk")
        codes = [_hidden(d.values["national_code"]) for d in drafts if d.values["national_code"]]
        for user in everybody.filter(record__national_code_hash__in=codes):
            found.by_code[user.record.national_code_hash or ""] = user
        mobiles = [d.values["mobile"] for d in drafts if d.values["mobile"]]
        for user in everybody.filter(mobile__in=mobiles, mobile_proven_at__isnull=False):
            found.by_mobile.setdefault(user.mobile or "", []).append(user)
        # What only the school itself may know: its own people.
        own = everybody.filter(_of_school(intake.school)).distinct()
        references = [d.values["reference"] for d in drafts if d.values["reference"]]
        for user in own.filter(public_id__in=references):
            found.by_reference[user.public_id] = user
        dates = [d.values["birth_date"] for d in drafts if d.values["birth_date"]]
        for user in own.filter(record__birth_date__in=dates):
            found.own_by_birth.setdefault(user.record.birth_date, []).append(user)
        keys = {user.pk for user in found.everybody()}
        found.own = set(own.filter(pk__in=keys).values_list("pk", flat=True))
        found.made_here = {
            made["person"]
            for made in Row.objects.filter(
                batch__kind="enrolment.students", batch__subject=str(intake.public_id),
                outcome=Outcome.MADE,
            ).values_list("made", flat=True)
            if made.get("person")
        }  # fmt: skip
        return found

    def everybody(self) -> list[User]:
        """Return whoever was found."""
        return [
            *self.by_code.values(), *self.by_reference.values(),
            *(user for users in self.by_mobile.values() for user in users),
            *(user for users in self.own_by_birth.values() for user in users),
        ]  # fmt: skip

    def recognise(self, values: Mapping[str, Any]) -> Found:
        """Return who a line is, as surely as can be told."""
        code, mobile, reference = values["national_code"], values["mobile"], values["reference"]
        by_code = self.by_code.get(_hidden(code)) if code else None
        by_reference = self.by_reference.get(reference) if reference else None
        if by_code and by_reference and by_code != by_reference:
            return Found(faults=(fault("reference", SomebodyElses()),))
        student = by_code or by_reference
        if student is not None:
            if _agrees(student, values):
                return Found(student)
            return Found(
                maybe=(student,),
                reason=_BY_CODE if by_code else _BY_REFERENCE,
                # A national code is one person's: whoever else it is, the code is wrong.
                may_be_other=by_code is None,
            )
        if not code and not mobile:
            return Found(faults=(fault("national_code", WhoIsIt()),))
        return self._by_number(values) or self._by_name(values) or Found()

    def _by_number(self, values: Mapping[str, Any]) -> Found | None:
        """Return who has proven the line's number; a family may share it."""
        holders = self.by_mobile.get(values["mobile"], [])
        agreeing = [one for one in holders if _agrees(one, values)]
        if len(agreeing) == 1:
            return Found(agreeing[0])
        return Found(maybe=tuple(holders), reason=_BY_NUMBER) if holders else None

    def _by_name(self, values: Mapping[str, Any]) -> Found | None:
        """Return who of the school's own people has the line's name and birth date."""
        namesakes = [
            one for one in self.own_by_birth.get(values["birth_date"], []) if _agrees(one, values)
        ]
        if len(namesakes) == 1 and self._is_receipts(namesakes[0], values):
            return Found(namesakes[0])
        return Found(maybe=tuple(namesakes), reason=_BY_NAME) if namesakes else None

    def _is_receipts(self, user: User, values: Mapping[str, Any]) -> bool:
        """Tell whether a line is one this intake's own import has taken in: the file again."""
        record = record_of(user)
        has_code = bool(record and record.national_code_hash)
        return (
            user.pk in self.made_here
            and user.mobile == values["mobile"]
            and has_code == bool(values["national_code"])
        )

    def question_about(self, found: Found) -> Question:
        """Return what the registrar is asked; a name is said of the school's own people only."""
        answers: dict[str, str | Promise] = {
            f"{NAMED if user.pk in self.own else UNNAMED}{user.pk}":
            format_lazy(_IS_NAMED, name=str(user)) if user.pk in self.own else _IS_SAME
            for user in found.maybe
            # Of several without a name nobody could say which.
            if user.pk in self.own or len(found.maybe) == 1
        }  # fmt: skip
        if found.may_be_other:
            answers[OTHER] = _("It is another person")
        return question(found.reason, answers)


def _of_school(school: Organisation) -> Q:
    here = students_now().filter(organisation=school)
    return Q(memberships__in=here) | Q(enrolments__intake__school=school)


_BY_CODE = _(
    "An account with this national code exists, with another name or birth date than the line's."
)
_BY_REFERENCE = _(
    "The account with this code of the site has another name, birth date or national code than "
    "the line."
)
_BY_NUMBER = _(
    "This mobile belongs to an account whose name, birth date or national code is not the line's. "
    "Families share a telephone."
)
_BY_NAME = _("Somebody of your school has the same name and birth date.")
_IS_SAME = _("It is the same person")
_IS_NAMED = _("It is {name}")


def _agrees(user: User, values: Mapping[str, Any]) -> bool:
    """Tell whether name, birth date and national code fit, as far as both sides say them."""
    record = record_of(user)
    typed = f"{values['first_name'] or ''} {values['last_name'] or ''}"
    if record is None or not is_same_name(user.get_full_name(), typed):
        return False
    if values["birth_date"] and record.birth_date != values["birth_date"]:
        return False
    code = values["national_code"]
    return not code or record.national_code_hash in {None, _hidden(code)}


def _hidden(code: str) -> str:
    return hide_national_code(code, key=settings.NATIONAL_CODE_KEY)
