"""A whole small round: every wish gets its place or its reason."""

import re

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from courses.matching.actions.wishes import add_wish, pseudonym_of
from courses.matching.queries import placed_by_rank, result_of, results_at
from courses.matching.reasons import ExplainedWish, Scale, _refused, explained
from courses.matching.solver.cutoffs import Seats, refused
from courses.vacancies.models import Vacancy
from tests.cast import NOW, People
from tests.courses.matching.small_rounds import READY, SmallRound, opened, published

pytestmark = pytest.mark.django_db


def _codes(wishes: list[ExplainedWish]) -> list[tuple[int, str, str]]:
    return [(wish.rank, wish.vacancy.code, wish.code) for wish in wishes]


def test_every_wish_gets_its_reason(small: SmallRound) -> None:
    found = {name: _codes(explained(small.outcome(name))) for name in small.students}
    assert found == {
        "aylin": [
            (1, "press", "ineligible"),
            (2, "strict", "not_ranked"),
            (3, "kept", "placed"),
            (4, "last", "not_reached"),
        ],
        "sara": [(1, "tie", "outranked"), (2, "hard", "no_seats"), (3, "last", "placed")],
        "tara": [(1, "kept", "placed")],
        "nila": [(1, "kept", "reserved"), (2, "hard", "no_seats")],
        small.lucky: [(1, "tie", "placed")],
        small.unlucky: [(1, "tie", "lottery")],
    }


def test_the_places_are_written_with_their_rank(small: SmallRound) -> None:
    outcomes = {
        name: (o.vacancy.code if o.vacancy else None, o.rank)
        for name in small.students
        for o in [small.outcome(name)]
    }
    assert outcomes == {
        "aylin": ("kept", 3),
        "sara": ("last", 3),
        "tara": ("kept", 1),
        "nila": (None, None),
        small.lucky: ("tie", 1),
        small.unlucky: (None, None),
    }
    run = small.round.runs.get()
    assert run.placed == 4
    assert placed_by_rank(run) == [(1, 2), (3, 2), (None, 2)]
    assert {o.list.student for o in results_at(small.vacancies["kept"], small.round)} == {
        small.students["aylin"],
        small.students["tara"],
    }


def test_reasons_are_explained_in_persian(small: SmallRound) -> None:
    with translation.override("fa"):
        said = [
            (wish.code, wish.status, wish.sentence)
            for name in small.students
            for wish in explained(small.outcome(name))
        ]
    # The skill's name is a code in this cast; every other word must be Persian.
    foreign = {
        code: (status, sentence)
        for code, status, sentence in said
        if re.search(r"[A-Za-z]", status + sentence.replace("“press”", "").replace("«press»", ""))
    }
    assert foreign == {}


def test_a_reason_names_no_other_student(small: SmallRound) -> None:
    for name, student in small.students.items():
        others = [
            word
            for other in small.students.values()
            if other != student
            for word in (pseudonym_of(other, small.round), other.first_name)
        ]
        text = " ".join(wish.sentence for wish in explained(small.outcome(name)))
        assert [word for word in others if re.search(rf"\b{re.escape(word)}\b", text)] == []


def test_only_the_place_is_won(small: SmallRound) -> None:
    assert [wish.won for wish in explained(small.outcome("aylin"))] == [False, False, True, False]


def test_nothing_is_known_before_it_is_published(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    assert result_of(people.aylin, match_round) is None
    assert list(results_at(vacancy, match_round)) == []
    published(match_round, people)
    outcome = result_of(people.aylin, match_round)
    assert outcome is not None
    assert (outcome.vacancy, list(results_at(vacancy, match_round))) == (vacancy, [outcome])
    assert result_of(people.sara, match_round) is None
    assert match_round.published_at == READY


SEATS = st.lists(
    st.tuples(
        st.sampled_from("ghi"), st.integers(0, 2), st.none() | st.tuples(st.integers(0, 3),
                                                                         st.integers(0, 9)),
    ),
    min_size=1, max_size=4, unique_by=lambda one: one[0],
)  # fmt: skip


@given(SEATS, st.sets(st.sampled_from("ghi")), st.tuples(st.integers(0, 3), st.integers(0, 9)))
def test_what_is_said_of_reserved_seats_is_true(
    kinds: list[tuple[str, int, tuple[int, int] | None]], mine: set[str], own: tuple[int, int]
) -> None:
    """The sentence names open seats, and seats of the own school, where there are any."""
    seats = [
        Seats("open" if last_of_all else kind, room, room if last else 0, last if room else None)
        for number, (kind, room, last) in enumerate(kinds)
        for last_of_all in [number == len(kinds) - 1]
    ]
    reason = refused(own, mine, seats)
    if reason.code != "reserved":
        return
    own_seats = any(one.room and one.kind in mine for one in seats)
    with translation.override("en"):
        _status, said = _refused(reason, Scale(by_points=False, few_seats=False), {},
                                 own_seats=own_seats)  # fmt: skip
    assert ("open seats" in said.lower()) == (seats[-1].room > 0)
    assert ("your school" in said) == own_seats
    assert any(one.room and one.kind not in mine for one in seats[:-1]), "there are others' seats"
