"""Firms publish a rule; points come from what the site knows, the same for everybody."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from courses.curricula.actions import freeze_programme
from courses.curricula.models import LessonPage, ModulePage, ProgrammePage
from courses.enrolment.actions import apply_to
from courses.enrolment.models import Enrolment
from courses.kit import audit
from courses.kit.refusal import NotAllowed
from courses.learning.actions import attempt_quiz
from courses.learning.queries import learnt_shares, skills_learnt
from courses.matching import queries, scoring
from courses.matching.actions.freezing import freeze_round
from courses.matching.actions.rounds import set_deadlines
from courses.matching.actions.scoring import publish_scoring_rule, write_scores
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish
from courses.matching.models import (
    FrozenMarket,
    MatchRound,
    Score,
    ScoringRule,
    Standing,
)
from courses.matching.refusals import NoSuchStanding, RuleRanks, RuleStands
from courses.matching.scoring import FAR, NEAR, kilometres, nearness, share_at, whole_points
from courses.matching.solver.packed import NOT_RANKED
from courses.matching.solver.snapshot import Snapshot
from courses.organisations.models import Organisation
from courses.people.models import PersonalRecord, User
from courses.skills.models import Skill
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People, make_intake, make_programme
from tests.courses.matching.small_rounds import (
    RANKING,
    READY,
    WISHES_CLOSE,
    opened,
    student_of,
)

SECOND = timedelta(seconds=1)
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


# The arithmetic


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


# What somebody has learnt


def _seat(student: User, bodies: Bodies, code: str, *, lessons: int = 2) -> Enrolment:
    version = freeze_programme(make_programme(code, lessons=lessons), by=None, at=NOW)
    return apply_to(
        make_intake(bodies.school, version, code=f"i-{code}", seats=50), by=student, at=NOW
    )


def _try(seat: Enrolment, lesson: int, right: int) -> None:
    """Answer a lesson's five questions, so many of them right."""
    answers = {str(n): 2 if n <= right else 1 for n in range(1, 6)}
    key = seat.intake.version.lessons[lesson]["key"]
    attempt_quiz(seat, key, answers, by=seat.student, at=NOW)


@pytest.mark.django_db
def test_shares_are_those_of_lessons_and_of_best_tries(people: People, bodies: Bodies) -> None:
    seat = _seat(people.aylin, bodies, "four", lessons=4)
    assert learnt_shares([people.aylin.pk, people.sara.pk]) == {people.aylin.pk: (0.0, 0.0)}
    _try(seat, 0, 5)
    _try(seat, 1, 2)
    assert learnt_shares([people.aylin.pk]) == {people.aylin.pk: (0.25, 0.35)}
    _try(seat, 1, 4)
    _try(seat, 1, 1)
    assert learnt_shares([people.aylin.pk]) == {people.aylin.pk: (0.5, 0.45)}


@pytest.mark.django_db
def test_of_several_programmes_each_share_is_the_best(people: People, bodies: Bodies) -> None:
    one = _seat(people.aylin, bodies, "one", lessons=2)
    two = _seat(people.aylin, bodies, "two", lessons=1)
    _try(one, 0, 3)
    _try(two, 0, 2)
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
    _try(seat, 0, 5)
    attempt_quiz(seat, version.lessons[1]["key"], {}, by=people.aylin, at=NOW)
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
    _try(seat, 0, 5)
    assert skills_learnt([people.aylin.pk]) == {}
    _try(seat, 1, 5)
    assert {key: {skill.code for skill in found}
            for key, found in skills_learnt([people.aylin.pk, people.sara.pk]).items()} == {
        people.aylin.pk: {"skiving", "folding"}
    }  # fmt: skip


# Publishing a rule


def _publish(
    vacancy: Vacancy, match_round: MatchRound, by: User, at: datetime = NOW,
    weights: tuple[int, int, int] = (50, 30, 20),
) -> ScoringRule:  # fmt: skip
    lessons, quizzes, near = weights
    return publish_scoring_rule(
        vacancy, match_round, lessons=lessons, quizzes=quizzes, nearness=near, by=by, at=at
    )


