"""Why a placement is as it is: seats, last admitted, one reason for every wish.

A reason is true by stability and checkable from the cutoffs alone; it names no other student.
`codes` gives a byte for every wish of every student; `refused` says one of them in full.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from courses.matching.solver.choice import REFUSED, choose
from courses.matching.solver.packed import INELIGIBLE, NOT_RANKED, Flags, Ints, Keys, Packed

# A wish's code is stored as its place in this row.
CODES = (
    "placed", "not_reached", "ineligible", "not_ranked",
    "no_seats", "outranked", "lottery", "reserved",
)  # fmt: skip
PLACED, NOT_REACHED, FORBIDDEN, UNRANKED, NO_SEATS, OUTRANKED, LOTTERY, RESERVED = range(len(CODES))
OPEN = "open"
# Students are explained so many at a time.
PIECE = 1 << 15


@dataclass(frozen=True)
class Seats:
    """One kind of seat of a vacancy: a reserve's group, or OPEN for the last row.

    `last` is (tier, ticket) of the last admitted, both from 0; None where nobody was.
    """

    kind: str
    room: int
    used: int
    last: tuple[int, int] | None

    @property
    def full(self) -> bool:
        """Whether every seat of the kind is used."""
        return self.used >= self.room


@dataclass(frozen=True)
class Reason:
    """What became of a wish.

    Codes and when they are true:
    `placed` – this is the student's place (`seat`: which kind of seat);
    `not_reached` – a wish higher up was granted;
    `ineligible` – a rule forbids the pair; `not_ranked` – the firm does not accept the student;
    `no_seats` – no seat exists that the student could hold, or hard seats of others are all;
    `outranked` – the last admitted to an open seat stands in a better tier;
    `lottery` – the same tier as the last admitted to an open seat, a later ticket (both speak of
    the seats of the student's own group, `seat`, where all seats are reserved);
    `reserved` – the student beats somebody on a reserved seat whose group is not the student's,
    while every open seat went to better ones, or all seats are reserved.
    Tiers and tickets count from 1.
    """

    code: str
    own_tier: int | None = None
    own_ticket: int | None = None
    last_tier: int | None = None
    last_ticket: int | None = None
    seat: str = ""


def refused(own: tuple[int, int], mine: Collection[str], seats: Sequence[Seats]) -> Reason:
    """Return why an acceptable student with this (tier, ticket) was not kept.

    `mine` are the student's groups, `seats` the vacancy's kinds of seats, the open ones last.
    """
    *reserves, open_ = seats
    behind_me = [s for s in reserves if s.last and s.last > own and s.kind not in mine]
    # Where every seat is reserved, a member of the group lost to better members: telling him
    # that the seats are reserved for his own group would be untrue.
    own_kinds = [s for s in reserves if s.kind in mine and s.last]
    if open_.room == 0 and own_kinds and not behind_me:
        last_kind = max(own_kinds, key=lambda s: s.last or own)
        return _compared(_by_tier_or_ticket(last_kind, own), own, last_kind)
    if open_.room == 0:
        others = any(s.used for s in reserves)
        return Reason("reserved" if others else "no_seats", own[0] + 1, own[1] + 1)
    if behind_me:
        return _compared("reserved", own, open_)
    return _compared(_by_tier_or_ticket(open_, own), own, open_)


def _compared(code: str, own: tuple[int, int], seats: Seats) -> Reason:
    last = seats.last
    return Reason(
        code,
        own[0] + 1,
        own[1] + 1,
        last[0] + 1 if last else None,
        last[1] + 1 if last else None,
        seats.kind,
    )


def _by_tier_or_ticket(seats: Seats, own: tuple[int, int]) -> str:
    return "outranked" if seats.last and seats.last[0] < own[0] else "lottery"


@dataclass(frozen=True)
class Standing:
    """The seats of every vacancy after a placement.

    seat int16 [n]       the kind of seat a student holds (a reserve's number, `packed.reserves`
                         for an open one), −1 without a place
    room int64 [m,k+1]   how many seats of each kind there are, the open ones last
    used int64 [m,k+1]   how many are taken
    last_tier, last_ticket int64 [m,k+1]   of the last admitted, −1 where nobody was
    """

    seat: NDArray[np.int16]
    room: Ints
    used: Ints
    last_tier: Ints
    last_ticket: Ints

    def seats(self, vacancy: int, groups: Sequence[str]) -> list[Seats]:
        """Return one vacancy's kinds of seats; `groups` names those of its reserves in order."""
        kinds = range(len(groups))
        return [
            Seats(name, int(self.room[vacancy, kind]), int(self.used[vacancy, kind]),
                  self._last(vacancy, kind))
            for name, kind in [*zip(groups, kinds, strict=True), (OPEN, -1)]
        ]  # fmt: skip

    def _last(self, vacancy: int, kind: int) -> tuple[int, int] | None:
        tier = int(self.last_tier[vacancy, kind])
        return None if tier < 0 else (tier, int(self.last_ticket[vacancy, kind]))


def standing_of(packed: Packed, place: Ints) -> Standing:
    """Return the seats that a placement (the edge granted to each student, −1 for none) uses."""
    keys = Keys.measured(packed)
    students = np.flatnonzero(place >= 0)
    edges = place[students]
    own = keys.of_wishes(packed.tier[edges], packed.ticket[students])
    vacancies = packed.vacancy[edges].astype(np.int64)
    if keys.fit_beside(packed.vacancies):
        order = np.argsort((vacancies << keys.key_bits) | own)
    else:
        order = np.lexsort((own, vacancies))
    students, vacancies, own = students[order], vacancies[order], own[order]
    asked, sizes = np.unique(vacancies, return_counts=True)
    choice = choose(packed, asked, sizes, students, own)
    seat = np.full(packed.students, REFUSED, np.int16)
    seat[students] = choice.seat
    room = np.concatenate([packed.reserve_seats, np.zeros((packed.vacancies, 1), np.int64)], axis=1)
    soft = np.where(packed.reserve_hard, 0, packed.reserve_seats).sum(axis=1)
    room[:, -1] = packed.open_seats + soft
    room[asked] = choice.room
    used, last = np.zeros_like(room), np.full_like(room, -1)
    used[asked], last[asked] = choice.used, choice.last
    ticket = np.where(last < 0, -1, last & ((1 << keys.ticket_bits) - 1))
    return Standing(seat, room, used, last >> keys.ticket_bits, ticket)


def codes(packed: Packed, place: Ints, standing: Standing) -> NDArray[np.uint8]:
    """Return for every wish of every student the number of its code in CODES; [e]."""
    found = np.empty(len(packed.vacancy), np.uint8)
    for first in range(0, packed.students, PIECE):
        starts = packed.starts[first : first + PIECE + 1]
        low, high = int(starts[0]), int(starts[-1])
        given = place[first : first + PIECE]
        granted = np.repeat(np.where(given < 0, high, given), np.diff(starts))
        numbers, tiers = np.arange(low, high), packed.tier[low:high]
        piece = found[low:high]
        piece[:] = np.where(numbers > granted, NOT_REACHED, PLACED)
        sought = numbers < granted
        piece[sought & (tiers == INELIGIBLE)] = FORBIDDEN
        piece[sought & (tiers == NOT_RANKED)] = UNRANKED
        lost = np.flatnonzero(sought & (tiers < INELIGIBLE))
        students = np.searchsorted(starts, low + lost, side="right") - 1 + first
        piece[lost] = codes_of(packed, standing, low + lost, students)
    return found


def codes_of(packed: Packed, standing: Standing, edges: Ints, students: Ints) -> NDArray[np.uint8]:
    """Return the codes of admissible wishes better than the outcome; `refused` for many at once.

    `students` are the wishes' students, one beside each.
    """
    vacancies, tiers = packed.vacancy[edges], packed.tier[edges].astype(np.int64)
    tickets = packed.ticket[students]
    nothing = np.zeros(len(edges), np.bool_)
    behind, own_kind, any_used = (nothing.copy() for _ in range(3))
    # The worst tier among the last admitted to the reserves of the student's own groups.
    own_last = np.full(len(edges), -1, np.int64)
    for kind in range(packed.reserves):
        used = standing.used[vacancies, kind] > 0
        tier, ticket = standing.last_tier[vacancies, kind], standing.last_ticket[vacancies, kind]
        mine = packed.members(students, packed.reserve_group[vacancies, kind])
        worse = used & ((tier > tiers) | ((tier == tiers) & (ticket > tickets)))
        behind |= worse & ~mine
        own_kind |= used & mine
        own_last = np.where(used & mine, np.maximum(own_last, tier), own_last)
        any_used |= used
    open_last = standing.last_tier[vacancies, -1]
    no_open = standing.room[vacancies, -1] == 0
    among_own = no_open & own_kind & ~behind
    return np.select(
        [among_own, no_open, behind],
        [_tier_or_ticket(own_last, tiers), np.where(any_used, RESERVED, NO_SEATS), RESERVED],
        _tier_or_ticket(open_last, tiers),
    ).astype(np.uint8)


def _tier_or_ticket(last: Ints, own: Ints) -> Ints:
    """Return OUTRANKED where the last admitted stands in a better tier, else LOTTERY."""
    better: Flags = (last >= 0) & (last < own)
    return np.where(better, OUTRANKED, LOTTERY)
