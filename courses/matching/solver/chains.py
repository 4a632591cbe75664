"""Whom a reserve hurts that was meant to help: members of its own group, and through whom.

A reserve moves people, and those move others; now and then the last one moved belongs to the
group itself (Doğan 2016). The round is solved with and without the reserve; for everybody who
ends worse with it, the askings of the solution with it are followed back from the lost place to
the student who would not have been there without the reserve.
"""

from dataclasses import dataclass, replace

import numpy as np

from courses.matching.solver.choice import REFUSED, choose
from courses.matching.solver.deferred_acceptance import Trace
from courses.matching.solver.packed import NO_RESERVE, Flags, Ints, Packed, belong


@dataclass(frozen=True)
class Link:
    """One refusal of a chain.

    `student` had to leave the wish `lost` because of the student `by` (−1: because of the reserve
    alone, which keeps a seat empty), and went on to the wish `to`: there they push out the next
    one; at the end of the chain it is what they are left with, −1 for nothing. Wishes are edges.
    """

    student: int
    lost: int
    by: int
    to: int


def without_reserve(packed: Packed, group: int, at: Flags | None = None) -> Packed:
    """Return the round with a group's reserved seats, soft and hard, open to all.

    `at` [m] tells at which vacancies; without it, at all.
    """
    its = packed.reserve_group == group
    if at is not None:
        its &= at[:, None]
    return replace(
        packed,
        open_seats=packed.open_seats + np.where(its, packed.reserve_seats, 0).sum(axis=1),
        reserve_group=np.where(its, NO_RESERVE, packed.reserve_group).astype(np.int32),
        reserve_seats=np.where(its, 0, packed.reserve_seats),
        reserve_hard=packed.reserve_hard & ~its,
    )


def worse_off(packed: Packed, group: int, place: Ints, without: Ints) -> Ints:
    """Return the group's students who like their place less than the one `without` the reserve."""
    members = belong(packed.groups, np.full(packed.students, group, np.int32))
    return np.flatnonzero(members & (without >= 0) & ((place < 0) | (place > without)))


def chain(packed: Packed, asked: Trace, without: Ints, student: int) -> tuple[Link, ...]:
    """Return how a student lost the place held `without` the reserve, from the cause on.

    At each loss the one to name is the first to come who does not belong to the vacancy without
    the reserve and leaves the loser no seat; if that one had lost a better place before, so on
    with it. Every step lies earlier in the trace, so there is an end.
    """
    links: list[Link] = []
    to = int(asked.place[student])
    while True:
        lost = int(without[student])
        vacancy = int(packed.vacancy[lost])
        there = _there(packed, asked, vacancy, student)
        own = {one: edge for one, edge in there.items() if without[one] == edge}
        own[student] = lost
        by = -1
        for one, edge in there.items():
            if not _keeps(packed, vacancy, own, student):
                break
            if one not in own:
                by = one
                own[one] = edge
        links.append(Link(student, lost, by, to))
        if by < 0 or not 0 <= without[by] < there[by]:
            return tuple(reversed(links))
        student, to = by, there[by]


def _there(packed: Packed, asked: Trace, vacancy: int, loser: int) -> dict[int, int]:
    """Return who was at a vacancy when it sent a student away, in the order they came."""
    here = np.flatnonzero(packed.vacancy[asked.edge] == vacancy)
    until = int(np.flatnonzero(asked.gone[here] == loser)[0])
    there: dict[int, int] = {}
    for ask in here[: until + 1].tolist():
        there[int(asked.student[ask])] = int(asked.edge[ask])
        there.pop(int(asked.gone[ask]), None)
    return there


def _keeps(packed: Packed, vacancy: int, asking: dict[int, int], student: int) -> bool:
    """Tell whether a vacancy would keep a student of some who ask, each with the wish."""
    students, edges = np.array(list(asking)), np.array(list(asking.values()))
    order = np.lexsort((packed.ticket[students], packed.tier[edges]))
    choice = choose(
        packed, np.array([vacancy]), np.array([len(order)]), students[order], np.arange(len(order))
    )
    return bool(choice.seat[students[order] == student][0] != REFUSED)