@pytest.mark.django_db
def test_a_rule_is_published_once_and_stands(
    match_round: MatchRound, vacancy: Vacancy, people: People
) -> None:
    rule = _publish(vacancy, match_round, people.mentor)
    assert rule.weights == {"lessons": 50, "quizzes": 30, "nearness": 20}
    assert (rule.published_by, rule.published_at) == (people.mentor, NOW)
    assert _publish(vacancy, match_round, people.owner, NOW + SECOND) == rule
    with pytest.raises(RuleStands):
        _publish(vacancy, match_round, people.owner, NOW, (60, 20, 20))
    assert ScoringRule.objects.count() == 1
    lines = audit.trail(vacancy).filter(verb="publish_scoring_rule")
    assert [(line.by, line.facts) for line in lines] == [
        (people.mentor, {"round": "r-1", "weights": rule.weights})
    ]


@pytest.mark.django_db
def test_a_rule_is_published_while_students_choose(
    match_round: MatchRound, vacancy: Vacancy, people: People, make_vacancy: MakeVacancy
) -> None:
    for at in (WISHES_CLOSE, RANKING, READY):
        with pytest.raises(RuleStands):
            _publish(vacancy, match_round, people.owner, at)
    with pytest.raises(RuleStands):
        _publish(make_vacancy(), match_round, people.owner)
    _publish(vacancy, match_round, people.owner, WISHES_CLOSE - SECOND)
    assert ScoringRule.objects.get().vacancy == vacancy


@pytest.mark.django_db
def test_only_the_firms_own_people_publish_a_rule(
    match_round: MatchRound, vacancy: Vacancy, people: People
) -> None:
    for who in (people.rival, people.aylin, people.stranger, people.officer, people.admin):
        with pytest.raises(NotAllowed):
            _publish(vacancy, match_round, who)
    assert not ScoringRule.objects.exists()


@pytest.mark.django_db
def test_a_rule_gives_a_hundred_points(
    match_round: MatchRound, vacancy: Vacancy, people: People
) -> None:
    for weights in ((50, 30, 21), (0, 0, 0), (120, -10, -10)):
        with pytest.raises(IntegrityError), transaction.atomic():
            _publish(vacancy, match_round, people.owner, NOW, weights)
    assert not ScoringRule.objects.exists()


@pytest.mark.django_db
def test_the_public_rule_is_that_of_the_newest_round_at_work(
    match_round: MatchRound, vacancy: Vacancy, people: People
) -> None:
    assert queries.public_rule(vacancy) is None
    first = _publish(vacancy, match_round, people.owner)
    assert queries.public_rule(vacancy) == first
    second = _publish(vacancy, opened(people, "r-2"), people.owner, NOW, (0, 0, 100))
    assert queries.public_rule(vacancy) == second


# Ranking beside a rule


@pytest.mark.django_db
def test_who_promised_a_rule_sets_no_groups_but_may_turn_away(
    match_round: MatchRound, vacancy: Vacancy, people: People
) -> None:
    aylin, sara = (
        add_wish(match_round, vacancy, by=student, at=NOW)
        for student in (people.aylin, people.sara)
    )
    _publish(vacancy, match_round, people.owner)
    no = Verdict(unsuitable="hours", sentence="ساعت‌ها")
    with pytest.raises(RuleRanks):
        rank_applicants(
            vacancy, match_round, {aylin: no, sara: Verdict(tier=1)}, by=people.owner, at=RANKING
        )
    assert not Standing.objects.exists()
    rank_applicants(vacancy, match_round, {aylin: no, sara: Verdict()}, by=people.owner, at=RANKING)
    assert list(Standing.objects.values_list("application", "unsuitable")) == [(aylin.pk, "hours")]
    rank_applicants(vacancy, match_round, {aylin: Verdict()}, by=people.owner, at=RANKING)
    assert not Standing.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "verdict", [Verdict(tier=0), Verdict(tier=10), Verdict(unsuitable="sex", sentence="-")]
)
def test_there_are_nine_groups_and_four_reasons(
    verdict: Verdict, match_round: MatchRound, vacancy: Vacancy, people: People
) -> None:
    wish = add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    with pytest.raises(NoSuchStanding):
        rank_applicants(vacancy, match_round, {wish: verdict}, by=people.owner, at=RANKING)
    assert not Standing.objects.exists()


