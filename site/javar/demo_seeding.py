"""The demo: invented people, their classes and an open round. It lives through the same actions
as the real site, with the moments passed in, so that everything in it could have happened.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from courses.enrolment.actions import apply_to, enrol
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.seeding import IntakeSeed, read_intakes, sow_intakes
from courses.kit.calendars import TEHRAN, today
from courses.kit.identity import check_digit
from courses.kit.seedfile import SeedMap, Words, read_map
from courses.kit.sowing import Sower
from courses.learning.actions import attempt_quiz
from courses.matching.actions.rounds import draft_round, open_round, set_deadlines
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish
from courses.matching.models import MatchRound
from courses.matching.queries import applicants
from courses.matching.rules import StatuteBook, reasons_against_wish
from courses.matching.states import Unsuitable
from courses.organisations.actions import grant_role
from courses.organisations.models import Learners, Organisation, Role
from courses.organisations.queries import partner_school_ids
from courses.people.actions import Facts, name_guardian, record_consent, register_person
from courses.people.models import ConsentChannel, Relation, Sex, User
from courses.vacancies.actions import reserve_seats
from courses.vacancies.models import Vacancy
from courses.vacancies.queries import published
from javar.demo import ACCOUNTS, PASSWORD

# The draw is the same on every machine: a demo that somebody describes can be found again.
DRAW = "javar"
SMALLEST_RESERVING = 3
CONSENT = "apprenticeship"
OFFICE, GIRLS_SCHOOL, BAG_STUDIO = "o01", "s03", "f07"
NOT_SUITABLE = (
    (Unsuitable.HOURS, "روزهای کار با برنامهٔ هفتگی هنرستان یکی نیست."),
    (Unsuitable.DISTANCE, "راه دور است و کارگاه سرویس رفت‌وآمد ندارد."),
)


@dataclass(frozen=True)
class Home:
    """A district with rough coordinates."""

    name: str
    lat: Decimal
    lon: Decimal


@dataclass(frozen=True)
class RoundSeed:
    """The open round; moments count days from the day of sowing."""

    code: str
    title: Words
    reason: Words
    public_source: Words
    days: dict[str, int]


@dataclass(frozen=True)
class DemoSeed:
    """What `demo/` says, checked."""

    names: dict[str, list[str]]
    families: list[str]
    homes: list[Home]
    classes: dict[str, int]
    intakes: list[IntakeSeed]
    round: RoundSeed


def read_demo(seeds: Path, *, schools: Collection[str], programmes: Collection[str]) -> DemoSeed:
    """Read the demo's files; raise SeedError at the first mistake."""
    whole = read_map(seeds / "demo" / "people.yaml")
    homes = []
    for entry in whole.maps("homes"):
        at = entry.numbers("at", exactly=2) or [0.0, 0.0]
        homes.append(Home(entry.text("name"), Decimal(str(at[0])), Decimal(str(at[1]))))
        entry.done()
    classes = {}
    for entry in whole.maps("classes"):
        classes[entry.ref("school", schools, "school")] = entry.number("students", least=1)
        entry.done()
    demo = DemoSeed(
        {Sex.GIRL: whole.texts("girls", least=1), Sex.BOY: whole.texts("boys", least=1)},
        whole.texts("family", least=1),
        homes,
        classes,
        read_intakes(seeds / "demo" / "intakes.yaml", schools=schools, programmes=programmes),
        _round(whole.map("round")),
    )
    whole.done()
    return demo


def _round(entry: SeedMap) -> RoundSeed:
    keys = ("opened", "wishes_first_closed", "firms_ranked", "extended",
            "wishes_close", "ranking_closes")  # fmt: skip
    days = {key: entry.number(key, least=-10_000) for key in keys}
    if list(days.values()) != sorted(days.values()):
        raise entry.refuse(f"these days follow one another: {', '.join(keys)}")
    found = RoundSeed(
        entry.text("code"), entry.words("title"), entry.words("reason"),
        entry.words("public_source"), days,
    )  # fmt: skip
    entry.done()
    return found


def sow_demo(demo: DemoSeed, bodies: dict[str, Organisation], sower: Sower) -> None:
    """Write the demo once; afterwards it lives its own life and is left alone."""
    if User.objects.filter(username="demo-admin").exists():
        sower.report.left["demo"] += 1
        return
    draw = Random(DRAW)  # noqa: S311 - a demo, not a secret
    staff = _staff(bodies, sower.at)
    owners = _owners(bodies, staff, sower.at)
    intakes = sow_intakes(demo.intakes, bodies, sower)
    students = _students(demo, bodies, intakes, staff, draw, sower.at)
    _learn(intakes, draw, sower.at)
    _reserve(owners, bodies, sower.at)
    _open_round(demo.round, students, owners, staff, draw, sower.at)
    sower.report.created["demo student"] += len(students)
    sower.report.created["demo account"] += len(ACCOUNTS)


