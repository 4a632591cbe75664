"""What a round leaves for the next one: the seats nobody confirmed, the students without a place.

Confirmed placements are facts of the past: who has one is in no later market, and the seat is
gone from every later count.
"""

from dataclasses import dataclass

import numpy as np

from courses.matching.solver.cutoffs import standing_of
from courses.matching.solver.market import Reserve
from courses.matching.solver.packed import Flags, Ints, Packed
from courses.matching.solver.snapshot import Place, Snapshot


@dataclass(frozen=True)
class LeftOver:
    """The students of a round who hold nothing, and its vacancies with the seats left."""

    students: tuple[str, ...]
    vacancies: tuple[Place, ...]


def left_over(snapshot: Snapshot, packed: Packed, place: Ints, confirmed: Flags) -> LeftOver:
    """Return what a supplementary round may be made of.

    `place` is the outcome, `confirmed` [students] says whose placement stands. A reserve keeps the
    seats its confirmed members do not fill; where open seats took softly reserved ones, those are
    gone from the last soft reserve first. Vacancies without a seat left are left out.
    """
    if (confirmed & (place < 0)).any():
        raise ValueError("only a placement can be confirmed")
    used = standing_of(packed, np.where(confirmed, place, -1)).used.tolist()
    vacancies = []
    for vacancy, taken in zip(snapshot.vacancies, used, strict=True):
        left = vacancy.seats - sum(taken)
        reserves = [
            Reserve(reserve.group, reserve.seats - filled, reserve.kind)
            for reserve, filled in zip(vacancy.reserves, taken, strict=False)
        ]
        over = sum(reserve.seats for reserve in reserves) - left
        for number in reversed(range(len(reserves))):
            reserve = reserves[number]
            if over > 0 and reserve.kind == "soft":
                reserves[number] = Reserve(reserve.group, max(0, reserve.seats - over), "soft")
                over -= reserve.seats - reserves[number].seats
        if left:
            kept = tuple(reserve for reserve in reserves if reserve.seats)
            vacancies.append(Place(vacancy.code, left, kept))
    without = np.flatnonzero(place < 0).tolist()
    return LeftOver(tuple(snapshot.students[number] for number in without), tuple(vacancies))
