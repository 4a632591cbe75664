"""The cast: a few named people and the small world they live in, built through the house's actions.

| who | what |
|---|---|
| aylin | a girl of 16, student of the girls' school |
| sara | another student of it, 17 |
| stranger | has an account, belongs nowhere |
| teacher, registrar, editor | of the girls' school |
| onlooker | registrar of another school |
| owner, mentor | of the bag studio |
| rival | owner of another firm |
| officer, officer_2 | of the office |
| admin | keeps the site |
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from django.test import Client

from courses.curricula.actions import freeze_programme
from courses.curricula.models import (
    LessonPage,
    ModulePage,
    ProgrammeIndexPage,
    ProgrammePage,
    ProgrammeVersion,
)
from courses.enrolment.actions import open_intake
from courses.enrolment.models import Intake
from courses.kit.sowing import Sower
from courses.law.seeding import read_statute, sow_statute
from courses.organisations.actions import grant_role, record_partnership
from courses.organisations.models import Kind, Organisation, Role
from courses.people.actions import Facts, name_guardian, record_consent, register_person
from courses.people.models import Guardian, User
from courses.skills.models import Occupation, Skill, SkillGroup
from courses.vacancies.actions import post_vacancy, publish_vacancy
from courses.vacancies.models import Vacancy

# Every test happens at this moment unless it says otherwise: 2 Azar 1405, 10:00 UTC.
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
TODAY = NOW.date()


@dataclass
class People:
    """The cast by name."""

    aylin: User
    sara: User
    stranger: User
    teacher: User
    registrar: User
    editor: User
    onlooker: User
    owner: User
    mentor: User
    rival: User
    officer: User
    officer_2: User
    admin: User


@dataclass
class Bodies:
    """Where they belong."""

    school: Organisation
    other_school: Organisation
    firm: Organisation
    other_firm: Organisation
    office: Organisation


# The schools of the cast and of the rush, as a guardian's consent names them.
CONSENTED_TO = ("enrolment:school", "enrolment:other-school")


def person(name: str, *, age: int | None = None, sex: str = "girl", consented: bool = True) -> User:
    """Make an account; with an age also a personal record (age in full years at NOW).

    A minor has a guardian, who consents to both schools unless `consented` is False.
    """
    facts = None
    if age is not None:
        facts = Facts(TODAY.replace(year=TODAY.year - age) - timedelta(days=40), sex)
    user = register_person(
        username=name, first_name=name.title(), last_name="Sample", by=None, facts=facts, at=NOW
    )
    if age is not None and age < 18 and consented:
        consent_for(user)
    return user


def prove(user: User, *, mobile: str | None = None, email: str = "") -> User:
    """Give somebody a mobile and an e-mail that a code has proven."""
    user.mobile, user.mobile_proven_at = mobile, NOW if mobile else None
    user.email, user.email_proven_at = email, NOW if email else None
    user.save()
    return user


def guardian_of(student: User, *, mobile: str = "", relation: str = "father") -> Guardian:
    """Write down a guardian; the mobile is made from the student's key."""
    return name_guardian(
        student, full_name=f"Guardian of {student.username}", relation=relation,
        mobile=mobile or f"+98900{student.pk:07d}", by=None, at=NOW,
    )  # fmt: skip


def consent_for(student: User, *scopes: str) -> Guardian:
    """Let a guardian consent on paper, to both schools of the cast where nothing is named."""
    guardian = guardian_of(student)
    for scope in scopes or CONSENTED_TO:
        record_consent(guardian, scope=scope, channel="paper", by=None, at=NOW)
    return guardian


def body(code: str, kind: str, **facts: Any) -> Organisation:
    """Make an organisation."""
    return Organisation.objects.create(
        code=code, kind=kind, name_fa=f"{code} فارسی", name_en=f"{code} English",
        locality_fa="تبریز", locality_en="Tabriz", **facts,
    )  # fmt: skip


def make_bodies() -> Bodies:
    """Make two schools, two firms, an office; the girls' school works beside the bag studio."""
    found = Bodies(
        body("school", Kind.SCHOOL, learners="girls", variety="technical-vocational"),
        body("other-school", Kind.SCHOOL, learners="boys", variety="technical-vocational"),
        body(
            "firm", Kind.FIRM, variety="bag_maker", insurance_confirmed=True, accepts_under_18=True
        ),
        body("other-firm", Kind.FIRM, variety="workshop"),
        body("office", Kind.OFFICE),
    )
    record_partnership(
        found.school, found.firm, starts_on=TODAY - timedelta(300),
        ends_on=TODAY + timedelta(300), by=None, at=NOW,
    )  # fmt: skip
    return found


