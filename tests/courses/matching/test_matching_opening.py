"""A round's draft and its opening: the seal, the seed, what there must be to match."""

from datetime import timedelta

import pytest

from courses.kit import audit
from courses.kit.refusal import IllegalMove, NotAllowed
from courses.matching.actions import rounds
from courses.matching.models import MatchRound
from courses.matching.refusals import DeadlineMustMove, NameThePublicValue, NothingToMatch
from courses.matching.solver.lottery import commitment
from courses.matching.states import State
from courses.vacancies.models import Vacancy
from tests.cast import NOW, MakeVacancy, People
from tests.courses.matching.small_rounds import (
    RANKING_CLOSES,
    SEED,
    drafted,
    opened,
    strangers_to_rounds,
    unsaved_round,
    verbs_of,
)

pytestmark = pytest.mark.django_db


def test_a_draft_whose_deadline_has_passed_is_not_opened(people: People, vacancy: Vacancy) -> None:
    match_round = drafted(people)
    with pytest.raises(DeadlineMustMove):
        rounds.open_round(match_round, by=people.officer, at=match_round.wishes_close_at)
    match_round.refresh_from_db()
    assert match_round.state == State.DRAFT


def test_a_round_names_its_public_value_before_it_opens(people: People, vacancy: Vacancy) -> None:
    match_round = drafted(people, public_source="")
    with pytest.raises(NameThePublicValue):
        rounds.open_round(match_round, by=people.officer, at=NOW)
    match_round.refresh_from_db()
    assert (match_round.state, match_round.commitment) == (State.DRAFT, "")


def test_a_draft_is_saved_by_an_officer_alone(people: People) -> None:
    for who in strangers_to_rounds(people):
        with pytest.raises(NotAllowed):
            rounds.draft_round(unsaved_round(), by=who, at=NOW)
    assert not MatchRound.objects.exists()
    match_round = rounds.draft_round(unsaved_round(), by=people.officer, at=NOW)
    match_round.refresh_from_db()
    assert (match_round.state, match_round.commitment, match_round.seed) == (State.DRAFT, "", None)
    line = audit.trail(match_round).get()
    assert (line.verb, line.by, line.to_state, line.at) == (
        "draft_round",
        people.officer,
        State.DRAFT,
        NOW,
    )


def test_opening_publishes_the_seal_of_the_seed_and_not_the_seed(
    people: People, vacancy: Vacancy
) -> None:
    match_round = rounds.open_round(drafted(people), by=people.officer, at=NOW, seed=SEED)
    match_round.refresh_from_db()
    assert bytes(match_round.seed or b"") == SEED
    assert match_round.commitment == commitment(SEED, "r-1")
    assert SEED.hex() not in match_round.commitment
    line = audit.trail(match_round).last()
    assert line is not None
    assert (line.verb, line.by, line.from_state, line.to_state, line.facts) == (
        "open_round",
        people.officer,
        State.DRAFT,
        State.OPEN,
        {},
    )


def test_every_round_draws_its_own_seed(people: People, vacancy: Vacancy) -> None:
    first, second = (
        rounds.open_round(drafted(people, code), by=people.officer, at=NOW)
        for code in ("r-1", "r-2")
    )
    seeds = [bytes(r.seed or b"") for r in (first, second)]
    assert [len(seed) for seed in seeds] == [32, 32]
    assert seeds[0] != seeds[1]
    assert [first.commitment, second.commitment] == [
        commitment(seeds[0], "r-1"),
        commitment(seeds[1], "r-2"),
    ]


def test_opening_twice_leaves_the_first_seal(people: People, vacancy: Vacancy) -> None:
    stale = drafted(people)
    match_round = rounds.open_round(
        MatchRound.objects.get(pk=stale.pk), by=people.officer, at=NOW, seed=SEED
    )
    with pytest.raises(IllegalMove):
        rounds.open_round(stale, by=people.officer_2, at=NOW, seed=bytes(32))
    match_round.refresh_from_db()
    assert (bytes(match_round.seed or b""), match_round.commitment) == (
        SEED,
        commitment(SEED, "r-1"),
    )


def test_published_vacancies_that_begin_after_the_ranking_take_part(
    people: People, make_vacancy: MakeVacancy
) -> None:
    last_day = RANKING_CLOSES.date()
    after = make_vacancy(starts_on=last_day + timedelta(days=1))
    later = make_vacancy()
    make_vacancy(starts_on=last_day)
    make_vacancy(draft=True)
    match_round = opened(people)
    assert set(match_round.vacancies.all()) == {after, later}


def test_a_round_with_nothing_to_match_stays_a_draft(
    people: People, make_vacancy: MakeVacancy
) -> None:
    make_vacancy(draft=True)
    make_vacancy(starts_on=RANKING_CLOSES.date())
    match_round = drafted(people)
    with pytest.raises(NothingToMatch):
        rounds.open_round(match_round, by=people.officer, at=NOW)
    match_round.refresh_from_db()
    assert (match_round.state, match_round.commitment, match_round.seed) == (State.DRAFT, "", None)
    assert verbs_of(match_round) == ["draft_round"]
