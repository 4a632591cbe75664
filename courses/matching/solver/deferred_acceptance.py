"""The published rule for any number of students: the same result as the oracle, in arrays.

All free students ask at once, each at the next wish that would not certainly refuse; every vacancy
that was asked chooses among those it holds and those who ask. The result does not depend on who
asks when (the choice is substitutable), so this is the oracle's. Cutoffs only rise, so a wish whose
cutoff is better than the student's key is skipped without asking. When few are free, the chains of
refusals that are left are followed one by one.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np

from courses.matching.solver.hall import SMALL, hall_of
from courses.matching.solver.journal import Journal
from courses.matching.solver.market import Market
from courses.matching.solver.packed import (
    Ints,
    Ints32,
    Packed,
    pack,
)
from courses.matching.solver.queues import Chains

# So many ask at once at most: the tables of a turn stay small beside the market.
CROWD = 1 << 18
# So few are followed one by one: a turn in arrays costs more than their chains.
FEW = 200
# So are more, where a turn goes through so many keys for each of them: in large workshops a turn
# sorts all who are held there to move a few.
KEYS_A_STEP = 50


@dataclass(frozen=True)
class Outcome:
    """Where each student came to rest, and how much asking it took.

    place int64 [n]  the edge of the granted wish, −1 for none
    turns            how often all free students asked at once
    chained          how many offers were followed one by one
    """

    place: Ints
    turns: int
    chained: int


def solve(packed: Packed, journal: Journal | None = None) -> Outcome:
    """Return the student-optimal stable placement; write what happens into a journal, if given."""
    hall = hall_of(packed)
    crowd = min(CROWD, max(SMALL, packed.students // 3))
    turns = 0
    free = np.empty(0, np.int64)
    fresh = 0
    while fresh < packed.students or len(free) > max(FEW, hall.handled // KEYS_A_STEP):
        if fresh < packed.students and len(free) < crowd:
            more = np.arange(fresh, min(packed.students, fresh + crowd - len(free)))
            fresh += len(more)
            free = np.concatenate([free, more])
        free = hall.turn(free, journal)
        turns += 1
    log = None if journal is None else array("i")
    chained = Chains(hall, log).follow(free)
    if journal is not None:
        journal.chain(np.array(log, np.int32).reshape(-1, 3))
    return Outcome(hall.place, turns, chained)


@dataclass(frozen=True)
class Trace:
    """Every asking of a solution in which the students ask one after another, in their order.

    student int32 [asks]    who asked
    edge    int32 [asks]    for which wish; wishes that are refused beforehand are not asked for
    gone    int32 [asks]    who had to go for it: the student who asked, another one, −1 nobody
    place   int64 [n]       where each student came to rest, as in `Outcome`
    """

    student: Ints32
    edge: Ints32
    gone: Ints32
    place: Ints


def trace(packed: Packed) -> Trace:
    """Return the askings that lead to the placement of `solve`: who had to go for whom, and when.

    Whoever is sent away asks on at once, so that a chain of refusals stands in one piece.
    """
    hall = hall_of(packed)
    log = array("i")
    Chains(hall, log).follow(np.arange(packed.students))
    asks = np.frombuffer(log, np.int32).reshape(-1, 3)
    return Trace(asks[:, 0].copy(), asks[:, 1].copy(), asks[:, 2].copy(), hall.place)


def placement_of(market: Market) -> dict[str, str | None]:
    """Return the student-optimal stable placement of a named market: student → vacancy or None."""
    packed, names = pack(market)
    return names.placement(packed, solve(packed).place)