@pytest.fixture
def bodies(db: None) -> Bodies:
    """The organisations of the cast."""
    return make_bodies()


def make_people(bodies: Bodies) -> People:
    """Make the whole cast with its roles."""
    cast = People(
        aylin=person("aylin", age=16), sara=person("sara", age=17),
        stranger=person("stranger", age=16), teacher=person("teacher"),
        registrar=person("registrar"), editor=person("editor"), onlooker=person("onlooker"),
        owner=person("owner"), mentor=person("mentor"), rival=person("rival"),
        officer=person("officer"), officer_2=person("officer_2"), admin=person("admin"),
    )  # fmt: skip
    cast.admin.is_superuser = cast.admin.is_staff = True
    cast.admin.save()
    for who, where, role in (
        (cast.aylin, bodies.school, Role.STUDENT),
        (cast.sara, bodies.school, Role.STUDENT),
        (cast.teacher, bodies.school, Role.TEACHER),
        (cast.registrar, bodies.school, Role.REGISTRAR),
        (cast.editor, bodies.school, Role.EDITOR),
        (cast.onlooker, bodies.other_school, Role.REGISTRAR),
        (cast.owner, bodies.firm, Role.OWNER),
        (cast.mentor, bodies.firm, Role.MENTOR),
        (cast.rival, bodies.other_firm, Role.OWNER),
        (cast.officer, bodies.office, Role.OFFICER),
        (cast.officer_2, bodies.office, Role.OFFICER),
    ):
        grant_role(who, where, role, by=None, at=NOW)
    return cast


@pytest.fixture
def people(bodies: Bodies) -> People:
    """The whole cast."""
    return make_people(bodies)


QUESTION = {"question": "کدام؟", "options": ["این", "آن"], "correct": 2, "explanation": "چون"}


def quiz(questions: int = 5) -> dict[str, Any]:
    """Return a raw quiz block; the right answer is always the second."""
    return {"type": "quiz", "value": {"questions": [QUESTION] * questions}}


def make_programme(
    code: str = "pattern", *, lessons: int = 2, parent: Any = None, live: bool = True
) -> ProgrammePage:
    """Make a live Persian programme of one module with so many lessons."""
    from wagtail.models import Locale, Page  # noqa: PLC0415

    fa = Locale.objects.get(language_code="fa")
    if parent is None:
        parent = ProgrammeIndexPage.objects.first()
    if parent is None:
        root = Page.objects.get(depth=1)
        parent = root.add_child(
            instance=ProgrammeIndexPage(title="برنامه‌ها", slug="programmes-test", locale=fa)
        )
    programme = parent.add_child(
        instance=ProgrammePage(
            title=f"الگوسازی {code}", slug=code, code=code, summary="خلاصه", level="continuing",
            hours_theory=10, hours_practice=20, locale=fa, live=live,
        )
    )  # fmt: skip
    module = programme.add_child(
        instance=ModulePage(
            title="پودمان", slug=f"{code}-m1", code=f"{code}-m1", number=1,
            hours_theory=10, hours_practice=20, locale=fa,
        )
    )  # fmt: skip
    for number in range(1, lessons + 1):
        module.add_child(
            instance=LessonPage(
                title=f"درس {number}", slug=f"lesson-{number}", minutes=30, locale=fa,
                body=[("heading", "عنوان"), ("quiz", {"questions": [QUESTION] * 5})],
            )
        )  # fmt: skip
    return ProgrammePage.objects.get(pk=programme.pk)


@pytest.fixture
def programme(db: None) -> ProgrammePage:
    """A live programme of one module and two lessons."""
    return make_programme()


@pytest.fixture
def version(programme: ProgrammePage) -> ProgrammeVersion:
    """Its first version."""
    return freeze_programme(programme, by=None, at=NOW)


def make_intake(
    school: Organisation, version: ProgrammeVersion, *, seats: int | None = 2,
    code: str = "intake", by: User | None = None, parts: dict[str, Any] | None = None,
    **changes: Any,
) -> Intake:  # fmt: skip
    """Open an intake that takes enrolments at NOW."""
    return open_intake(
        Intake(
            code=code, school=school, version=version,
            **(
                {
                    "opens_at": NOW - timedelta(days=5), "closes_at": NOW + timedelta(days=5),
                    "starts_on": TODAY + timedelta(days=20), "learners": school.learners,
                }
                | changes
            ),
        ),
        by=by, at=NOW, **({"seats": seats, "least_age": 15} | (parts or {})),
    )  # fmt: skip


