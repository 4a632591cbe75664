"""Students' lists: adding, moving, taking out, and what keeps a wish off the list."""

from datetime import datetime, timedelta

import pytest

from courses.enrolment.actions import apply_to, withdraw
from courses.enrolment.models import Intake
from courses.kit import audit
from courses.matching import rules
from courses.matching.actions import wishes
from courses.matching.models import Application, MatchRound, PreferenceList
from courses.matching.refusals import (
    ListIsFull,
    NotAStudent,
    NotInThisRound,
    WishesAreClosed,
)
from courses.matching.states import State
from courses.people.models import User
from courses.vacancies.actions import take_back_vacancy
from courses.vacancies.models import Vacancy
from tests.cast import NOW, MakeVacancy, People
from tests.courses.matching.small_rounds import (
    RANKING,
    READY,
    WISHES_CLOSE,
    drafted,
    in_state,
    opened,
)

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def three(make_vacancy: MakeVacancy) -> list[Vacancy]:
    """Three published vacancies with readable codes."""
    return [make_vacancy(code=code) for code in ("a", "b", "c")]


@pytest.fixture
def match_round(people: People, three: list[Vacancy]) -> MatchRound:
    """An open round with the three vacancies."""
    return opened(people, longest_list=3)


def _list(student: User) -> list[tuple[int, str]]:
    return list(
        Application.objects.filter(list__student=student).values_list("rank", "vacancy__code")
    )


def _trail(student: User) -> list[tuple[str, object]]:
    wished = PreferenceList.objects.get(student=student)
    return [(line.verb, line.facts["vacancy"]) for line in audit.trail(wished)]


def _wish_all(match_round: MatchRound, three: list[Vacancy], student: User) -> list[Application]:
    return [wishes.add_wish(match_round, vacancy, by=student, at=NOW) for vacancy in three]


# Adding


def test_wishes_are_added_at_the_end(
    match_round: MatchRound, three: list[Vacancy], people: People
) -> None:
    _wish_all(match_round, three, people.aylin)
    assert _list(people.aylin) == [(1, "a"), (2, "b"), (3, "c")]
    assert _trail(people.aylin) == [("add_wish", "a"), ("add_wish", "b"), ("add_wish", "c")]
    wished = PreferenceList.objects.get()
    assert (wished.round, wished.student, wished.changed_at) == (match_round, people.aylin, NOW)
    line = audit.trail(wished).first()
    assert line is not None
    assert (line.by, line.at) == (people.aylin, NOW)


def test_the_same_wish_twice_is_one_row_and_keeps_its_rank(
    match_round: MatchRound, three: list[Vacancy], people: People
) -> None:
    first, *_others = _wish_all(match_round, three, people.aylin)
    assert wishes.add_wish(match_round, three[0], by=people.aylin, at=LATER) == first
    assert _list(people.aylin) == [(1, "a"), (2, "b"), (3, "c")]
    assert len(_trail(people.aylin)) == 3


def test_a_full_list_takes_no_more(people: People, three: list[Vacancy]) -> None:
    match_round = opened(people, longest_list=2)
    _wish_all(match_round, three[:2], people.aylin)
    with pytest.raises(ListIsFull) as refused:
        wishes.add_wish(match_round, three[2], by=people.aylin, at=NOW)
    assert refused.value.values == {"longest": 2}
    assert _list(people.aylin) == [(1, "a"), (2, "b")]
    assert wishes.add_wish(match_round, three[1], by=people.aylin, at=NOW).rank == 2
    first = Application.objects.get(vacancy=three[0])
    wishes.take_out_wish(first, by=people.aylin, at=NOW)
    wishes.add_wish(match_round, three[2], by=people.aylin, at=NOW)
    assert _list(people.aylin) == [(1, "b"), (2, "c")]


def test_every_student_has_a_list_of_their_own(
    match_round: MatchRound, three: list[Vacancy], people: People
) -> None:
    wishes.add_wish(match_round, three[0], by=people.aylin, at=NOW)
    wishes.add_wish(match_round, three[1], by=people.sara, at=NOW)
    assert (_list(people.aylin), _list(people.sara)) == ([(1, "a")], [(1, "b")])