def _account(name: str, first: str, last: str, at: datetime, facts: Facts | None = None) -> User:
    return register_person(
        username=name, first_name=first, last_name=f"{last} (نمونه)", by=None, facts=facts,
        password=PASSWORD if name in ACCOUNTS else None, is_sample=True, at=at,
    )  # fmt: skip


def _staff(bodies: dict[str, Organisation], at: datetime) -> dict[str, User]:
    """Make the demo's grown-ups with their roles."""
    long_ago = at - timedelta(days=200)
    places = {
        "demo-teacher": ("سمیه", "رستمی", GIRLS_SCHOOL, Role.TEACHER),
        "demo-editor": ("لیلا", "صادقی", GIRLS_SCHOOL, Role.EDITOR),
        "demo-registrar": ("پروین", "عزیزی", GIRLS_SCHOOL, Role.REGISTRAR),
        "demo-counsellor": ("شهین", "نوری", GIRLS_SCHOOL, Role.COUNSELLOR),
        "demo-firm": ("حمید", "شمس", BAG_STUDIO, Role.OWNER),
        "demo-officer": ("ناصر", "فرجی", OFFICE, Role.OFFICER),
        "demo-officer-2": ("مینا", "یوسفی", OFFICE, Role.OFFICER),
    }
    made = {}
    for name, (first, last, body, role) in places.items():
        made[name] = _account(name, first, last, long_ago)
        grant_role(made[name], bodies[body], role, by=None, at=long_ago)
    admin = _account("demo-admin", "مدیر", "سامانه", long_ago)
    admin.is_superuser = admin.is_staff = True
    admin.save(update_fields=["is_superuser", "is_staff"])
    return made | {"demo-admin": admin}


def _owners(
    bodies: dict[str, Organisation], staff: dict[str, User], at: datetime
) -> dict[int, User]:
    """Return an owner for every firm, by the firm's key."""
    owners = {}
    for code, body in bodies.items():
        if body.kind != "firm":
            continue
        if code == BAG_STUDIO:
            owners[body.pk] = staff["demo-firm"]
            continue
        owners[body.pk] = _account(f"owner-{code}", "صاحب", f"کارگاه {code[1:]}", at)
        grant_role(owners[body.pk], body, Role.OWNER, by=None, at=at)
    return owners


def _birth_date(draw: Random, *, on: date, youngest: int) -> date:
    """Return the birth date of somebody of `youngest` to 19 full years on a day."""
    age = draw.randint(youngest, 18)
    return on - timedelta(days=round(365.25 * age) + draw.randint(5, 340))


def _students(
    demo: DemoSeed,
    bodies: dict[str, Organisation],
    intakes: dict[str, Intake],
    staff: dict[str, User],
    draw: Random,
    at: datetime,
) -> list[User]:
    """Make every class: accounts, records, guardians with consent, membership, seat."""
    students: list[User] = []
    for school, count in demo.classes.items():
        intake, body = intakes[school], bodies[school]
        when = intake.opens_at + timedelta(days=10)
        youngest = 18 if body.learners == Learners.ADULT else 15
        for number in range(count):
            first_of_all = school == GIRLS_SCHOOL and number == 0
            girl = body.learners == Learners.GIRLS or (
                body.learners in (Learners.ADULT, Learners.MIXED) and draw.random() < 0.5
            )
            sex = Sex.GIRL if girl else Sex.BOY
            birth = _birth_date(draw, on=intake.starts_on, youngest=youngest)
            if first_of_all:
                birth = intake.starts_on - timedelta(days=round(365.25 * 16) + 100)
            facts = _facts(demo, sex, birth, len(students), draw)
            name = "demo-student" if first_of_all else f"sample-{len(students) + 1:03d}"
            given = "آیلین" if first_of_all else draw.choice(demo.names[sex])
            family = draw.choice(demo.families)
            student = _account(name, given, family, when, facts)
            _guardian(student, family, len(students), body, staff, when)
            grant_role(student, body, Role.STUDENT, by=None, at=when)
            place = apply_to(intake, by=student, at=when + timedelta(minutes=number))
            if school == GIRLS_SCHOOL:
                enrol(place, by=staff["demo-registrar"], at=when + timedelta(days=30))
            students.append(student)
    return students


def _facts(demo: DemoSeed, sex: str, birth: date, number: int, draw: Random) -> Facts:
    home = draw.choice(demo.homes)
    # 000 is given to no district: such a code has a valid check digit and belongs to nobody.
    nine = f"000{number + 1:06d}"
    return Facts(birth, sex, f"{nine}{check_digit(nine)}", home.name, home.lat, home.lon)


