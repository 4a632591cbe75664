"""The judge: tests a placement for stability without running the algorithm.

It shares no code with the oracle, the fast solver or their choice function; with the fast solver
it has the arrays of a market in common, so `verify` asks the named market itself who may have what
at all. From the placed students alone it works out, for every kind of seat of every vacancy, how
strong one must be to be kept (the bar), and then looks at every wish that somebody likes better
than what they have.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from courses.matching.solver.market import Market
from courses.matching.solver.packed import INELIGIBLE, Flags, Ints, Ints32, Packed, pack

# Wishes are looked at in pieces that fit a processor's cache.
PIECE = 1 << 15
ANYBODY = 2**63 - 1


@dataclass(frozen=True)
class Violation:
    """A broken promise: its kind, whom and what it concerns, and a sentence."""

    kind: str
    student: str
    vacancy: str
    sentence: str


@dataclass(frozen=True)
class Fault:
    """A violation in numbers; `vacancy` is −1 where none is concerned."""

    kind: str
    student: int
    vacancy: int


SENTENCES = {
    "students": "{student} is missing or unknown",
    "unasked": "{student} did not ask for {vacancy}",
    "inadmissible": "{student} is not admissible at {vacancy}",
    "seats": "{student} has no seat at {vacancy}",
    "blocking": "{student} wants {vacancy} more, and {vacancy} would keep {student}",
}


def violation(kind: str, student: str, vacancy: str) -> Violation:
    """Return a violation with its sentence."""
    sentence = SENTENCES[kind].format(student=student, vacancy=vacancy)
    return Violation("inadmissible" if kind == "unasked" else kind, student, vacancy, sentence)


def verify(market: Market, placement: Mapping[str, str | None]) -> list[Violation]:
    """Return every violation: of admissibility, of seats, of stability; empty: clean."""
    strangers = sorted(set(market.students) ^ set(placement))
    if strangers:
        return [violation("students", name, "") for name in strangers]
    packed, names = pack(market)
    found, place = [], np.full(packed.students, -1, np.int64)
    for number, student in enumerate(names.students):
        vacancy, wishes = placement[student], market.students[student]
        if vacancy is not None and not _may(market, student, vacancy):
            found.append(violation("inadmissible", student, vacancy))
        elif vacancy in wishes:
            place[number] = packed.starts[number] + wishes.index(vacancy)
        elif vacancy is not None:
            found.append(violation("unasked", student, vacancy))
    faults = judge(packed, place)
    if found:
        faults = [fault for fault in faults if fault.kind == "inadmissible"]
    return found + [
        violation(fault.kind, names.students[fault.student], names.vacancies[fault.vacancy])
        for fault in faults
    ]


def _may(market: Market, student: str, vacancy: str) -> bool:
    """Tell whether a wished pair is one the rules and the firm admit; read off the names alone."""
    if vacancy not in market.students[student]:
        return True  # said otherwise: nobody is placed where they did not ask
    accepted = any(student in tier for tier in market.vacancies[vacancy].order)
    return accepted and (student, vacancy) not in market.ineligible


def judge(packed: Packed, place: Ints) -> list[Fault]:
    """Return every fault of a placement given as the edge granted to each student, −1 for none.

    First what nobody may have at all; only where there is nothing of it the seats; only where
    these are right the pairs who would both rather have each other.
    """
    return _misplaced(packed, place) or _Bench(packed, place).faults()


def _misplaced(packed: Packed, place: Ints) -> list[Fault]:
    if place.shape != (packed.students,):
        return [Fault("students", -1, -1)]
    placed = place != -1
    own = (place >= packed.starts[:-1]) & (place < packed.starts[1:])
    foreign = np.flatnonzero(placed & ~own)
    if foreign.size:
        return [Fault("unasked", student, -1) for student in foreign.tolist()]
    students = np.flatnonzero(placed)
    refused = students[packed.tier[place[students]] >= INELIGIBLE]
    return _listed("inadmissible", refused, packed.vacancy[place[refused]])


class _Bench:
    """The placed students in the order of vacancy and strength, and the bars they set."""

    def __init__(self, packed: Packed, place: Ints) -> None:
        self.packed = packed
        self.liked = np.where(place == -1, packed.starts[1:], place) - packed.starts[:-1]
        students = np.flatnonzero(place != -1)
        edges = place[students]
        strength = packed.tier[edges].astype(np.int64) * packed.students + packed.ticket[students]
        vacancies = packed.vacancy[edges]
        strongest = int(strength.max(initial=0)) + 1
        if packed.vacancies * strongest < 2**63:
            order = np.argsort(vacancies.astype(np.int64) * strongest + strength)
        else:
            order = np.lexsort((strength, vacancies))
        self.students, self.vacancies = students[order], vacancies[order]
        self.strength = strength[order]
        self.unseated = np.ones(len(students), np.bool_)

    def faults(self) -> list[Fault]:
        """Seat everybody, then look for pairs who would both rather have each other."""
        room = self.packed.open_seats.copy()
        bars = []
        for kind in range(self.packed.reserves):
            seats = self.packed.reserve_seats[:, kind]
            bar, used = self._seat(seats, self.unseated & self._members(kind))
            bars.append(bar)
            # What its group leaves of a soft reserve is open to all; of a hard one it stays empty.
            room += np.where(self.packed.reserve_hard[:, kind], 0, seats - used)
        open_bar, _used = self._seat(room, self.unseated.copy())
        if self.unseated.any():
            return _listed("seats", self.students[self.unseated], self.vacancies[self.unseated])
        return [fault for piece in self._blocking(open_bar, bars) for fault in piece]

    def _members(self, kind: int) -> Flags:
        """Tell which placed students belong to their vacancy's reserve of that number."""
        group = self.packed.reserve_group[self.vacancies, kind]
        member = np.zeros(len(self.students), np.bool_)
        for mine in self.packed.groups:
            member |= mine[self.students] == group
        return member

    def _seat(self, room: Ints, who: Flags) -> tuple[Ints, Ints]:
        """Give each vacancy's seats of one kind to the strongest of some students.

        Returns what one must beat to be kept on such a seat (−1 where there is none, ANYBODY where
        one is free) and how many are used.
        """
        numbers = np.flatnonzero(who)
        vacancies = self.vacancies[numbers]
        asking = np.bincount(vacancies, minlength=len(room))
        ahead = np.arange(len(numbers)) - (np.cumsum(asking) - asking)[vacancies]
        self.unseated[numbers[ahead < room[vacancies]]] = False
        bar = np.where(room > 0, ANYBODY, -1)
        last = numbers[ahead == room[vacancies] - 1]
        bar[self.vacancies[last]] = self.strength[last]
        return bar, np.minimum(asking, room)

    def _blocking(self, open_bar: Ints, bars: list[Ints]) -> Iterator[list[Fault]]:
        """Look at every wish better than what its student has, piece by piece."""
        packed, count = self.packed, max(1, self.packed.students)
        # Most wishes fail already by their tier, the ticket unseen.
        highest = np.maximum.reduce([open_bar, *bars]) // count
        tier_bar = np.minimum(highest, INELIGIBLE - 1).astype(np.int32)
        for first in range(0, packed.students, PIECE):
            starts = packed.starts[first : first + PIECE + 1]
            low, high = int(starts[0]), int(starts[-1])
            # Small numbers fit 32 bits and go through the processor twice as fast.
            limit = (self.liked[first : first + PIECE] + starts[:-1] - low).astype(np.int32)
            likes = np.arange(high - low, dtype=np.int32) < np.repeat(limit, np.diff(starts))
            tiers, vacancies = packed.tier[low:high], packed.vacancy[low:high]
            doubtful = np.flatnonzero(likes & (tiers <= tier_bar[vacancies]))
            if not doubtful.size:
                continue
            students = np.searchsorted(starts, low + doubtful, side="right") - 1 + first
            vacancies = vacancies[doubtful]
            strength = tiers[doubtful].astype(np.int64) * count + packed.ticket[students]
            kept = strength < open_bar[vacancies]
            for kind, bar in enumerate(bars):
                group = packed.reserve_group[vacancies, kind]
                member = (packed.groups.take(students, axis=1) == group).any(axis=0)
                kept |= member & (strength < bar[vacancies])
            yield _listed("blocking", students[kept], vacancies[kept])


def _listed(kind: str, students: Ints, vacancies: Ints32) -> list[Fault]:
    order = np.lexsort((vacancies, students))
    return [
        Fault(kind, student, vacancy)
        for student, vacancy in zip(
            students[order].tolist(), vacancies[order].tolist(), strict=True
        )
    ]
