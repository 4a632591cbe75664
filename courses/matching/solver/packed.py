"""A market as arrays: what the fast solver, its judge and the explanations work on.

Students are 0 … n−1, vacancies 0 … m−1, wishes ("edges") 0 … e−1 in the order of the students and
of their lists. The firm's priority stands on the student's wish, so that nobody ever looks up a
(vacancy, student) pair. Smaller tiers and smaller tickets are better.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from courses.matching.solver.market import Market

Ints = NDArray[np.int64]
Ints32 = NDArray[np.int32]
Flags = NDArray[np.bool_]

# A wish that cannot be granted says why in place of its tier: a rule forbids it, or the firm does.
INELIGIBLE = 2**31 - 2
NOT_RANKED = 2**31 - 1
PIECE = 1 << 15
# "As many as come" may be typed as a huge number; sums of these still fit.
MOST_SEATS = 1 << 40
NO_GROUP = -1
NO_RESERVE = -2


@dataclass(frozen=True)
class Packed:
    """The arrays of a market.

    starts     int64 [n+1]  student s's wishes are the edges starts[s] … starts[s+1]−1, best first
    vacancy    int32 [e]    whom the wish asks
    tier       int32 [e]    the firm's tier, 0 best; INELIGIBLE or NOT_RANKED where it is refused
    ticket     int32 [n]    the place in the lottery, 0 … n−1, each once
    groups     int32 [j,n]  a student's groups down the column, NO_GROUP where fewer than j
    open_seats int64 [m]    seats no reserve holds
    reserve_group int32 [m,k], reserve_seats int64 [m,k], reserve_hard bool [m,k]
                            reserves in order of precedence; NO_RESERVE (with 0 seats) for none
    """

    starts: Ints
    vacancy: Ints32
    tier: Ints32
    ticket: Ints32
    groups: Ints32
    open_seats: Ints
    reserve_group: Ints32
    reserve_seats: Ints
    reserve_hard: Flags

    @property
    def students(self) -> int:
        """How many students there are."""
        return len(self.ticket)

    @property
    def vacancies(self) -> int:
        """How many vacancies there are."""
        return len(self.open_seats)

    @property
    def reserves(self) -> int:
        """How many reserves the vacancy with most of them has."""
        return self.reserve_group.shape[1]

    def members(self, students: Ints, groups: Ints32) -> Flags:
        """Tell for each pair of a student and a group whether the one belongs to the other."""
        return belong(self.groups.take(students, axis=1), groups)


def belong(mine: Ints32, groups: Ints32) -> Flags:
    """Tell for each column of groups whether the group beside it is one of them."""
    found = np.zeros(len(groups), np.bool_)
    for row in mine:
        found |= row == groups
    return found


def pieces(edges: Ints32) -> Iterator[Ints32]:
    """Yield a long array in parts, so that what is worked out of one stays small beside it."""
    for first in range(0, len(edges), PIECE):
        yield edges[first : first + PIECE]


@dataclass(frozen=True)
class Keys:
    """How a student's priority at a vacancy is written as one number, smaller is better.

    key = tier · 2^ticket_bits + ticket. `nobody` is beyond the key of everybody admissible: the
    cutoff of seats that are not full. A vacancy in front (`vacancy << key_bits`) still fits.
    """

    ticket_bits: int
    key_bits: int
    worst_tier: int

    @classmethod
    def of(cls, packed: Packed) -> "Keys":
        """Measure the numbers of a market; raise OverflowError where 63 bits do not hold them."""
        keys = cls.measured(packed)
        if not keys.fit_beside(packed.vacancies):
            raise OverflowError("tiers, students and vacancies together need more than 63 bits")
        return keys

    @classmethod
    def measured(cls, packed: Packed) -> "Keys":
        """Measure the numbers of a market; a vacancy in front of a key need not fit."""
        worst = max(
            (int(piece[piece < INELIGIBLE].max(initial=0)) for piece in pieces(packed.tier)),
            default=0,
        )
        ticket_bits = max(1, (packed.students - 1).bit_length())
        return cls(ticket_bits, ticket_bits + (worst + 1).bit_length(), worst)

    def fit_beside(self, vacancies: int) -> bool:
        """Tell whether the numbers of so many vacancies fit in front of the keys."""
        return self.key_bits + vacancies.bit_length() <= 63

    @property
    def nobody(self) -> int:
        """The key nobody admissible reaches."""
        return (self.worst_tier + 1) << self.ticket_bits

    def of_wishes(self, tiers: Ints32, tickets: Ints32) -> Ints:
        """Return the keys of wishes; a refused one gets `nobody` or more."""
        clipped = np.minimum(tiers, self.worst_tier + 1).astype(np.int64)
        clipped <<= self.ticket_bits
        clipped |= tickets
        return clipped


def with_dense_tiers(packed: Packed) -> Packed:
    """Return the same market with the tiers of each vacancy numbered without gaps.

    These are the smallest keys there are: tiers are compared within a vacancy alone.
    """
    wishes = np.flatnonzero(packed.tier < INELIGIBLE)
    wishes = wishes[np.lexsort((packed.tier[wishes], packed.vacancy[wishes]))]
    first = np.diff(packed.vacancy[wishes], prepend=-1) != 0
    number = np.cumsum(first | (np.diff(packed.tier[wishes], prepend=-1) != 0))
    tier = packed.tier.copy()
    tier[wishes] = number - np.maximum.accumulate(np.where(first, number, 0))
    return replace(packed, tier=tier)


@dataclass(frozen=True)
class Names:
    """What the numbers of a packed market stand for."""

    students: tuple[str, ...]
    vacancies: tuple[str, ...]
    groups: tuple[str, ...]

    def placement(self, packed: Packed, place: Ints) -> dict[str, str | None]:
        """Return each student's vacancy by name, or None, from the edges granted."""
        return {
            student: None if edge < 0 else self.vacancies[packed.vacancy[edge]]
            for student, edge in zip(self.students, place.tolist(), strict=True)
        }


