"""The judge: tests a placement for stability without running the algorithm.

It shares no code with the oracle. Per vacancy it works out which seats the placed students use
and, by exchange, whether somebody who wants the vacancy more than what they have would be kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from courses.matching.solver.market import Market


@dataclass(frozen=True)
class Violation:
    """A broken promise: its kind, whom and what it concerns, and a sentence."""

    kind: str
    student: str
    vacancy: str
    sentence: str


def verify(market: Market, placement: Mapping[str, str | None]) -> list[Violation]:
    """Return every violation: of admissibility, of seats, of stability; empty: clean."""
    found = _admissibility(market, placement)
    if found:
        return found
    placed: dict[str, list[str]] = {vacancy: [] for vacancy in market.vacancies}
    for student, vacancy in placement.items():
        if vacancy is not None:
            placed[vacancy].append(student)
    ledgers = {vacancy: _Ledger(market, vacancy) for vacancy in market.vacancies}
    for vacancy, students in placed.items():
        found += [
            Violation("seats", student, vacancy, f"{student} has no seat at {vacancy}")
            for student in students
            if student not in ledgers[vacancy].seated(students)
        ]
    if found:
        return found
    for student, wishes in market.students.items():
        for vacancy in wishes:
            if vacancy == placement[student]:
                break
            ledger = ledgers[vacancy]
            if ledger.admits(student) and student in ledger.seated([*placed[vacancy], student]):
                sentence = f"{student} wants {vacancy} more, and {vacancy} would keep {student}"
                found.append(Violation("blocking", student, vacancy, sentence))
    return found


def _admissibility(market: Market, placement: Mapping[str, str | None]) -> list[Violation]:
    found = []
    for student in sorted(set(market.students) ^ set(placement)):
        found.append(Violation("students", student, "", f"{student} is missing or unknown"))
    if found:
        return found
    for student, vacancy in placement.items():
        if vacancy is None:
            continue
        if vacancy not in market.students[student]:
            sentence = f"{student} did not ask for {vacancy}"
        elif not _Ledger(market, vacancy).admits(student):
            sentence = f"{student} is not admissible at {vacancy}"
        else:
            continue
        found.append(Violation("inadmissible", student, vacancy, sentence))
    return found


class _Ledger:
    """The seats of one vacancy, filled seat by seat rather than reserve by reserve."""

    def __init__(self, market: Market, vacancy: str) -> None:
        self.market = market
        self.vacancy = vacancy
        place = {name: number for number, name in enumerate(market.lottery)}
        self.strength = {
            name: (number, place[name])
            for number, tier in enumerate(market.vacancies[vacancy].order)
            for name in tier
        }

    def admits(self, student: str) -> bool:
        """Whether firm and rules accept the student."""
        return student in self.strength and (student, self.vacancy) not in self.market.ineligible

    def seated(self, students: list[str]) -> set[str]:
        """Return who of the students gets a seat: each seat calls the best it may seat."""
        row = self.market.vacancies[self.vacancy]
        waiting = set(students)
        got: set[str] = set()

        def call(may: set[str]) -> bool:
            best = min(may, key=self.strength.__getitem__, default=None)
            if best is None:
                return False
            waiting.discard(best)
            got.add(best)
            return True

        unused_soft = 0
        for reserve in row.reserves:
            for seat in range(reserve.seats):
                members = {
                    s for s in waiting if reserve.group in self.market.groups.get(s, frozenset())
                }
                # Nobody left to call: the seats after this one are empty too. Without stopping
                # here a vacancy with a thousand million seats would be counted seat by seat.
                if not call(members):
                    if reserve.kind == "soft":
                        unused_soft += reserve.seats - seat
                    break
        open_seats = row.capacity - sum(r.seats for r in row.reserves) + unused_soft
        for _seat in range(open_seats):
            if not call(waiting):
                break
        return got