def test_a_vacancy_outside_the_round_is_refused(
    match_round: MatchRound, people: People, make_vacancy: MakeVacancy
) -> None:
    posted_later = make_vacancy()
    with pytest.raises(NotInThisRound):
        wishes.add_wish(match_round, posted_later, by=people.aylin, at=NOW)
    assert not PreferenceList.objects.exists()


def test_a_vacancy_that_was_taken_back_is_refused(
    match_round: MatchRound, three: list[Vacancy], people: People
) -> None:
    take_back_vacancy(three[0], by=people.owner, reason="-", at=NOW)
    with pytest.raises(NotInThisRound):
        wishes.add_wish(match_round, three[0], by=people.aylin, at=NOW)
    assert not Application.objects.exists()


def test_only_students_have_wishes(
    match_round: MatchRound, three: list[Vacancy], people: People
) -> None:
    for who in (
        people.stranger, people.teacher, people.registrar, people.onlooker, people.owner,
        people.mentor, people.officer, people.admin,
    ):  # fmt: skip
        with pytest.raises(NotAStudent):
            wishes.add_wish(match_round, three[0], by=who, at=NOW)
    assert not PreferenceList.objects.exists()


def test_a_seat_in_an_intake_makes_a_student(
    match_round: MatchRound, three: list[Vacancy], people: People, intake: Intake
) -> None:
    enrolment = apply_to(intake, by=people.stranger, at=NOW)
    wish = wishes.add_wish(match_round, three[0], by=people.stranger, at=NOW)
    withdraw(enrolment, by=people.stranger, at=NOW)
    for refused in (
        lambda: wishes.add_wish(match_round, three[1], by=people.stranger, at=NOW),
        lambda: wishes.move_wish(wish, 1, by=people.stranger, at=NOW),
        lambda: wishes.take_out_wish(wish, by=people.stranger, at=NOW),
    ):
        with pytest.raises(NotAStudent):
            refused()
    assert _list(people.stranger) == [(1, "a")]


# The deadline


def test_the_last_second_counts(
    match_round: MatchRound, three: list[Vacancy], people: People
) -> None:
    wishes.add_wish(match_round, three[0], by=people.aylin, at=WISHES_CLOSE - SECOND)
    assert _list(people.aylin) == [(1, "a")]


@pytest.mark.parametrize("at", [WISHES_CLOSE, RANKING, READY])
def test_after_the_deadline_the_list_counts_as_it_stands(
    at: datetime, match_round: MatchRound, three: list[Vacancy], people: People
) -> None:
    first, second = (
        wishes.add_wish(match_round, vacancy, by=people.aylin, at=NOW) for vacancy in three[:2]
    )
    for refused in (
        lambda: wishes.add_wish(match_round, three[2], by=people.aylin, at=at),
        lambda: wishes.move_wish(second, -1, by=people.aylin, at=at),
        lambda: wishes.take_out_wish(first, by=people.aylin, at=at),
    ):
        with pytest.raises(WishesAreClosed):
            refused()
    assert _list(people.aylin) == [(1, "a"), (2, "b")]
    assert PreferenceList.objects.get().changed_at == NOW
    assert len(_trail(people.aylin)) == 2


@pytest.mark.parametrize("state", [state for state in State if state != State.OPEN])
def test_only_an_open_round_takes_wishes(state: State, people: People, vacancy: Vacancy) -> None:
    match_round = in_state(state, people)
    with pytest.raises(WishesAreClosed):
        wishes.add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    assert not Application.objects.exists()


def test_a_page_loaded_before_the_deadline_moved_is_refused(
    match_round: MatchRound, three: list[Vacancy], people: People
) -> None:
    stale = MatchRound.objects.get(pk=match_round.pk)
    MatchRound.objects.filter(pk=match_round.pk).update(wishes_close_at=NOW)
    with pytest.raises(WishesAreClosed):
        wishes.add_wish(stale, three[0], by=people.aylin, at=NOW)
    assert not Application.objects.exists()


# Moving and taking out


