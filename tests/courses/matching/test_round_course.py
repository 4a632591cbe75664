"""A round from its opening to the next one: frozen, run, published, answered, supplemented."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from courses.kit.audit import trail
from courses.matching import queries
from courses.matching.actions.answers import (
    accept_place,
    decline_place,
    lapse_place,
    withdraw_place,
)
from courses.matching.actions.freezing import freeze_round, type_in_public_value
from courses.matching.actions.publishing import approve_result, publish_round
from courses.matching.actions.rounds import open_round
from courses.matching.actions.runs import check_result, finish_run, start_run
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish, set_wishes
from courses.matching.models import FrozenMarket, MatchOutcome, RunResult, VacancyResult
from courses.matching.reasons import explained
from courses.matching.refusals import (
    AnotherOfficerPublishes,
    AnotherOfficerRuns,
    AnswersAreAhead,
    GaveAPlaceUp,
    HasAPlace,
    PublicValueIsMissing,
)
from courses.matching.solver.snapshot import Snapshot
from courses.matching.states import Answer, State
from courses.notices.models import Notice
from courses.vacancies.models import Vacancy
from tests.cast import NOW, MakeVacancy, People
from tests.courses.matching.small_rounds import (
    ANSWERED,
    RANKING,
    READY,
    SEED,
    drafted,
    opened,
    published,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(make_vacancy: MakeVacancy) -> tuple[Vacancy, Vacancy]:
    """Two vacancies of one seat each."""
    return make_vacancy(seats=1), make_vacancy(seats=1, title_en="Second")


def test_a_round_runs_its_whole_course(people: People, two: tuple[Vacancy, Vacancy]) -> None:
    first, second = two
    match_round = opened(people)
    for student in (people.aylin, people.sara):
        set_wishes(match_round, [first, second], by=student, at=NOW)
    sara = queries.wish_list(people.sara, match_round)
    assert sara
    rank_applicants(
        first, match_round,
        {wish: Verdict(tier=1 if wish.list == sara else 2)
         for wish in queries.applicants(first, match_round)},
        by=people.owner, at=RANKING,
    )  # fmt: skip
    freeze_round(match_round, by=people.officer_2, at=READY)
    market = FrozenMarket.objects.get(round=match_round)
    assert (market.students, market.vacancies, market.seats, market.wishes) == (2, 2, 2, 4)
    assert Snapshot.from_bytes(bytes(market.content)).tier.tolist() in (
        [1, 9, 0, 9], [0, 9, 1, 9],
    )  # fmt: skip
    with pytest.raises(PublicValueIsMissing):
        start_run(match_round, by=people.officer, at=READY)
    type_in_public_value(match_round, value="7", source="the paper", by=people.officer, at=READY)
    with pytest.raises(AnotherOfficerRuns):
        start_run(match_round, by=people.officer_2, at=READY)
    run = finish_run(start_run(match_round, by=people.officer, at=READY), at=READY)
    match_round.refresh_from_db()
    assert (match_round.state, run.violations, run.placed) == (State.PROPOSED, [], 2)
    assert run.report["ranks"] == [[1, 1], [2, 1], [0, 0]]
    with pytest.raises(AnotherOfficerPublishes):
        approve_result(match_round, by=people.officer, at=READY)
    approve_result(match_round, by=people.officer_2, at=READY)
    publish_round(match_round, at=READY)
    publish_round(match_round, at=READY)
    assert match_round.state == State.PUBLISHED
    got = {o.list.student.username: (o.vacancy, o.rank, o.answer, o.seat)
           for o in MatchOutcome.objects.select_related("list__student", "vacancy")}  # fmt: skip
    assert got == {
        "sara": (first, 1, Answer.OFFERED, "open"), "aylin": (second, 2, Answer.OFFERED, "open"),
    }  # fmt: skip
    assert list(VacancyResult.objects.values_list("capacity", "asked", "placed")) == [(1, 2, 1)] * 2
    outcome = queries.result_of(people.aylin, match_round)
    assert outcome
    with translation.override("en"):
        lines = explained(outcome)
    assert [(line.code, line.own) for line in lines] == [
        ("outranked", "group 2"), ("placed", "not ranked, which is the last group"),
    ]  # fmt: skip
    assert lines[0].sentence == (
        "You stood at group 2; the last one admitted to the open seats stood at group 1."
    )
    assert Notice.objects.filter(kind="matching.published").count() == 2
    assert [line.verb for line in trail(match_round)] == [
        "draft_round", "open_round", "freeze_round", "type_in_public_value", "start_run",
        "propose", "approve_result", "publish_round",
    ]  # fmt: skip


def test_what_is_frozen_stays(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    published(match_round, people)
    for rows, change in (
        (FrozenMarket.objects.filter(round=match_round), {"content": b"x"}),
        (RunResult.objects.filter(run__round=match_round), {"result": b"x"}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)


def test_a_check_solves_again_and_changes_nothing(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    published(match_round, people)
    check = finish_run(check_result(match_round, by=people.officer, at=READY), at=READY)
    match_round.refresh_from_db()
    assert (check.same, match_round.state) == (True, State.PUBLISHED)
    assert queries.good_run(match_round) != check


def test_silence_declines_and_answers_are_idempotent(
    people: People, two: tuple[Vacancy, Vacancy]
) -> None:
    match_round = opened(people)
    for student, wish in zip((people.aylin, people.sara), two, strict=True):
        add_wish(match_round, wish, by=student, at=NOW)
    published(match_round, people)
    aylin, sara = (queries.result_of(s, match_round) for s in (people.aylin, people.sara))
    assert aylin
    assert sara
    accept_place(aylin, by=people.aylin, at=READY)
    accept_place(aylin, by=people.aylin, at=READY)
    assert aylin.answer == Answer.ACCEPTED
    assert lapse_place(sara, at=READY).answer == Answer.OFFERED
    assert [o.pk for o in queries.silent_outcomes(ANSWERED)] == [sara.pk]
    assert lapse_place(sara, at=ANSWERED).answer == Answer.LAPSED


def test_p21_a_supplementary_round_never_changes_a_confirmed_placement(
    people: People, two: tuple[Vacancy, Vacancy], make_vacancy: MakeVacancy
) -> None:
    first, second = two
    match_round = opened(people)
    add_wish(match_round, first, by=people.aylin, at=NOW)
    add_wish(match_round, second, by=people.sara, at=NOW)
    published(match_round, people)
    aylin, sara = (queries.result_of(s, match_round) for s in (people.aylin, people.sara))
    assert aylin
    assert sara
    accept_place(aylin, by=people.aylin, at=READY)
    decline_place(sara, by=people.sara, at=READY)
    supplement = drafted(
        people, "r-1s", supplements=match_round,
        wishes_close_at=ANSWERED + timedelta(days=5),
        ranking_closes_at=ANSWERED + timedelta(days=6),
    )  # fmt: skip
    with pytest.raises(AnswersAreAhead):
        open_round(supplement, by=people.officer, at=READY, seed=SEED)
    open_round(supplement, by=people.officer, at=ANSWERED, seed=SEED)
    assert list(supplement.vacancies.all()) == [second]
    later = ANSWERED + timedelta(days=1)
    with pytest.raises(HasAPlace):
        add_wish(supplement, second, by=people.aylin, at=later)
    with pytest.raises(GaveAPlaceUp):
        add_wish(supplement, second, by=people.sara, at=later)
    assert aylin.answer == Answer.ACCEPTED
    withdraw_place(aylin, by=people.aylin, at=later)
    assert queries.seats_left(supplement, [first, second]) == {first.pk: 1, second.pk: 1}
