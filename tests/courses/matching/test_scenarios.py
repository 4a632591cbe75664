"""What-ifs: vacancies and wishes after changes, compared with the readable rule."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.matching.scenarios import (
    TOO_MANY_RESERVED,
    UNKNOWN_VACANCY,
    Change,
    Fault,
    changed,
    compared,
    like,
    places_after,
)
from courses.matching.solver import oracle
from courses.matching.solver.invented import invented
from courses.matching.solver.market import Reserve
from courses.matching.solver.snapshot import Place, Snapshot
from tests.courses.matching.changes import one_more, reserve, seats

SetClock = Callable[[datetime], None]
SEED, VALUE = bytes(range(32)), "7"
A, B = Place("a", 3, (Reserve("s", 2, "soft"),)), Place("b", 1)


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ([], [A, B]),
        ([seats("a", 5)], [replace(A, seats=5), B]),
        ([seats("a", 2), seats("a", 9)], [replace(A, seats=9), B]),
        ([reserve("a", "s", 1)], [Place("a", 3, (Reserve("s", 1, "soft"),)), B]),
        ([reserve("a", "s", 2, hard=True)], [Place("a", 3, (Reserve("s", 2, "hard"),)), B]),
        ([reserve("a", "s", 0)], [Place("a", 3), B]),
        ([reserve("b", "s", 0)], [A, B]),
        (
            [reserve("a", "t", 1)],
            [Place("a", 3, (Reserve("s", 2, "soft"), Reserve("t", 1, "soft"))), B],
        ),
        ([one_more("a", 1)], [A, B, Place("new-1", 1, (Reserve("s", 1, "soft"),))]),
        (
            [one_more("b", 2), one_more("new-1", 0), reserve("new-1", "s", 1)],
            [A, B, Place("new-1", 2, (Reserve("s", 1, "soft"),)), Place("new-2", 0)],
        ),
        # First fewer seats than reserved, then fewer reserved: judged at the end.
        ([seats("a", 1), reserve("a", "s", 1)], [Place("a", 1, (Reserve("s", 1, "soft"),)), B]),
    ],
)
def test_changes_are_made_one_after_another(changes: list[Change], after: list[Place]) -> None:
    assert places_after([A, B], changes) == (after, [])


def test_impossible_changes_are_named_by_their_place() -> None:
    changes = [seats("z", 1), seats("a", 1), reserve("b", "s", 1), reserve("b", "t", 1),
               one_more("new-1", 3)]  # fmt: skip
    _after, faults = places_after([A, B], changes)
    assert faults == [
        Fault(0, UNKNOWN_VACANCY), Fault(1, TOO_MANY_RESERVED), Fault(3, TOO_MANY_RESERVED),
        Fault(4, UNKNOWN_VACANCY),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="unknown_vacancy"):
        changed(_snapshot(), changes, {})


def test_a_new_vacancy_has_the_reserves_its_seats_allow() -> None:
    both = Place("a", 9, (Reserve("s", 2, "soft"), Reserve("t", 3, "hard")))
    assert like(both, "new-1", 4) == Place(
        "new-1", 4, (Reserve("s", 2, "soft"), Reserve("t", 2, "hard"))
    )
    assert like(both, "new-1", 2) == Place("new-1", 2, (Reserve("s", 2, "soft"),))


def _snapshot() -> Snapshot:
    """Three students: one wishes b then a, one a, one nothing; the first belongs to s."""
    return Snapshot(
        round="r", rules="-", students=("p", "q", "r"), vacancies=(A, B), groups=("s",),
        refusals=(), vacancy=np.array([1, 0, 0], np.int32), tier=np.array([4, 5, 6], np.int32),
        refusal=np.full(3, -1, np.int32), group=np.array([0], np.int32),
        lengths=np.array([2, 1, 0], np.int32), belongs=np.array([1, 0, 0], np.int32),
    )  # fmt: skip


def test_everybody_who_wished_the_one_it_is_like_wishes_the_new_one_right_after() -> None:
    copy = changed(_snapshot(), [one_more("a", 1), one_more("b", 1), one_more("new-1", 2)], {})
    now = copy.snapshot
    wishes = {
        student: [(now.vacancies[v].code, t) for v, t in zip(
            now.vacancy[first:end].tolist(), now.tier[first:end].tolist(), strict=True)]
        for student, first, end in zip(
            now.students, now.starts[:-1].tolist(), now.starts[1:].tolist(), strict=True)
    }  # fmt: skip
    assert wishes == {
        "p": [("b", 4), ("new-2", 4), ("a", 5), ("new-1", 5), ("new-3", 5)],
        "q": [("a", 6), ("new-1", 6), ("new-3", 6)],
        "r": [],
    }
    assert copy.kept.tolist() == [0, 2, 5]
    assert copy.rank.tolist() == [1, 1, 2, 2, 2, 1, 1, 1]


def test_a_school_without_a_reserve_brings_its_students_into_the_groups() -> None:
    members = {"t": frozenset({"p", "r"}), "u": frozenset({"q"})}
    copy = changed(
        _snapshot(), [reserve("b", "u", 1), reserve("a", "s", 1), reserve("a", "t", 1)], members
    )
    assert copy.snapshot.groups == ("s", "t", "u")
    assert (copy.snapshot.group.tolist(), copy.snapshot.belongs.tolist()) == (
        [0, 1, 2, 1], [2, 1, 1],
    )  # fmt: skip
    assert list(copy.snapshot.faults()) == []


def test_a_school_nobody_of_the_round_learns_at_may_have_a_reserve() -> None:
    copy = changed(_snapshot(), [reserve("b", "t", 1, hard=True)], {})
    assert (copy.snapshot.groups, copy.snapshot.group.tolist()) == (("s", "t"), [0])


def test_an_empty_round_has_an_empty_report() -> None:
    nobody = replace(
        _snapshot(), students=(), lengths=np.empty(0, np.int32), belongs=np.empty(0, np.int32),
        vacancy=np.empty(0, np.int32), tier=np.empty(0, np.int32),
        refusal=np.empty(0, np.int32), group=np.empty(0, np.int32),
    )  # fmt: skip
    report = compared(nobody, [one_more("a", 1)], {}, np.empty(0, np.int32))
    assert report["before"] == report["after"] == {
        "placed": 0, "unplaced": 0, "first": 0, "mean": None,
    }  # fmt: skip
    assert (report["better"], report["worse"], report["same"]) == (0, 0, 0)


@st.composite
def _asked(draw: st.DrawFn) -> tuple[Snapshot, list[Change], int]:
    market = invented(
        draw(st.integers(1, 40)), draw(st.integers(1, 8)), draw(st.integers(0, 999)),
        shape="standard", reserves=True,
    )  # fmt: skip
    codes = [row.code for row in market.vacancies]
    one = st.one_of(
        st.builds(seats, st.sampled_from(codes), st.integers(3, 9)),
        st.builds(one_more, st.sampled_from(codes), st.integers(0, 4)),
    )
    return market, draw(st.lists(one, min_size=1, max_size=4)), draw(st.integers(0, 9))


@given(_asked())
def test_a_scenario_is_the_rule_on_the_changed_round(
    asked: tuple[Snapshot, list[Change], int],
) -> None:
    snapshot, changes, luck = asked
    _places, faults = places_after(snapshot.vacancies, changes)
    if faults:
        return
    tickets = snapshot.tickets(SEED, str(luck))
    report = compared(snapshot, changes, {}, tickets)
    lottery = tuple(snapshot.students[n] for n in np.argsort(tickets).tolist())
    before = oracle.solve(snapshot.market(lottery))
    copy = changed(snapshot, changes, {}).snapshot
    after_market = copy.market(lottery)
    after = oracle.solve(after_market)

    def taste(student: str, got: str | None) -> int:
        wishes = after_market.students[student]
        return wishes.index(got) if got else len(wishes)

    moved = [(taste(s, after[s]) > taste(s, before[s])) - (taste(s, after[s]) < taste(s, before[s]))
             for s in snapshot.students]  # fmt: skip
    assert (report["better"], report["worse"], report["same"]) == (
        moved.count(-1), moved.count(1), moved.count(0),
    )  # fmt: skip
    for side, placement in (("before", before), ("after", after)):
        placed = sum(got is not None for got in placement.values())
        assert (report[side]["placed"], report[side]["unplaced"]) == (
            placed, len(placement) - placed,
        )  # fmt: skip
    for row in report["vacancies"]:
        for side, placement in (("before", before), ("after", after)):
            if row[side]:
                used = list(placement.values()).count(row["code"])
                assert (row[side]["used"], sum(k[2] for k in row[side]["kinds"])) == (used, used)


def test_more_open_seats_hurt_nobody_and_fewer_help_nobody() -> None:
    market = invented(400, 40, 3, shape="tight")
    tickets = market.tickets(SEED, VALUE)
    code = market.vacancies[0].code
    more = compared(market, [seats(code, market.vacancies[0].seats + 5)], {}, tickets)
    fewer = compared(market, [seats(code, 0)], {}, tickets)
    assert (more["worse"], fewer["better"]) == (0, 0)
    assert more["better"] > 0
    assert fewer["worse"] > 0