# The freeze


def _lives(student: User, lat: str, lon: str) -> None:
    PersonalRecord.objects.filter(user=student).update(home_lat=Decimal(lat), home_lon=Decimal(lon))


@pytest.mark.django_db
def test_the_freeze_writes_the_points_and_the_result_ranks_by_them(
    match_round: MatchRound, vacancy: Vacancy, people: People, bodies: Bodies
) -> None:
    Organisation.objects.filter(pk=bodies.firm.pk).update(lat=Decimal(38), lon=Decimal(46))
    far = student_of(bodies.school, "tara")
    wishes = [
        add_wish(match_round, vacancy, by=student, at=NOW)
        for student in (people.aylin, people.sara, far)
    ]
    _publish(vacancy, match_round, people.owner)
    seat = _seat(people.aylin, bodies, "four", lessons=4)
    _try(seat, 0, 5)
    _try(seat, 1, 4)
    _lives(people.aylin, "38.10", "46.00")  # 11.12 km: (20 − 11.12) / 18 of 20 points
    _lives(people.sara, "38.00", "46.00")
    rank_applicants(
        vacancy, match_round, {wishes[2]: Verdict(unsuitable="distance", sentence="دور است")},
        by=people.owner, at=RANKING,
    )  # fmt: skip
    freeze_round(match_round, by=people.officer, at=READY)
    scores = {score.application_id: (score.points, score.parts) for score in Score.objects.all()}
    assert scores == {
        wishes[0].pk: (25 + 13 + 9, {"lessons": 25, "quizzes": 13, "nearness": 9}),
        wishes[1].pk: (20, {"lessons": 0, "quizzes": 0, "nearness": 20}),
        wishes[2].pk: (0, {"lessons": 0, "quizzes": 0, "nearness": 0}),
    }
    content = bytes(FrozenMarket.objects.get(round=match_round).content)
    snapshot = Snapshot.from_bytes(content)
    tier_of = dict(zip(snapshot.students, snapshot.tier.tolist(), strict=True))
    assert [tier_of[wish.list.pseudonym] for wish in wishes] == [53, 80, NOT_RANKED]


@pytest.mark.django_db
def test_points_stand_before_groups_that_were_given_earlier(
    match_round: MatchRound, vacancy: Vacancy, people: People
) -> None:
    """Reopened wishes let a firm publish a rule after it has ranked: the rule counts."""
    wish = add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    rank_applicants(vacancy, match_round, {wish: Verdict(tier=1)}, by=people.owner, at=RANKING)
    later = READY + timedelta(days=3)
    set_deadlines(
        match_round, wishes_close_at=READY, ranking_closes_at=later, reason="-",
        by=people.officer, at=RANKING,
    )  # fmt: skip
    _publish(vacancy, match_round, people.owner, RANKING)
    freeze_round(match_round, by=people.officer, at=later)
    content = bytes(FrozenMarket.objects.get(round=match_round).content)
    assert Snapshot.from_bytes(content).tier.tolist() == [100]


@pytest.mark.django_db
def test_scores_take_the_same_queries_for_one_and_thirty(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    counted = []
    for code, firms, students in (("few", 1, 1), ("many", 3, 30)):
        vacancies = [make_vacancy() for _n in range(firms)]
        match_round = opened(people, code)
        for vacancy in vacancies:
            _publish(vacancy, match_round, people.owner)
        for number in range(students):
            student = student_of(bodies.school, f"{code}{number}")
            if not number:
                _try(_seat(student, bodies, code), 0, 5)
            for vacancy in vacancies:
                add_wish(match_round, vacancy, by=student, at=NOW)
        with CaptureQueriesContext(connection) as captured:
            assert write_scores(match_round) == firms * students
        counted.append(len(captured))
    assert counted[0] == counted[1]


@pytest.mark.django_db
def test_vacancies_without_a_rule_have_no_scores(
    match_round: MatchRound, vacancy: Vacancy, people: People
) -> None:
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    _publish(vacancy, opened(people, "r-2"), people.owner)
    assert (write_scores(match_round), Score.objects.exists()) == (0, False)
