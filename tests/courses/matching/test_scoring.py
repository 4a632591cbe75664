"""Firms publish a rule; the freeze writes points from what the site knows of everybody."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from courses.kit import audit
from courses.kit.refusal import NotAllowed
from courses.matching import queries
from courses.matching.actions.freezing import freeze_round
from courses.matching.actions.rounds import set_deadlines
from courses.matching.actions.scoring import publish_scoring_rule, write_scores
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish
from courses.matching.models import FrozenMarket, MatchRound, Score, ScoringRule, Standing
from courses.matching.refusals import NoSuchStanding, RuleRanks, RuleStands
from courses.matching.solver.packed import NOT_RANKED
from courses.matching.solver.snapshot import Snapshot
from courses.organisations.models import Organisation
from courses.people.models import PersonalRecord, User
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People
from tests.courses.matching.learning import seat_of, try_quiz
from tests.courses.matching.small_rounds import RANKING, READY, WISHES_CLOSE, opened, student_of

SECOND = timedelta(seconds=1)


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
    seat = seat_of(people.aylin, bodies, "four", lessons=4)
    try_quiz(seat, 0, 5)
    try_quiz(seat, 1, 4)
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
                try_quiz(seat_of(student, bodies, code), 0, 5)
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
