"""Points: nearness on the globe, shares of what was learnt, a rule spelled out."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.curricula.actions import freeze_programme
from courses.curricula.models import LessonPage, ModulePage, ProgrammePage
from courses.enrolment.actions import apply_to
from courses.learning.actions import attempt_quiz
from courses.learning.queries import learnt_shares, skills_learnt
from courses.matching import scoring
from courses.matching.scoring import FAR, NEAR, kilometres, nearness, share_at, whole_points
from courses.organisations.models import Organisation
from courses.skills.models import Skill
from tests.cast import NOW, Bodies, People, make_intake, make_programme
from tests.courses.matching.learning import seat_of, try_quiz

# Latitude and longitude in degrees, and the great-circle kilometres between by other calculators.
TABRIZ, TEHRAN = (38.0800, 46.2919), (35.6892, 51.3890)
KNOWN = [
    (TABRIZ, TEHRAN, 527, 3),
    ((0.0, 0.0), (0.0, 1.0), 111.19, 0.01),
    ((0.0, 0.0), (1.0, 0.0), 111.19, 0.01),
    ((60.0, 0.0), (60.0, 1.0), 55.6, 0.05),
    ((90.0, 0.0), (-90.0, 0.0), 20_015.1, 0.1),
    ((0.0, 0.0), (0.0, 180.0), 20_015.1, 0.1),
    ((48.8566, 2.3522), (51.5074, -0.1278), 343.6, 1),
]
LATITUDES = st.floats(-90, 90)
LONGITUDES = st.floats(-180, 180)
POINTS = st.tuples(LATITUDES, LONGITUDES)
SHARES = st.floats(0, 1)


@pytest.mark.parametrize(("one", "other", "expected", "within"), KNOWN)
def test_kilometres_are_those_of_the_atlas(
    one: tuple[float, float], other: tuple[float, float], expected: float, within: float
) -> None:
    assert kilometres(*one, *other) == pytest.approx(expected, abs=within)


@given(POINTS, POINTS)
def test_kilometres_are_a_distance(one: tuple[float, float], other: tuple[float, float]) -> None:
    there, back = kilometres(*one, *other), kilometres(*other, *one)
    assert there == pytest.approx(back, abs=1e-6)
    assert 0 <= there <= 20_015.1
    assert kilometres(*one, *one) == 0


@given(POINTS, POINTS, POINTS)
def test_a_way_round_is_no_shorter(
    one: tuple[float, float], two: tuple[float, float], three: tuple[float, float]
) -> None:
    direct = kilometres(*one, *three)
    assert direct <= kilometres(*one, *two) + kilometres(*two, *three) + 0.01


@pytest.mark.parametrize(
    ("distance", "share"),
    [(0, 1), (NEAR, 1), (11, 0.5), (FAR, 0), (FAR + 1, 0), (20_000, 0), (15.5, 0.25)],
)
def test_nearness_falls_evenly_between_near_and_far(distance: float, share: float) -> None:
    assert share_at(distance) == pytest.approx(share)


@given(st.floats(0, 100), st.floats(0, 100))
def test_whoever_lives_nearer_has_no_fewer_points(one: float, other: float) -> None:
    near, far = sorted((one, other))
    assert 0 <= share_at(far) <= share_at(near) <= 1


@given(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_nearness_of_a_home_is_that_of_its_distance(north: float, east: float) -> None:
    firm = Organisation(lat=Decimal("38.0800"), lon=Decimal("46.2919"))
    home = (TABRIZ[0] + north, TABRIZ[1] + east)
    assert nearness(home, firm) == share_at(kilometres(*home, *TABRIZ))


def test_an_unknown_home_or_workshop_is_not_near() -> None:
    known = Organisation(lat=Decimal("38.0800"), lon=Decimal("46.2919"))
    assert nearness(TABRIZ, known) == 1
    assert nearness(None, known) == 0
    assert nearness(TABRIZ, Organisation()) == 0
    assert nearness(TABRIZ, Organisation(lat=Decimal(38))) == 0


@given(st.integers(0, 100), st.integers(0, 100), SHARES, SHARES, SHARES)
def test_points_never_exceed_what_their_criterion_is_worth(
    one: int, two: int, lessons: float, quizzes: float, near: float
) -> None:
    first, second = sorted((one, two))
    weights = {"lessons": first, "quizzes": second - first, "nearness": 100 - second}
    parts = whole_points(weights, {"lessons": lessons, "quizzes": quizzes, "nearness": near})
    assert all(0 <= parts[name] <= weights[name] for name in weights)
    assert sum(parts.values()) <= 100
    assert whole_points(weights, dict.fromkeys(weights, 1.0)) == weights
    assert sum(whole_points(weights, dict.fromkeys(weights, 0.0)).values()) == 0


@given(st.integers(1, 60), st.data())
def test_whole_shares_give_whole_points(lessons: int, data: st.DataObject) -> None:
    done = data.draw(st.integers(0, lessons))
    worth = data.draw(st.integers(0, 100))
    assert whole_points({"lessons": worth}, {"lessons": done / lessons}) == {
        "lessons": worth * done // lessons
    }


def test_a_rule_is_spelled_out_with_its_distances() -> None:
    lines = scoring.spelled_out({"quizzes": 40, "nearness": 60, "lessons": 0})
    assert [(line.criterion.value, line.points) for line in lines] == [
        ("quizzes", 40), ("nearness", 60),
    ]  # fmt: skip
    assert [f"{NEAR:.0f}" in lines[1].meaning, f"{FAR:.0f}" in lines[1].meaning] == [True, True]


@pytest.mark.django_db
def test_shares_are_those_of_lessons_and_of_best_tries(people: People, bodies: Bodies) -> None:
    seat = seat_of(people.aylin, bodies, "four", lessons=4)
    assert learnt_shares([people.aylin.pk, people.sara.pk]) == {people.aylin.pk: (0.0, 0.0)}
    try_quiz(seat, 0, 5)
    try_quiz(seat, 1, 2)
    assert learnt_shares([people.aylin.pk]) == {people.aylin.pk: (0.25, 0.35)}
    try_quiz(seat, 1, 4)
    try_quiz(seat, 1, 1)
    assert learnt_shares([people.aylin.pk]) == {people.aylin.pk: (0.5, 0.45)}


@pytest.mark.django_db
def test_of_several_programmes_each_share_is_the_best(people: People, bodies: Bodies) -> None:
    one = seat_of(people.aylin, bodies, "one", lessons=2)
    two = seat_of(people.aylin, bodies, "two", lessons=1)
    try_quiz(one, 0, 3)
    try_quiz(two, 0, 2)
    # Half of the first programme is finished; in the second more answers are right.
    assert learnt_shares([people.aylin.pk]) == {people.aylin.pk: (0.5, 0.4)}


@pytest.mark.django_db
def test_a_lesson_without_a_quiz_costs_nothing(people: People, bodies: Bodies) -> None:
    programme = make_programme("reading", lessons=2)
    lesson = LessonPage.objects.descendant_of(programme).get(slug="lesson-2")
    lesson.body = [("heading", "تنها متن")]
    lesson.save()
    version = freeze_programme(ProgrammePage.objects.get(pk=programme.pk), by=None, at=NOW)
    seat = apply_to(make_intake(bodies.school, version), by=people.aylin, at=NOW)
    try_quiz(seat, 0, 5)
    attempt_quiz(seat, version.lessons[1].key, {}, by=people.aylin, at=NOW)
    assert learnt_shares([people.aylin.pk]) == {people.aylin.pk: (1.0, 1.0)}


@pytest.mark.django_db
def test_a_skill_is_learnt_with_the_last_lesson_of_its_module(
    people: People, bodies: Bodies, skills: dict[str, Skill]
) -> None:
    programme = make_programme("closing", lessons=2)
    module = ModulePage.objects.descendant_of(programme).get()
    module.skills.set([skills["skiving"], skills["folding"]])
    module.save()
    version = freeze_programme(ProgrammePage.objects.get(pk=programme.pk), by=None, at=NOW)
    seat = apply_to(make_intake(bodies.school, version), by=people.aylin, at=NOW)
    try_quiz(seat, 0, 5)
    assert skills_learnt([people.aylin.pk]) == {}
    try_quiz(seat, 1, 5)
    assert {key: {skill.code for skill in found}
            for key, found in skills_learnt([people.aylin.pk, people.sara.pk]).items()} == {
        people.aylin.pk: {"skiving", "folding"}
    }  # fmt: skip