def _guardian(
    student: User,
    family: str,
    number: int,
    school: Organisation,
    staff: dict[str, User],
    at: datetime,
) -> None:
    guardian = name_guardian(
        student,
        full_name=f"ولی {family} (نمونه)",
        relation=Relation.FATHER if number % 3 else Relation.MOTHER,
        mobile=f"+98900{number + 1:07d}",
        is_sample=True,
        by=None,
        at=at,
    )
    for scope in (CONSENT, f"enrolment:{school.code}"):
        record_consent(
            guardian, scope=scope, channel=ConsentChannel.PAPER, by=staff["demo-registrar"], at=at
        )


def _learn(intakes: dict[str, Intake], draw: Random, at: datetime) -> None:
    """Let the classes that have lessons here sew some of them."""
    for intake in intakes.values():
        lessons = intake.version.lessons
        if not lessons:
            continue
        for enrolment in Enrolment.objects.filter(intake=intake).select_related(
            "student", "intake__version"
        ):
            done = (
                3
                if enrolment.student.username == "demo-student"
                else draw.randint(0, len(lessons) - 1)
            )
            for day, lesson in enumerate(lessons[:done]):
                answers = {
                    str(number): question.correct
                    for number, question in enumerate(lesson.questions, start=1)
                }
                attempt_quiz(
                    enrolment, lesson.key, answers, by=enrolment.student,
                    at=at - timedelta(days=50 - 5 * day),
                )  # fmt: skip


def _reserve(owners: dict[int, User], bodies: dict[str, Organisation], at: datetime) -> None:
    """Keep one soft seat for each partner school where a host firm offers three or more."""
    schools = {body.pk: body for body in bodies.values()}
    for vacancy in published().filter(seats__gte=SMALLEST_RESERVING):
        for school in partner_school_ids(vacancy.firm, on=today(at)):
            reserve_seats(vacancy, schools[school], 1, by=owners[vacancy.firm_id], at=at)


def _open_round(
    seed: RoundSeed,
    students: list[User],
    owners: dict[int, User],
    staff: dict[str, User],
    draw: Random,
    at: datetime,
) -> None:
    """Open the round in the past, let students and firms act, then extend the choosing."""
    day = today(at)
    moment: dict[str, Any] = {
        key: datetime.combine(day + timedelta(days), time(20), TEHRAN)
        for key, days in seed.days.items()
    }
    officer = staff["demo-officer"]
    match_round = MatchRound(
        code=seed.code, title_fa=seed.title.fa, title_en=seed.title.en, is_sample=True,
        public_source=seed.public_source.fa,
        wishes_close_at=moment["wishes_first_closed"],
        ranking_closes_at=moment["ranking_closes"],
    )  # fmt: skip
    draft_round(match_round, by=officer, at=moment["opened"] - timedelta(hours=2))
    open_round(match_round, by=officer, at=moment["opened"])
    vacancies = list(match_round.vacancies.select_related("firm").prefetch_related("skills"))
    liked = {vacancy.pk: draw.random() for vacancy in vacancies}
    book = StatuteBook()
    for number, student in enumerate(students):
        if student.username == "demo-student":
            continue
        allowed = [v for v in vacancies if not reasons_against_wish(student.record, v, book)]
        allowed.sort(key=lambda v: liked[v.pk] + 0.9 * draw.random(), reverse=True)
        when = moment["opened"] + timedelta(days=1, minutes=10 * number)
        for vacancy in allowed[: draw.randint(3, 8)]:
            add_wish(match_round, vacancy, by=student, at=when)
    for vacancy in vacancies:
        _rank(vacancy, match_round, owners[vacancy.firm_id], draw, moment["firms_ranked"])
    set_deadlines(
        match_round,
        wishes_close_at=moment["wishes_close"],
        ranking_closes_at=moment["ranking_closes"],
        reason=seed.reason.fa,
        by=officer,
        at=moment["extended"],
    )


def _rank(
    vacancy: Vacancy, match_round: MatchRound, owner: User, draw: Random, at: datetime
) -> None:
    """Rank most applicants in three groups; a few get a reason, a few stay unranked."""
    verdicts = {}
    for application in applicants(vacancy, match_round):
        luck = draw.random()
        if luck < 0.04:
            code, sentence = draw.choice(NOT_SUITABLE)
            verdicts[application] = Verdict(unsuitable=code, sentence=sentence)
        elif luck < 0.85:
            verdicts[application] = Verdict(tier=draw.randint(1, 3))
    if verdicts:
        rank_applicants(vacancy, match_round, verdicts, by=owner, at=at)
