"""The published rule for any number of students: the same result as the oracle, in arrays.

All free students ask at once, each at the next wish that would not certainly refuse; every vacancy
that was asked chooses among those it holds and those who ask. The result does not depend on who
asks when (the choice is substitutable), so this is the oracle's. Cutoffs only rise, so a wish whose
cutoff is better than the student's key is skipped without asking. When few are free, the chains of
refusals that are left are followed one by one.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from courses.matching.solver.choice import REFUSED, choose
from courses.matching.solver.journal import Journal
from courses.matching.solver.market import Market
from courses.matching.solver.packed import (
    Flags,
    Ints,
    Ints32,
    Keys,
    Packed,
    pack,
    pieces,
    with_dense_tiers,
)

# So many ask at once at most: the tables of a turn stay small beside the market.
CROWD = 1 << 18
# So many applicants at most are chosen from at once.
PART = 1 << 17
# Of smaller markets a third asks at once and half of these are chosen from, but never fewer.
SMALL = 1 << 14
# So few are followed one by one: a turn in arrays costs more than their chains.
FEW = 200
# So few look for their next wish one by one.
HANDFUL = 60


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
    hall = _hall(packed)
    crowd = min(CROWD, max(SMALL, packed.students // 3))
    turns = 0
    free = np.empty(0, np.int64)
    fresh = 0
    while fresh < packed.students or len(free) > FEW:
        if fresh < packed.students and len(free) < crowd:
            more = np.arange(fresh, min(packed.students, fresh + crowd - len(free)))
            fresh += len(more)
            free = np.concatenate([free, more])
        free = hall.turn(free, journal)
        turns += 1
    log = None if journal is None else array("i")
    chained = _Chains(hall, log).follow(free)
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
    hall = _hall(packed)
    log = array("i")
    _Chains(hall, log).follow(np.arange(packed.students))
    asks = np.frombuffer(log, np.int32).reshape(-1, 3)
    return Trace(asks[:, 0].copy(), asks[:, 1].copy(), asks[:, 2].copy(), hall.place)


def _hall(packed: Packed) -> _Hall:
    """Return a hall nobody has asked in; where keys would not fit, one with denser tiers."""
    try:
        keys = Keys.of(packed)
    except OverflowError:
        packed = with_dense_tiers(packed)
        keys = Keys.of(packed)
    return _Hall(packed, keys)


def placement_of(market: Market) -> dict[str, str | None]:
    """Return the student-optimal stable placement of a named market: student → vacancy or None."""
    packed, names = pack(market)
    return names.placement(packed, solve(packed).place)


class _Hall:
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
        # Whoever is not better than the cutoff of a kind of seat need not ask for it.
        for_all = packed.open_seats + (packed.reserve_seats * ~packed.reserve_hard).sum(axis=1)
        self.open_cutoff = np.where(for_all > 0, keys.nobody, 0)
        self.reserve_cutoff = np.where(packed.reserve_seats > 0, keys.nobody, 0)
        # One number at a time is read several times faster through a view than from an array.
        self.views = _Views(self)

    def turn(self, free: Ints, journal: Journal | None) -> Ints:
        """Let the free students ask, the vacancies choose; return who is free afterwards."""
        asking = self._asking(free)
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
            self.place[students.compress(may)] = edges.compress(may)
            asked = vacancies.compress(may).astype(np.int64)
            asked <<= self.keys.key_bits
            asked |= keys.compress(may)
            found.append(asked)
            may = ~may
            students, edges = students.compress(may), edges.compress(may) + 1
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
        full = full[self.packed.open_seats[full] == self.seats[full]]
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


class _Views:
    """The arrays of a hall, to be read and written one number at a time."""

    def __init__(self, hall: _Hall) -> None:
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


class _Chains:
    """Follows one student after another: asks, and goes on with whoever is sent away for it.

    Of the vacancies only those that are asked are unpacked into queues. A queue is a heap of
    negated keys, so that the worst of it stands in front.
    """

    def __init__(self, hall: _Hall, log: array[int] | None = None) -> None:
        self.hall = hall
        self.log = log
        self.queues: dict[int, list[int]] = {}
        self.desks: dict[int, _Desk] = {}

    def follow(self, free: Ints) -> int:
        """Bring every free student to rest; return how many offers it took."""
        hall, views = self.hall, self.hall.views
        bits, ticket_mask = hall.keys.ticket_bits, hall.ticket_mask
        place, ends, student_of = views.place, views.ends, views.student
        vacancy_of, tier_of, ticket_of = views.vacancy, views.tier, views.ticket
        cutoff, has_reserves = views.open_cutoff, views.has_reserves
        log, nobody = self.log, hall.keys.nobody
        offers = 0
        for waiting in free.tolist():
            student = waiting
            edge, end, ticket = place[student], ends[student], ticket_of[student]
            while edge < end:
                vacancy = vacancy_of[edge]
                key = tier_of[edge] << bits | ticket
                if has_reserves[vacancy]:
                    desk = self._desk(vacancy)
                    gone = desk.seat(key) if desk.lets(key, student) else key
                elif key < cutoff[vacancy]:
                    gone = self._seat(vacancy, key)
                else:
                    gone = key
                if log is not None and key < nobody:
                    log.extend((student, edge, -1 if gone < 0 else student_of[gone & ticket_mask]))
                if gone == key:
                    edge += 1
                    continue
                offers += 1
                place[student] = edge
                if gone < 0:
                    break
                student = student_of[gone & ticket_mask]
                edge, end, ticket = place[student] + 1, ends[student], ticket_of[student]
            else:
                place[student] = -1
        return offers

    def _seat(self, vacancy: int, key: int) -> int:
        """Seat a key at a vacancy without reserves; return the key sent away, −1 for none."""
        views, queue = self.hall.views, self.queues.get(vacancy)
        if queue is None:
            queue = self.queues[vacancy] = [-each for each in self.hall.held_at(vacancy)]
            heapq.heapify(queue)
        if len(queue) < views.seats[vacancy]:
            heapq.heappush(queue, -key)
            gone = -1
        else:
            gone = -heapq.heappushpop(queue, -key)
        if len(queue) == views.open_seats[vacancy]:
            views.open_cutoff[vacancy] = -queue[0]
        return gone

    def _desk(self, vacancy: int) -> _Desk:
        desk = self.desks.get(vacancy)
        if desk is None:
            desk = self.desks[vacancy] = _Desk(self.hall, vacancy)
            for key in self.hall.held_at(vacancy):
                desk.seat(key)
        return desk


class _Desk:
    """One vacancy with reserves: a queue for each and one for the open seats.

    Whoever a reserve sends away asks at the next one and last at the open seats; a softly reserved
    seat that is taken is one open seat fewer. So one who comes sends at most one away.
    """

    def __init__(self, hall: _Hall, vacancy: int) -> None:
        packed = hall.packed
        self.hall, self.vacancy, self.ticket_mask = hall, vacancy, hall.ticket_mask
        self.reserves = [
            (group, seats, hard, list[int]())
            for group, seats, hard in zip(
                packed.reserve_group[vacancy].tolist(),
                packed.reserve_seats[vacancy].tolist(),
                packed.reserve_hard[vacancy].tolist(),
                strict=True,
            )
            if seats
        ]
        self.room = packed.open_seats.item(vacancy)
        self.room += sum(seats for _group, seats, hard, _queue in self.reserves if not hard)
        self.open: list[int] = []

    def lets(self, key: int, student: int) -> bool:
        """Tell whether a student would be let in now."""
        mine = self.hall.views.groups(student)
        return key < self.hall.keys.nobody and (
            len(self.open) < self.room
            or (bool(self.open) and key < -self.open[0])
            or any(
                group in mine and (len(queue) < seats or key < -queue[0])
                for group, seats, _hard, queue in self.reserves
            )
        )

    def seat(self, key: int) -> int:
        """Let a key in; return the one sent away for it (it may be the same), −1 for none."""
        mine = self._groups(key)
        for group, seats, hard, queue in self.reserves:
            if group not in mine:
                continue
            if len(queue) < seats:
                heapq.heappush(queue, -key)
                self.room -= not hard
                return self._close_open()
            gone = -heapq.heappushpop(queue, -key)
            if gone != key:
                key, mine = gone, self._groups(gone)
        heapq.heappush(self.open, -key)
        return self._close_open()

    def _close_open(self) -> int:
        """Send the worst on an open seat away where there are more than seats; set the cutoff."""
        gone = -heapq.heappop(self.open) if len(self.open) > self.room else -1
        if len(self.open) == self.room:
            self.hall.views.open_cutoff[self.vacancy] = -self.open[0] if self.open else 0
        return gone

    def _groups(self, key: int) -> list[int]:
        views = self.hall.views
        return views.groups(views.student[key & self.ticket_mask])