@pytest.mark.parametrize(
    ("which", "places", "order"),
    [
        (2, -1, "acb"),
        (1, -1, "bac"),
        (1, +1, "acb"),
        (0, +1, "bac"),
        (0, -1, "abc"),
        (2, +1, "abc"),
    ],
)
def test_a_wish_moves_one_place_and_stops_at_the_ends(
    which: int, places: int, order: str, match_round: MatchRound, three: list[Vacancy],
    people: People,
) -> None:  # fmt: skip
    moved = _wish_all(match_round, three, people.aylin)[which]
    wishes.move_wish(moved, places, by=people.aylin, at=LATER)
    assert _list(people.aylin) == list(enumerate(order, start=1))
    line = audit.trail(PreferenceList.objects.get()).last()
    assert line is not None
    assert (line.verb, line.by, line.at, line.facts) == (
        "move_wish",
        people.aylin,
        LATER,
        {"vacancy": three[which].code, "places": places},
    )
    assert PreferenceList.objects.get().changed_at == LATER


def test_moving_gives_the_keys_in_their_new_order() -> None:
    assert rules.moved([7, 8, 9], 9, -1) == [7, 9, 8]
    assert rules.moved([7, 8, 9], 7, +1) == [8, 7, 9]
    assert rules.moved([7, 8, 9], 7, -1) == [7, 8, 9]
    assert rules.moved([7], 7, +1) == [7]


@pytest.mark.parametrize(
    ("which", "left"),
    [
        (0, [(1, "b"), (2, "c")]),
        (1, [(1, "a"), (2, "c")]),
        (2, [(1, "a"), (2, "b")]),
    ],
)
def test_the_others_close_ranks_when_a_wish_is_taken_out(
    which: int, left: list[tuple[int, str]], match_round: MatchRound, three: list[Vacancy],
    people: People,
) -> None:  # fmt: skip
    gone = _wish_all(match_round, three, people.aylin)[which]
    wishes.take_out_wish(gone, by=people.aylin, at=LATER)
    assert _list(people.aylin) == left
    assert _trail(people.aylin)[3:] == [("take_out_wish", three[which].code)]


def test_taking_out_twice_changes_nothing(
    match_round: MatchRound, three: list[Vacancy], people: People
) -> None:
    gone = _wish_all(match_round, three, people.aylin)[0]
    stale = Application.objects.select_related("list__round", "vacancy").get(pk=gone.pk)
    wishes.take_out_wish(gone, by=people.aylin, at=LATER)
    wishes.take_out_wish(stale, by=people.aylin, at=LATER)
    assert _list(people.aylin) == [(1, "b"), (2, "c")]
    assert len(_trail(people.aylin)) == 4


def test_a_wish_that_was_taken_out_is_not_moved(
    match_round: MatchRound, three: list[Vacancy], people: People
) -> None:
    gone = _wish_all(match_round, three, people.aylin)[0]
    stale = Application.objects.select_related("list__round", "vacancy").get(pk=gone.pk)
    wishes.take_out_wish(gone, by=people.aylin, at=LATER)
    with pytest.raises(NotInThisRound):
        wishes.move_wish(stale, 1, by=people.aylin, at=LATER)
    assert _list(people.aylin) == [(1, "b"), (2, "c")]


def test_nobody_changes_the_list_of_somebody_else(
    match_round: MatchRound, three: list[Vacancy], people: People
) -> None:
    first, *_others = _wish_all(match_round, three, people.aylin)
    with pytest.raises(NotInThisRound):
        wishes.move_wish(first, 1, by=people.sara, at=LATER)
    wishes.take_out_wish(first, by=people.sara, at=LATER)
    assert _list(people.aylin) == [(1, "a"), (2, "b"), (3, "c")]
    assert len(_trail(people.aylin)) == 3


# Pseudonyms


def test_a_pseudonym_is_the_students_own_and_new_in_every_round(
    match_round: MatchRound, people: People
) -> None:
    other = drafted(people, "other")
    names = {
        wishes.pseudonym_of(student, in_round)
        for student in (people.aylin, people.sara)
        for in_round in (match_round, other)
    }
    assert len(names) == 4
    assert wishes.pseudonym_of(people.aylin, match_round) == wishes.pseudonym_of(
        people.aylin, match_round
    )
    assert [(name[:2], len(name)) for name in names] == [("T-", 12)] * 4
