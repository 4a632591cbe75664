"""Every move of a round's table: from where it is made, and by whom."""

from collections.abc import Callable, Mapping

import pytest

from courses.kit import audit
from courses.kit.moves import move
from courses.kit.refusal import IllegalMove, NotAllowed
from courses.matching.actions import freezing, publishing, rounds, runs
from courses.matching.models import MatchRound
from courses.matching.states import MOVES, State
from courses.vacancies.models import Vacancy
from tests.cast import NOW, People
from tests.courses.matching.small_rounds import (
    ANSWERED,
    READY,
    in_state,
    strangers_to_rounds,
    verbs_of,
)

pytestmark = pytest.mark.django_db


def test_every_move_of_the_table_is_known() -> None:
    moves = {(move.verb, state): move.target for move in MOVES for state in move.sources}
    assert moves == {
        ("open_round", State.DRAFT): State.OPEN,
        ("freeze_round", State.OPEN): State.FROZEN,
        ("start_run", State.FROZEN): State.RUNNING,
        ("propose", State.RUNNING): State.PROPOSED,
        ("withhold", State.RUNNING): State.FROZEN,
        ("publish_round", State.PROPOSED): State.PUBLISHED,
        ("close_round", State.PUBLISHED): State.CLOSED,
    }


def _approved_and_published(match_round: MatchRound, people: People) -> None:
    publishing.approve_result(match_round, by=people.officer_2, at=READY)
    publishing.publish_round(match_round, at=READY)


Act = Callable[[MatchRound, People], object]
ACTS: Mapping[str, Act] = {
    "open_round": lambda r, p: rounds.open_round(r, by=p.officer, at=NOW),
    "freeze_round": lambda r, p: freezing.freeze_round(r, by=p.officer_2, at=READY),
    "start_run": lambda r, p: runs.start_run(r, by=p.officer, at=READY),
    "propose": lambda r, p: move(r, MOVES, "propose", by=None, at=READY),
    "withhold": lambda r, p: move(r, MOVES, "withhold", by=None, at=READY),
    "publish_round": lambda r, p: _approved_and_published(r, p),
    "close_round": lambda r, p: rounds.close_round(r, by=p.officer, at=ANSWERED),
}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("verb", list(ACTS))
def test_a_move_is_made_from_its_states_and_refused_from_all_others(
    verb: str, state: State, people: People, vacancy: Vacancy
) -> None:
    match_round = in_state(state, people)
    before = MatchRound.objects.filter(pk=match_round.pk).values().get()
    lines = verbs_of(match_round)
    if MOVES.allows(verb, state):
        ACTS[verb](match_round, people)
        line = audit.trail(match_round).filter(verb=verb).last()
        assert line is not None
        assert (line.from_state, line.to_state, line.at) == (
            state,
            MOVES.target(verb, state),
            {"open_round": NOW, "close_round": ANSWERED}.get(verb, READY),
        )
        return
    with pytest.raises(IllegalMove):
        ACTS[verb](match_round, people)
    assert MatchRound.objects.filter(pk=match_round.pk).values().get() == before
    assert verbs_of(match_round) == lines


@pytest.mark.parametrize("verb", ["open_round", "start_run", "close_round"])
def test_a_move_on_a_stale_page_is_refused(verb: str, people: People, vacancy: Vacancy) -> None:
    (source,) = MOVES[verb].sources
    match_round = in_state(source, people)
    stale = MatchRound.objects.get(pk=match_round.pk)
    ACTS[verb](match_round, people)
    lines = verbs_of(match_round)
    with pytest.raises(IllegalMove):
        ACTS[verb](stale, people)
    assert verbs_of(match_round) == lines


ALONE: Mapping[str, tuple[State, Callable[..., object]]] = {
    "open": (State.DRAFT, rounds.open_round),
    "change": (State.DRAFT, rounds.change_draft),
    "freeze": (State.OPEN, freezing.freeze_round),
    "value": (State.FROZEN, lambda r, **how: freezing.type_in_public_value(
        r, value="7", source="-", **how)),
    "run": (State.FROZEN, runs.start_run),
    "check": (State.PROPOSED, runs.check_result),
    "approve": (State.PROPOSED, publishing.approve_result),
    "close": (State.PUBLISHED, rounds.close_round),
}  # fmt: skip


@pytest.mark.parametrize("what", list(ALONE))
def test_only_an_officer_moves_a_round(what: str, people: People, vacancy: Vacancy) -> None:
    state, act = ALONE[what]
    match_round = in_state(state, people)
    lines = verbs_of(match_round)
    for who in strangers_to_rounds(people):
        with pytest.raises(NotAllowed):
            act(match_round, by=who, at=ANSWERED)
    match_round.refresh_from_db()
    assert (match_round.state, verbs_of(match_round)) == (state, lines)