@pytest.fixture
def intake(bodies: Bodies, version: ProgrammeVersion) -> Intake:
    """An open intake of the girls' school with two seats."""
    return make_intake(bodies.school, version)


# A third of putting the law in force was reading its file, in hundreds of tests.
_read_once = cache(read_statute)


def enact_statute() -> None:
    """Put the real rules of `seeds/law.yaml` in force, holidays beside them."""
    from django.conf import settings  # noqa: PLC0415

    sow_statute(_read_once(settings.ROOT / "seeds"), Sower(at=NOW))


@pytest.fixture
def statute(db: None) -> None:
    """The real rules of the law."""
    enact_statute()


def make_skills() -> dict[str, Skill]:
    """Make two harmless skills and one that is not for minors."""
    group = SkillGroup.objects.create(code="closing", label_fa="پستایی", label_en="Closing")
    return {
        code: Skill.objects.create(
            code=code, group=group, label_fa=code, label_en=code, description_fa="-",
            description_en="-", level=1, hazardous_for_minors=hazardous,
        )
        for code, hazardous in (("skiving", False), ("folding", False), ("press", True))
    }  # fmt: skip


@pytest.fixture
def skills(db: None) -> dict[str, Skill]:
    """Two harmless skills and one that is not for minors."""
    return make_skills()


def make_occupation(skills: dict[str, Skill]) -> Occupation:
    """Make an occupation that needs the first harmless skill."""
    found = Occupation.objects.create(
        code="closer", label_fa="پستایی‌ساز", label_en="Closer", isco08="7536",
        eqf_like_level=3, minimum_age=15,
    )  # fmt: skip
    found.skills.set([skills["skiving"]])
    return found


@pytest.fixture
def occupation(skills: dict[str, Skill]) -> Occupation:
    """An occupation."""
    return make_occupation(skills)


def unsaved_vacancy(firm: Organisation, occupation: Occupation, **changes: Any) -> Vacancy:
    """Return an unsaved vacancy the law allows from 15 years."""
    plain: dict[str, Any] = {
        "firm": firm, "title_fa": "کارآموز کیف‌دوزی", "title_en": "Bag trainee",
        "occupation": occupation, "seats": 2, "minimum_age": 15, "days": ["Sat", "Tue"],
        "starts_at": time(8, 30), "ends_at": time(13, 30), "hours_per_day": Decimal(5),
        "starts_on": TODAY + timedelta(days=60), "ends_on": TODAY + timedelta(days=160),
        "legal_basis": "school_practicum",
    }  # fmt: skip
    return Vacancy(**(plain | changes))


MakeVacancy = Callable[..., Vacancy]


def vacancy_maker(
    people: People, bodies: Bodies, occupation: Occupation, skills: dict[str, Skill]
) -> MakeVacancy:
    """Return a maker of published vacancies of the bag studio (`draft=True` leaves a draft)."""

    def make(*, draft: bool = False, skill: str = "skiving", **changes: Any) -> Vacancy:
        vacancy = unsaved_vacancy(bodies.firm, occupation, **changes)
        by = people.owner if vacancy.firm == bodies.firm else people.rival
        post_vacancy(vacancy, skills=[skills[skill]], by=by, at=NOW)
        return vacancy if draft else publish_vacancy(vacancy, by=by, at=NOW)

    return make


@pytest.fixture
def make_vacancy(
    people: People, bodies: Bodies, occupation: Occupation, skills: dict[str, Skill], statute: None
) -> MakeVacancy:
    """Return a maker of vacancies that the law allows."""
    return vacancy_maker(people, bodies, occupation, skills)


@pytest.fixture
def vacancy(make_vacancy: MakeVacancy) -> Vacancy:
    """A published vacancy of the bag studio with two seats."""
    return make_vacancy()


SignIn = Callable[[User | None], Client]


@pytest.fixture
def signed_in() -> SignIn:
    """Return a maker of clients that are signed in as somebody (None: as nobody)."""

    def make(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


SetClock = Callable[[datetime], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Let the site believe that it is NOW, and turn to another moment when called."""

    def turn(at: datetime) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: at)

    turn(NOW)
    return turn


def birth_date(years: int, *, on: date = TODAY) -> date:
    """Return the birth date of somebody who turns so many years on a day."""
    return on.replace(year=on.year - years)
