"""What the model promises of the solver, one test a property, on random markets.

With JAVAR_DEEP=1 each property is tried on thousands of new markets instead of 150 fixed ones.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from courses.matching.solver import deferred_acceptance as fast
from courses.matching.solver.deferred_acceptance import placement_of as solve
from courses.matching.solver.market import Market
from courses.matching.solver.packed import Packed
from courses.matching.solver.verify import judge, verify
from tests.courses.matching.brute_force import Judge
from tests.courses.matching.explainer import Explainer
from tests.courses.matching.random_markets import (
    GROUPS,
    markets,
    thorough,
    with_vacancy,
    without_student,
)

Tiers = tuple[tuple[str, ...], ...]


@thorough
@given(markets(students=8, vacancies=4))
def test_p1_the_result_is_stable(market: Market) -> None:
    """The result is stable in the eyes of the verifier and of the independent judge."""
    placement = solve(market)
    assert set(placement) == set(market.students)
    assert verify(market, placement) == []
    assert Judge(market).stable(placement)


@thorough
@given(markets())
def test_p2_the_result_is_the_student_optimum(market: Market) -> None:
    """Every student likes the result at least as much as any other stable matching."""
    placement = solve(market)
    judge = Judge(market)
    stable = judge.stable_matchings()
    assert placement in stable
    assert all(judge.no_worse(placement, other) for other in stable)


@thorough
@given(markets())
def test_p3_rural_hospitals(market: Market) -> None:
    """All stable matchings place the same students and fill as many seats at each vacancy."""
    placement = solve(market)
    judge = Judge(market)
    for other in judge.stable_matchings():
        for student in market.students:
            assert (other[student] is None) == (placement[student] is None)
        for vacancy in market.vacancies:
            assert len(judge.at(other, vacancy)) == len(judge.at(placement, vacancy))


@thorough
@given(markets())
def test_p4_no_misreport_gains(market: Market) -> None:
    """No student gets a better place by handing in another list, whatever the list."""
    judge = Judge(market)
    honest = solve(market)
    lists = [
        wishes
        for length in range(len(market.vacancies) + 1)
        for wishes in permutations(market.vacancies, length)
    ]
    for student in market.students:
        for wishes in lists:
            told = replace(market, students={**market.students, student: wishes})
            got = solve(told)[student]
            assert judge.worth(student, got) <= judge.worth(student, honest[student])


def _moved_up(order: Tiers, student: str) -> Iterator[Tiers]:
    """Yield every order in which the student stands better and all others as before."""
    own = next((place for place, tier in enumerate(order) if student in tier), len(order))
    without = [tuple(s for s in tier if s != student) for tier in order]
    for place in range(own):
        yield (*without[:place], (*without[place], student), *without[place + 1 :])
    for place in range(own + 1):
        yield (*without[:place], (student,), *without[place:])


@thorough
@given(markets())
def test_p5_a_better_rank_never_hurts(market: Market) -> None:
    """A student moved up at one vacancy, or newly accepted there, is never worse off."""
    judge = Judge(market)
    before = solve(market)
    for vacancy, row in market.vacancies.items():
        for student in market.students:
            for order in _moved_up(row.order, student):
                after = solve(with_vacancy(market, vacancy, order=order))
                assert judge.worth(student, after[student]) >= judge.worth(student, before[student])


@thorough
@given(markets())
def test_p6_a_further_group_never_hurts(market: Market) -> None:
    """A student who gains membership of a group is never worse off."""
    judge = Judge(market)
    before = solve(market)
    for student, mine in market.groups.items():
        for group in GROUPS:
            joined = replace(market, groups={**market.groups, student: mine | {group}})
            after = solve(joined)
            assert judge.worth(student, after[student]) >= judge.worth(student, before[student])


@thorough
@given(markets())
def test_p7_one_more_seat_hurts_nobody(market: Market) -> None:
    """One more open seat at a vacancy leaves no student worse off."""
    judge = Judge(market)
    before = solve(market)
    for name, row in market.vacancies.items():
        after = solve(with_vacancy(market, name, capacity=row.capacity + 1))
        assert judge.no_worse(after, before)


@thorough
@given(markets())
def test_p8_one_student_fewer_hurts_nobody_left(market: Market) -> None:
    """When one student leaves, nobody who stays is worse off."""
    judge = Judge(market)
    before = solve(market)
    for gone in market.students:
        after = solve(without_student(market, gone))
        for student, place in after.items():
            assert judge.worth(student, place) >= judge.worth(student, before[student])


@thorough
@given(markets(students=6))
def test_p9_an_empty_reserved_seat_means_no_member_wants_it(market: Market) -> None:
    """Where a reserved seat found no member, no member of the group wants that vacancy more."""
    placement = solve(market)
    judge = Judge(market)
    for vacancy, kinds in Explainer(market, placement).seats.items():
        counted = judge.seats(vacancy, judge.at(placement, vacancy))
        assert [(s.kind, s.room, s.used) for s in kinds] == [
            (kind, room, len(sitting)) for kind, room, sitting in counted
        ]
        for group, seats, sitting in counted[:-1]:
            if len(sitting) == seats:
                continue
            for student in market.students:
                if group in market.groups[student] and judge.admissible(student, vacancy):
                    have = judge.worth(student, placement[student])
                    assert have >= judge.worth(student, vacancy)


@thorough
@given(st.data())
def test_p10_the_order_of_rows_does_not_matter(data: st.DataObject) -> None:
    """Students, vacancies, tied names and pairs in another order give the same result."""
    market = data.draw(markets(students=6))
    canonical = market.to_json()
    students = data.draw(st.permutations(list(canonical["students"].items())))
    vacancies = data.draw(st.permutations(list(canonical["vacancies"].items())))
    shuffled = Market.from_json(
        {
            "students": dict(students),
            "vacancies": {
                name: row | {"order": [tier[::-1] for tier in row["order"]]}
                for name, row in vacancies
            },
            "groups": {name: canonical["groups"][name][::-1] for name, _ in students},
            "ineligible": canonical["ineligible"][::-1],
            "lottery": canonical["lottery"],
        }
    )
    placement = solve(market)
    assert shuffled.to_json() == canonical
    assert solve(shuffled) == placement
    first, second = Explainer(market, placement), Explainer(shuffled, placement)
    for student, wishes in market.students.items():
        for vacancy in wishes:
            assert first.reason(student, vacancy) == second.reason(student, vacancy)


def test_a_large_workshop_is_not_sorted_for_every_few_who_move() -> None:
    """Three hundred chains run through one workshop that holds half of all students.

    Each moves one student at a time in and out of it; turns of all at once would sort its twenty
    thousand to move three hundred, some seventy times.
    """
    half, chains = 20_000, 300
    pairs = np.arange(half)
    large, small = np.zeros(half, np.int32), (pairs + 1).astype(np.int32)
    # Whoever must leave the large workshop goes to a small one, and sends its student to the large.
    vacancy = np.concatenate([
        np.column_stack([large, small]).ravel(), np.column_stack([small, large]).ravel(),
        np.zeros(chains, np.int32),
    ]).astype(np.int32)  # fmt: skip
    tier = np.concatenate([np.tile([1, 0], half), np.tile([1, 0], half), np.zeros(chains)])
    students = 2 * half + chains
    seats = np.ones(half + 1, np.int64)
    seats[0] = half
    packed = Packed(
        starts=np.cumsum([0, *[2] * (2 * half), *[1] * chains]), vacancy=vacancy,
        tier=tier.astype(np.int32), ticket=np.arange(students, dtype=np.int32),
        groups=np.empty((0, students), np.int32), open_seats=seats,
        reserve_group=np.empty((half + 1, 0), np.int32),
        reserve_seats=np.empty((half + 1, 0), np.int64),
        reserve_hard=np.empty((half + 1, 0), np.bool_),
    )  # fmt: skip
    outcome = fast.solve(packed)
    assert outcome.place.tolist() == fast.trace(packed).place.tolist()
    assert not judge(packed, outcome.place)
    assert outcome.turns <= 5
    assert outcome.chained > half
