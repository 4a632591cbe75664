"""The freeze: nobody's time is cut short, bytes with a fingerprint, one public value."""

from datetime import datetime, timedelta

import pytest

from courses.kit import audit
from courses.kit.refusal import IllegalMove
from courses.matching import queries
from courses.matching.actions import freezing
from courses.matching.actions.wishes import add_wish
from courses.matching.models import FrozenMarket, MatchRound
from courses.matching.refusals import DeadlinesAreAhead, NotTheTime, PublicValueIsMissing
from courses.matching.solver.snapshot import sha256
from courses.matching.states import State
from courses.vacancies.models import Vacancy
from tests.cast import NOW, People
from tests.courses.matching.small_rounds import (
    RANKING,
    RANKING_CLOSES,
    READY,
    WISHES_CLOSE,
    frozen,
    in_state,
    opened,
    verbs_of,
)

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("at", [NOW, WISHES_CLOSE, RANKING, RANKING_CLOSES - SECOND])
def test_nobodys_time_is_cut_short_by_a_freeze(
    at: datetime, people: People, vacancy: Vacancy
) -> None:
    match_round = opened(people)
    with pytest.raises(DeadlinesAreAhead):
        freezing.freeze_round(match_round, by=people.officer, at=at)
    match_round.refresh_from_db()
    assert (match_round.state, match_round.snapshot_sha256) == (State.OPEN, "")
    assert not FrozenMarket.objects.exists()


def test_the_freeze_keeps_the_bytes_with_their_fingerprint_and_counts(
    people: People, vacancy: Vacancy
) -> None:
    match_round = opened(people, longest_list=1)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    freezing.freeze_round(match_round, by=people.officer, reason="دو مهلت گذشت", at=RANKING_CLOSES)
    match_round.refresh_from_db()
    market = FrozenMarket.objects.get()
    assert (match_round.state, match_round.frozen_at) == (State.FROZEN, RANKING_CLOSES)
    assert match_round.snapshot_sha256 == market.sha256 == sha256(bytes(market.content))
    assert (
        market.students, market.vacancies, market.seats, market.wishes, market.forbidden,
        market.full_lists, market.frozen_by, market.frozen_at,
    ) == (1, 1, 2, 1, 0, 1, people.officer, RANKING_CLOSES)  # fmt: skip
    assert verbs_of(match_round) == ["draft_round", "open_round", "freeze_round"]
    line = audit.trail(match_round).last()
    assert line is not None
    assert line.reason == "دو مهلت گذشت"


@pytest.mark.parametrize("pieces", [1, 2, 3, 1.5])
def test_the_frozen_bytes_are_read_in_pieces(
    pieces: float, people: People, vacancy: Vacancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pieces that fit and pieces that do not: the bytes are the same."""
    match_round = frozen(opened(people), people)
    whole = bytes(match_round.frozen.content)
    monkeypatch.setattr("courses.matching.queries.ledger.PIECE", int(len(whole) / pieces))
    assert queries.frozen_bytes(match_round) == whole


def test_a_round_is_frozen_once(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    stale = MatchRound.objects.get(pk=match_round.pk)
    frozen(match_round, people)
    lines = verbs_of(match_round)
    with pytest.raises(IllegalMove):
        freezing.freeze_round(stale, by=people.officer, at=READY)
    assert (verbs_of(match_round), FrozenMarket.objects.count()) == (lines, 1)


@pytest.mark.parametrize(("value", "source"), [("", "-"), (" ", "-"), ("7", " ")])
def test_a_public_value_has_a_source(
    value: str, source: str, people: People, vacancy: Vacancy
) -> None:
    match_round = opened(people)
    freezing.freeze_round(match_round, by=people.officer, at=READY)
    with pytest.raises(PublicValueIsMissing):
        freezing.type_in_public_value(match_round, value=value, source=source, by=people.officer)
    match_round.refresh_from_db()
    assert match_round.public_value == ""


@pytest.mark.parametrize("state", list(State))
def test_the_public_value_is_typed_in_once_after_the_freeze(
    state: State, people: People, vacancy: Vacancy
) -> None:
    match_round = in_state(state, people)
    before = match_round.public_value
    with pytest.raises(NotTheTime):
        freezing.type_in_public_value(match_round, value="8", source="-", by=people.officer)
    match_round.refresh_from_db()
    assert match_round.public_value == before
