"""A round's deadlines: moved with a reason, while it is open, never into the past."""

from datetime import datetime, timedelta

import pytest

from courses.kit import audit
from courses.kit.refusal import NotAllowed
from courses.matching import tasks
from courses.matching.actions import freezing, rounds
from courses.matching.actions.wishes import add_wish
from courses.matching.models import MatchRound
from courses.matching.refusals import DeadlineMustMove, NotTheTime
from courses.matching.states import Phase, State
from courses.notices.models import Notice
from courses.vacancies.models import Vacancy
from tests.cast import NOW, MakeVacancy, People
from tests.courses.matching.small_rounds import (
    RANKING,
    RANKING_CLOSES,
    READY,
    WISHES_CLOSE,
    drafted,
    frozen,
    in_state,
    opened,
    strangers_to_rounds,
    told,
    verbs_of,
)

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def test_an_open_round_chooses_then_ranks_then_is_ready(people: People, vacancy: Vacancy) -> None:
    assert drafted(people, "draft").phase(NOW) is None
    match_round = opened(people)
    assert [
        match_round.phase(at)
        for at in (
            NOW,
            WISHES_CLOSE - SECOND,
            WISHES_CLOSE,
            RANKING_CLOSES - SECOND,
            RANKING_CLOSES,
        )
    ] == [Phase.WISHES, Phase.WISHES, Phase.RANKING, Phase.RANKING, Phase.READY]
    assert frozen(match_round, people).phase(READY) is None


