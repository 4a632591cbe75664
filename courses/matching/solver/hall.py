"""All vacancies of a round and whom they hold, in blocks of arrays: asked many at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from courses.matching.solver.choice import REFUSED, choose
from courses.matching.solver.journal import Journal
from courses.matching.solver.packed import (
    Flags,
    Ints,
    Ints32,
    Keys,
    Packed,
    pieces,
    with_dense_tiers,
)

# So many applicants at most are chosen from at once.
PART = 1 << 17
# Of smaller markets a third asks at once and half of these are chosen from, but never fewer.
SMALL = 1 << 14
# So few look for their next wish one by one.
HANDFUL = 60


class Hall:
    """All vacancies with the students they hold, as keys in blocks of one array."""

    def __init__(self, packed: Packed, keys: Keys) -> None:
        self.packed, self.keys = packed, keys
        self.place = packed.starts[:-1].copy()
        self.ends = packed.starts[1:]
        self.student = np.empty(packed.students, np.int64)
        self.student[packed.ticket] = np.arange(packed.students)
        asked = np.zeros(packed.vacancies, np.int64)
        for piece in pieces(packed.vacancy):
            asked += np.bincount(piece, minlength=packed.vacancies)
        seats = packed.open_seats + packed.reserve_seats.sum(axis=1)
        self.has_reserves: Flags = np.asarray((packed.reserve_seats > 0).any(axis=1))
        self.seats = np.minimum(seats, asked)
        self.block = np.cumsum(self.seats) - self.seats
        self.held = np.empty(int(self.seats.sum()), np.int64)
        self.count = np.zeros(packed.vacancies, np.int64)
        # How many keys the last turn went through.
        self.handled = 0
        # Whoever is not better than the cutoff of a kind of seat need not ask for it.
        for_all = packed.open_seats + (packed.reserve_seats * ~packed.reserve_hard).sum(axis=1)
        self.open_cutoff = np.where(for_all > 0, keys.nobody, 0)
        self.reserve_cutoff = np.where(packed.reserve_seats > 0, keys.nobody, 0)
        # One number at a time is read several times faster through a view than from an array.
        self.views = Views(self)

    def turn(self, free: Ints, journal: Journal | None) -> Ints:
        """Let the free students ask, the vacancies choose; return who is free afterwards."""
        asking = self._asking(free)
        self.handled = len(asking)
        asking.sort()
        students = None if journal is None else self.student[asking & self.ticket_mask]
        vacancies, sizes = _runs(asking >> self.keys.key_bits)
        after = self.count[vacancies] + sizes
        easy = (after <= self.seats[vacancies]) & ~self.has_reserves[vacancies]
        of_easy = np.repeat(easy, sizes)
        self._take_all(vacancies[easy], sizes[easy], asking.compress(of_easy))
        contested, sizes, asking = vacancies[~easy], sizes[~easy], asking.compress(~of_easy)
        gone = [np.empty(0, np.int64)]
        for part, applicants in self._parts(contested, sizes):
            gone.append(self._contest(contested[part], sizes[part], asking[applicants]))
        free = np.concatenate(gone)
        if journal is not None and students is not None:
            journal.turn(students, self.place[students], free)
        self.place[free] += 1
        return free

    def _parts(self, vacancies: Ints, sizes: Ints) -> Iterator[tuple[slice, slice]]:
        """Cut contested vacancies into parts, so that the tables of a choice stay small."""
        asking = np.cumsum(sizes)
        together = np.cumsum(sizes + self.count[vacancies])
        part = min(PART, max(SMALL, self.packed.students // 3) // 2)
        first = 0
        while first < len(vacancies):
            before = int(together[first - 1]) if first else 0
            last = max(first + 1, int(np.searchsorted(together, before + part, side="right")))
            applicants = slice(int(asking[first - 1]) if first else 0, int(asking[last - 1]))
            yield slice(first, last), applicants
            first = last

    def _contest(self, vacancies: Ints, sizes: Ints, asking: Ints) -> Ints:
        """Let vacancies choose among those they hold and those who ask; return who must go."""
        counts = self.count[vacancies]
        held = self.held[_ranges(self.block[vacancies], counts)]
        held |= np.repeat(vacancies, counts) << self.keys.key_bits
        together = np.concatenate([asking, held])
        self.handled += len(held)
        together.sort()
        return self._choose(vacancies, counts + sizes, together)

    def _asking(self, free: Ints) -> Ints:
        """Move each student to the next wish worth asking; return vacancy and key as one number."""
        found = []
        students, edges = free, self.place[free]
        while len(students) > HANDFUL:
            left = edges < self.ends[students]
            if not left.all():
                self.place[students.compress(~left)] = -1
                students, edges = students.compress(left), edges.compress(left)
            vacancies = self.packed.vacancy[edges]
            keys = self.keys.of_wishes(self.packed.tier[edges], self.packed.ticket[students])
            may = self._may(vacancies, students, keys)
            let_in = np.flatnonzero(may)
            self.place[students.take(let_in)] = edges.take(let_in)
            asked = vacancies.take(let_in).astype(np.int64)
            asked <<= self.keys.key_bits
            asked |= keys.take(let_in)
            found.append(asked)
            others = np.flatnonzero(~may)
            students, edges = students.take(others), edges.take(others) + 1
        found.append(self._asking_singly(students, edges))
        return np.concatenate(found)

    def _asking_singly(self, students: Ints, edges: Ints) -> Ints:
        """Do the same for a few."""
        views, bits = self.views, self.keys.ticket_bits
        found = []
        for student, first in zip(students.tolist(), edges.tolist(), strict=True):
            ticket, granted = views.ticket[student], -1
            for edge in range(first, views.ends[student]):
                vacancy, key = views.vacancy[edge], views.tier[edge] << bits | ticket
                if key < views.open_cutoff[vacancy] or (
                    views.has_reserves[vacancy] and self._reserved(vacancy, student, key)
                ):
                    found.append(vacancy << self.keys.key_bits | key)
                    granted = edge
                    break
            views.place[student] = granted
        return np.array(found, np.int64)

    def _reserved(self, vacancy: int, student: int, key: int) -> bool:
        """Tell whether a student would be let in on a seat reserved for a group of theirs."""
        mine = self.views.groups(student)
        return any(
            key < self.views.reserve_cutoff[vacancy, kind]
            and self.views.reserve_group[vacancy, kind] in mine
            for kind in range(self.packed.reserves)
        )

    def _may(self, vacancies: Ints32, students: Ints, keys: Ints) -> Flags:
        """Tell who would be let in now, on an open seat or on one reserved for their group."""
        may = np.asarray(keys < self.open_cutoff[vacancies])
        for kind in range(self.packed.reserves):
            rest = np.flatnonzero(~may & (keys < self.reserve_cutoff[vacancies, kind]))
            group = self.packed.reserve_group[vacancies[rest], kind]
            may[rest] = self.packed.members(students[rest], group)
        return may

    def _take_all(self, vacancies: Ints, sizes: Ints, asking: Ints) -> None:
        """Seat everybody who asks where there is room for all."""
        counts = self.count[vacancies]
        self.held[_ranges(self.block[vacancies] + counts, sizes)] = asking & self.key_mask
        self.count[vacancies] = counts + sizes
        full = vacancies[counts + sizes == self.seats[vacancies]]
        if len(full):
            held = self.held[_ranges(self.block[full], self.seats[full])]
            firsts = np.cumsum(self.seats[full]) - self.seats[full]
            self.open_cutoff[full] = np.maximum.reduceat(held, firsts)

    def _choose(self, vacancies: Ints, sizes: Ints, together: Ints) -> Ints:
        """Keep whom each vacancy chooses of its sorted applicants; return the others."""
        keys = together & self.key_mask
        students = self.student.take(together & self.ticket_mask)
        if self.has_reserves[vacancies].any():
            choice = choose(self.packed, vacancies, sizes, students, keys)
            kept = choice.seat != REFUSED
            cutoffs = choice.cutoffs(self.keys.nobody)
            self.reserve_cutoff[vacancies] = cutoffs[:, :-1]
            self.open_cutoff[vacancies] = cutoffs[:, -1]
            counts = choice.used.sum(axis=1)
        else:
            # The same choice where all seats are open: the first of each row.
            counts = self.seats[vacancies]
            firsts = np.cumsum(sizes) - sizes
            kept = np.zeros(len(together), np.bool_)
            kept[_ranges(firsts, counts)] = True
            self.open_cutoff[vacancies] = keys[firsts + counts - 1]
        self.held[_ranges(self.block[vacancies], counts)] = keys.compress(kept)
        self.count[vacancies] = counts
        return students.compress(~kept)

    def held_at(self, vacancy: int) -> memoryview[int]:
        """Return the keys a vacancy holds."""
        block = self.views.block[vacancy]
        return self.views.held[block : block + self.views.count[vacancy]]

    @property
    def key_mask(self) -> int:
        return (1 << self.keys.key_bits) - 1

    @property
    def ticket_mask(self) -> int:
        return (1 << self.keys.ticket_bits) - 1


def _runs(vacancies: Ints) -> tuple[Ints, Ints]:
    """Return each number of a sorted array once, and how often it stands there."""
    if not len(vacancies):
        return vacancies, vacancies
    firsts = np.flatnonzero(np.concatenate([[True], vacancies[1:] != vacancies[:-1]]))
    return vacancies[firsts], np.diff(np.append(firsts, len(vacancies)))


def _ranges(firsts: Ints, sizes: Ints) -> Ints:
    """Return firsts[0], firsts[0]+1, … (sizes[0] of them), then the same of firsts[1], …"""
    ends = np.cumsum(sizes)
    numbers = np.arange(ends[-1] if len(ends) else 0)
    numbers += np.repeat(firsts - (ends - sizes), sizes)
    return numbers


class Views:
    """The arrays of a hall, to be read and written one number at a time."""

    def __init__(self, hall: Hall) -> None:
        packed = hall.packed
        self.place, self.ends, self.student = map(_view, (hall.place, hall.ends, hall.student))
        self.vacancy, self.tier = _view(packed.vacancy), _view(packed.tier)
        self.ticket, self.open_seats = _view(packed.ticket), _view(packed.open_seats)
        self.held, self.count, self.block = map(_view, (hall.held, hall.count, hall.block))
        self.seats, self.has_reserves = _view(hall.seats), _view(hall.has_reserves)
        self.open_cutoff = _view(hall.open_cutoff)
        # Two numbers say where: what a memoryview of a table understands, its stubs do not.
        self.reserve_cutoff: Any = _view(hall.reserve_cutoff)
        self.reserve_group: Any = _view(packed.reserve_group)
        self._groups = [_view(row) for row in packed.groups]

    def groups(self, student: int) -> list[int]:
        """Return the groups of a student."""
        return [row[student] for row in self._groups]


def _view(array: Ints | Ints32 | Flags) -> memoryview[int]:
    return memoryview(array)  # type: ignore[arg-type] # numpy's arrays are buffers


def hall_of(packed: Packed) -> Hall:
    """Return a hall nobody has asked in; where keys would not fit, one with denser tiers."""
    try:
        keys = Keys.of(packed)
    except OverflowError:
        packed = with_dense_tiers(packed)
        keys = Keys.of(packed)
    return Hall(packed, keys)