def pack(market: Market) -> tuple[Packed, Names]:
    """Return a named market as arrays, students, vacancies and groups in the order of names."""
    students, vacancies = tuple(sorted(market.students)), tuple(sorted(market.vacancies))
    reserves = [market.vacancies[name].reserves for name in vacancies]
    groups = tuple(
        sorted(
            {group for mine in market.groups.values() for group in mine}
            | {reserve.group for row in reserves for reserve in row}
        )
    )
    number = {name: place for place, name in enumerate(vacancies)}
    group_number = {name: place for place, name in enumerate(groups)}
    tiers = [market.tiers(name) for name in vacancies]

    def tier(student: str, vacancy: str) -> int:
        if (student, vacancy) in market.ineligible:
            return INELIGIBLE
        return tiers[number[vacancy]].get(student, NOT_RANKED)

    packed = Packed(
        starts=np.cumsum([0, *(len(market.students[s]) for s in students)], dtype=np.int64),
        vacancy=np.array([number[v] for s in students for v in market.students[s]], np.int32),
        tier=np.array([tier(s, v) for s in students for v in market.students[s]], np.int32),
        ticket=np.array([market.tickets[s] for s in students], np.int32),
        groups=table(
            ([group_number[g] for g in sorted(market.groups.get(s, ()))] for s in students),
            NO_GROUP,
        ).T.astype(np.int32),
        open_seats=np.array(
            [min(MOST_SEATS, market.vacancies[name].open_seats) for name in vacancies], np.int64
        ),
        reserve_group=table(
            ([group_number[r.group] for r in row] for row in reserves), NO_RESERVE
        ).astype(np.int32),
        reserve_seats=table(([min(MOST_SEATS, r.seats) for r in row] for row in reserves), 0),
        reserve_hard=table(([r.kind == "hard" for r in row] for row in reserves), 0) == 1,
    )
    return packed, Names(students, vacancies, groups)


def table(rows: Iterable[list[int]], filler: int) -> Ints:
    """Return ragged rows as a table, the missing cells filled."""
    kept = list(rows)
    lengths = np.fromiter(map(len, kept), np.int64, len(kept))
    table = np.full((len(kept), lengths.max(initial=0)), filler, np.int64)
    filled = np.arange(table.shape[1]) < lengths[:, None]
    table[filled] = np.fromiter(chain.from_iterable(kept), np.int64, lengths.sum())
    return table