def test_deadlines_are_moved_with_a_reason(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    wishes, ranking = WISHES_CLOSE + timedelta(days=1), RANKING_CLOSES + timedelta(days=2)
    rounds.set_deadlines(
        match_round, wishes_close_at=wishes, ranking_closes_at=ranking, reason="تعطیلی",
        by=people.officer, at=NOW,
    )  # fmt: skip
    match_round.refresh_from_db()
    assert (match_round.wishes_close_at, match_round.ranking_closes_at) == (wishes, ranking)
    line = audit.trail(match_round).last()
    assert line is not None
    assert (line.verb, line.by, line.at, line.reason, line.facts) == (
        "set_deadlines",
        people.officer,
        NOW,
        "تعطیلی",
        {"wishes": wishes.isoformat(), "ranking": ranking.isoformat()},
    )


def test_a_later_deadline_for_wishes_reopens_the_choosing(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    rounds.set_deadlines(
        match_round, wishes_close_at=READY + timedelta(days=1),
        ranking_closes_at=READY + timedelta(days=2), reason="-", by=people.officer, at=READY,
    )  # fmt: skip
    assert match_round.phase(READY) == Phase.WISHES
    assert add_wish(match_round, vacancy, by=people.aylin, at=READY).rank == 1


@pytest.mark.parametrize(
    ("wishes", "ranking"),
    [
        (NOW - SECOND, RANKING_CLOSES),
        (NOW - 2 * SECOND, NOW - SECOND),
        (WISHES_CLOSE, WISHES_CLOSE - SECOND),
        (RANKING_CLOSES + SECOND, RANKING_CLOSES),
    ],
)
def test_deadlines_do_not_move_into_the_past_or_out_of_order(
    wishes: datetime, ranking: datetime, people: People, vacancy: Vacancy
) -> None:
    match_round = opened(people)
    with pytest.raises(DeadlineMustMove):
        rounds.set_deadlines(
            match_round, wishes_close_at=wishes, ranking_closes_at=ranking,
            reason="-", by=people.officer, at=NOW,
        )  # fmt: skip
    match_round.refresh_from_db()
    assert (match_round.wishes_close_at, match_round.ranking_closes_at) == (
        WISHES_CLOSE,
        RANKING_CLOSES,
    )
    assert verbs_of(match_round) == ["draft_round", "open_round"]


def test_a_deadline_in_the_past_may_stay_while_the_other_moves(
    people: People, vacancy: Vacancy
) -> None:
    match_round = opened(people)
    rounds.set_deadlines(
        match_round, wishes_close_at=WISHES_CLOSE, ranking_closes_at=READY, reason="-",
        by=people.officer, at=RANKING,
    )  # fmt: skip
    assert (match_round.wishes_close_at, match_round.ranking_closes_at) == (WISHES_CLOSE, READY)


@pytest.mark.parametrize("state", [state for state in State if state != State.OPEN])
def test_deadlines_move_only_while_the_round_is_open(
    state: State, people: People, vacancy: Vacancy
) -> None:
    match_round = in_state(state, people)
    lines = verbs_of(match_round)
    later = READY + timedelta(days=1)
    with pytest.raises(NotTheTime):
        rounds.set_deadlines(
            match_round, wishes_close_at=later, ranking_closes_at=later, reason="-",
            by=people.officer, at=READY,
        )  # fmt: skip
    with pytest.raises(NotTheTime):
        rounds.end_phase(match_round, by=people.officer, reason="-", at=NOW)
    assert verbs_of(match_round) == lines


def test_deadlines_on_a_stale_page_of_a_frozen_round_stay(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    stale = MatchRound.objects.get(pk=match_round.pk)
    frozen(match_round, people)
    later = READY + timedelta(days=1)
    with pytest.raises(NotTheTime):
        rounds.set_deadlines(
            stale, wishes_close_at=later, ranking_closes_at=later, reason="-",
            by=people.officer, at=READY,
        )  # fmt: skip
    match_round.refresh_from_db()
    assert match_round.wishes_close_at == WISHES_CLOSE


def test_ending_the_choosing_begins_the_ranking(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    rounds.end_phase(match_round, by=people.officer, reason="همه انتخاب کردند", at=NOW)
    match_round.refresh_from_db()
    assert (match_round.wishes_close_at, match_round.ranking_closes_at) == (NOW, RANKING_CLOSES)
    assert match_round.phase(NOW) == Phase.RANKING
    line = audit.trail(match_round).last()
    assert line is not None
    assert (line.verb, line.reason) == ("set_deadlines", "همه انتخاب کردند")


def test_ending_the_ranking_makes_the_round_ready(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    rounds.end_phase(match_round, by=people.officer, reason="-", at=RANKING)
    match_round.refresh_from_db()
    assert (match_round.wishes_close_at, match_round.ranking_closes_at) == (WISHES_CLOSE, RANKING)
    assert match_round.phase(RANKING) == Phase.READY
    with pytest.raises(NotTheTime):
        rounds.end_phase(match_round, by=people.officer, reason="-", at=RANKING)
    assert freezing.freeze_round(match_round, by=people.officer, at=RANKING).state == State.FROZEN


def test_only_an_officer_moves_deadlines(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    for who in strangers_to_rounds(people):
        with pytest.raises(NotAllowed):
            rounds.end_phase(match_round, by=who, reason="-", at=NOW)
        with pytest.raises(NotAllowed):
            rounds.set_deadlines(
                match_round, wishes_close_at=RANKING, ranking_closes_at=READY, reason="-",
                by=who, at=NOW,
            )  # fmt: skip
    match_round.refresh_from_db()
    assert match_round.wishes_close_at == WISHES_CLOSE


def test_firms_are_called_to_rank_once_when_wishes_close(
    people: People, make_vacancy: MakeVacancy
) -> None:
    wished, _unwished = make_vacancy(), make_vacancy()
    match_round = opened(people)
    add_wish(match_round, wished, by=people.aylin, at=NOW)
    add_wish(match_round, wished, by=people.sara, at=NOW)
    tasks.call_firms_to_rank(WISHES_CLOSE - SECOND)
    assert told("matching.ranking_opened") == []
    for _minute in range(2):
        tasks.call_firms_to_rank(RANKING)
    assert told("matching.ranking_opened") == ["mentor", "owner"]
    notice = Notice.objects.filter(kind="matching.ranking_opened").first()
    assert notice is not None
    assert notice.path == f"/rounds/r-1/vacancies/{wished.public_id}/"
    frozen(match_round, people)
    tasks.call_firms_to_rank(RANKING)
    assert Notice.objects.filter(kind="matching.ranking_opened").count() == 2
