"""The last few students, followed one after another through the queues of the vacancies."""

from __future__ import annotations

import heapq
from array import array

from courses.matching.solver.hall import Hall
from courses.matching.solver.packed import (
    Ints,
)


class Chains:
    """Follows one student after another: asks, and goes on with whoever is sent away for it.

    Of the vacancies only those that are asked are unpacked into queues. A queue is a heap of
    negated keys, so that the worst of it stands in front.
    """

    def __init__(self, hall: Hall, log: array[int] | None = None) -> None:
        self.hall = hall
        self.log = log
        self.queues: dict[int, list[int]] = {}
        self.desks: dict[int, Desk] = {}

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

    def _desk(self, vacancy: int) -> Desk:
        desk = self.desks.get(vacancy)
        if desk is None:
            desk = self.desks[vacancy] = Desk(self.hall, vacancy)
            for key in self.hall.held_at(vacancy):
                desk.seat(key)
        return desk


class Desk:
    """One vacancy with reserves: a queue for each and one for the open seats.

    Whoever a reserve sends away asks at the next one and last at the open seats; a softly reserved
    seat that is taken is one open seat fewer. So one who comes sends at most one away.
    """

    def __init__(self, hall: Hall, vacancy: int) -> None:
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
