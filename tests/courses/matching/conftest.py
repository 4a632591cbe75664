"""The rounds that several tests of matching are about."""

import pytest

from courses.matching import queries as reads
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish, pseudonym_of, set_wishes
from courses.matching.models import Application, MatchRound
from courses.matching.solver.lottery import draw
from courses.matching.states import Unsuitable
from courses.vacancies.actions import reserve_seats
from courses.vacancies.models import ReserveKind, Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People, SetClock
from tests.courses.matching.small_rounds import (
    RANKING,
    READY,
    SEED,
    SmallRound,
    opened,
    published,
    student_of,
)


@pytest.fixture
def match_round(people: People, vacancy: Vacancy) -> MatchRound:
    """An open round with one vacancy."""
    return opened(people)


@pytest.fixture
def ready_clock(clock: SetClock) -> None:
    """Let the site believe that the deadlines have passed."""
    clock(READY)


@pytest.fixture
def wish(match_round: MatchRound, vacancy: Vacancy, people: People) -> Application:
    """Aylin's wish."""
    return add_wish(match_round, vacancy, by=people.aylin, at=NOW)


@pytest.fixture
def three(
    match_round: MatchRound, vacancy: Vacancy, wish: Application, people: People, bodies: Bodies
) -> list[Application]:
    """Three wishes in the order of their codes."""
    for student in (people.sara, student_of(bodies.school, "tara")):
        add_wish(match_round, vacancy, by=student, at=NOW)
    return list(Application.objects.select_related("list").order_by("list__pseudonym"))


@pytest.fixture
def small(people: People, bodies: Bodies, make_vacancy: MakeVacancy) -> SmallRound:
    """Six students, six vacancies.

    `tie` has one seat for two of one tier; `kept` has two seats, one kept for the girls' school;
    `hard` keeps its only seat for a school that nobody here goes to.
    """
    vacancies = {
        "tie": make_vacancy(code="tie", seats=1),
        "kept": make_vacancy(code="kept", seats=2),
        "hard": make_vacancy(code="hard", seats=1),
        "press": make_vacancy(code="press", skill="press", minimum_age=18),
        "strict": make_vacancy(code="strict", seats=3),
        "last": make_vacancy(code="last", seats=9),
    }
    far = bodies.other_school
    empty = type(far).objects.create(
        code="third", kind="school", name_fa="سوم", name_en="Third", locality_fa="-",
        locality_en="-", learners="girls",
    )  # fmt: skip
    reserve_seats(vacancies["kept"], bodies.school, 1, by=None, at=NOW)
    reserve_seats(vacancies["hard"], empty, 1, by=None, kind=ReserveKind.HARD, at=NOW)
    students = {
        "aylin": people.aylin,
        "sara": people.sara,
        "tara": student_of(far, "tara"),
        "nila": student_of(far, "nila"),
        "one": student_of(far, "one"),
        "two": student_of(far, "two"),
    }
    match_round = opened(people)
    asks = {
        "aylin": ["press", "strict", "kept", "last"],
        "sara": ["tie", "hard", "last"],
        "tara": ["kept"],
        "nila": ["kept", "hard"],
        "one": ["tie"],
        "two": ["tie"],
    }
    wishes = {
        (who, code): add_wish(match_round, vacancies[code], by=students[who], at=NOW)
        for who, codes in asks.items()
        for code in codes
    }
    tiers = {
        ("aylin", "kept"): 3, ("tara", "kept"): 1, ("nila", "kept"): 2,
        ("one", "tie"): 1, ("two", "tie"): 1, ("sara", "tie"): 2,
    }  # fmt: skip
    verdicts = {key: Verdict(tier=tier) for key, tier in tiers.items()} | {
        ("aylin", "strict"): Verdict(unsuitable=Unsuitable.HOURS, sentence="سه‌شنبه‌ها"),
    }
    for code in ("kept", "tie", "strict"):
        rank_applicants(
            vacancies[code],
            match_round,
            {wishes[key]: verdict for key, verdict in verdicts.items() if key[1] == code},
            by=people.owner,
            at=RANKING,
        )
    published(match_round, people)
    drawn = draw(SEED, "7 12 31", "r-1", [pseudonym_of(s, match_round) for s in students.values()])
    lucky, unlucky = sorted(
        ("one", "two"), key=lambda n: drawn.index(pseudonym_of(students[n], match_round))
    )
    return SmallRound(match_round, students, vacancies, lucky, unlucky)


@pytest.fixture
def mixed_round(people: People, bodies: Bodies, make_vacancy: MakeVacancy) -> MatchRound:
    """An open round with soft and hard reserves, a tie, a refusal by the firm and by the law."""
    rows = {
        "tie": make_vacancy(code="tie", seats=1),
        "kept": make_vacancy(code="kept", seats=2),
        "hard": make_vacancy(code="hard", seats=1),
        "press": make_vacancy(code="press", skill="press", minimum_age=18),
        "unasked": make_vacancy(code="unasked", seats=3),
    }
    reserve_seats(rows["kept"], bodies.school, 1, by=None, at=NOW)
    reserve_seats(rows["unasked"], bodies.school, 2, by=None, at=NOW)
    reserve_seats(rows["hard"], bodies.other_school, 1, by=None, kind=ReserveKind.HARD, at=NOW)
    match_round = opened(people)
    students = [
        people.aylin,
        people.sara,
        *(student_of(bodies.other_school, f"b{n}") for n in "12"),
    ]
    for student, codes in zip(
        students, (["press", "tie", "kept"], ["tie", "hard", "kept"], ["kept", "tie"],
                   ["kept", "hard"]), strict=True,
    ):  # fmt: skip
        set_wishes(match_round, [rows[code] for code in codes], by=student, at=NOW)
    kept = reads.applicants(rows["kept"], match_round)
    rank_applicants(
        rows["kept"], match_round,
        {wish: Verdict(tier=1 + number) for number, wish in enumerate(kept[1:])}
        | {kept[0]: Verdict(unsuitable=Unsuitable.HOURS, sentence="-")},
        by=people.owner, at=RANKING,
    )  # fmt: skip
    return match_round
