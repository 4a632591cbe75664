"""An independent judge, written from the model's definitions and from nothing else.

It reads a market's data only: no method of `Market`, no line of the oracle, of the verifier or of
the cut-offs. It tries every matching there is, so it is for small markets.
"""

from collections.abc import Iterator, Mapping
from itertools import product

from courses.matching.solver.market import Market

Placement = Mapping[str, str | None]


class Judge:
    """Knows a market's stable matchings by trying them all."""

    def __init__(self, market: Market) -> None:
        """Break every tie by the lottery once."""
        self.market = market
        self.strict = {
            name: [s for tier in row.order for s in market.lottery if s in tier]
            for name, row in market.vacancies.items()
        }
        self._chosen: dict[tuple[str, frozenset[str]], frozenset[str]] = {}

    def admissible(self, student: str, vacancy: str) -> bool:
        """Whether the student asked, the firm accepts and no rule forbids."""
        return (
            vacancy in self.market.students[student]
            and student in self.strict[vacancy]
            and (student, vacancy) not in self.market.ineligible
        )

    def seats(self, vacancy: str, applicants: frozenset[str]) -> list[tuple[str, int, list[str]]]:
        """Return (kind of seat, how many, who sits there, best first); the open seats last."""
        row = self.market.vacancies[vacancy]
        queue = [student for student in self.strict[vacancy] if student in applicants]
        reserved = 0
        lost = 0
        kinds = []
        for reserve in row.reserves:
            reserved += reserve.seats
            sitting: list[str] = []
            for student in list(queue):
                member = reserve.group in self.market.groups.get(student, ())
                if member and len(sitting) < reserve.seats:
                    sitting.append(student)
                    queue.remove(student)
            if reserve.kind == "hard":
                lost += reserve.seats
            else:
                lost += len(sitting)
            kinds.append((reserve.group, reserve.seats, sitting))
        room = row.capacity - lost
        kinds.append(("open", room, queue[:room]))
        return kinds

    def chosen(self, vacancy: str, applicants: frozenset[str]) -> frozenset[str]:
        """Return whom the vacancy keeps of the applicants."""
        key = (vacancy, applicants)
        if key not in self._chosen:
            kinds = self.seats(vacancy, applicants)
            self._chosen[key] = frozenset(s for _, _, sitting in kinds for s in sitting)
        return self._chosen[key]

    def at(self, placement: Placement, vacancy: str) -> frozenset[str]:
        """Return who is placed at the vacancy."""
        return frozenset(s for s, place in placement.items() if place == vacancy)

    def worth(self, student: str, place: str | None) -> int:
        """Return how much the student likes the place: more is better, none is 0, unasked is -1."""
        wishes = self.market.students[student]
        if place is None:
            return 0
        return len(wishes) - wishes.index(place) if place in wishes else -1

    def stable(self, placement: Placement) -> bool:
        """Whether (i) places are admissible, (ii) seat rules hold, (iii) no pair blocks."""
        if any(place and not self.admissible(s, place) for s, place in placement.items()):
            return False
        sitting = {vacancy: self.at(placement, vacancy) for vacancy in self.market.vacancies}
        if any(self.chosen(vacancy, there) != there for vacancy, there in sitting.items()):
            return False
        return not any(
            self.worth(student, vacancy) > self.worth(student, placement[student])
            and self.admissible(student, vacancy)
            and student in self.chosen(vacancy, sitting[vacancy] | {student})
            for student, wishes in self.market.students.items()
            for vacancy in wishes
        )

    def matchings(self) -> Iterator[dict[str, str | None]]:
        """Yield every way to give each student one vacancy or none, sensible or not."""
        places: list[str | None] = [None, *self.market.vacancies]
        for row in product(places, repeat=len(self.market.students)):
            yield dict(zip(self.market.students, row, strict=True))

    def admissible_matchings(self) -> Iterator[dict[str, str | None]]:
        """Yield every way to give each student an admissible vacancy or none."""
        places: list[list[str | None]] = [
            [None, *(v for v in self.market.vacancies if self.admissible(s, v))]
            for s in self.market.students
        ]
        for row in product(*places):
            yield dict(zip(self.market.students, row, strict=True))

    def stable_matchings(self) -> list[dict[str, str | None]]:
        """Return every stable matching."""
        return [matching for matching in self.admissible_matchings() if self.stable(matching)]

    def no_worse(self, one: Placement, other: Placement) -> bool:
        """Whether every student likes the first placement at least as much as the second."""
        return all(self.worth(s, one[s]) >= self.worth(s, other[s]) for s in self.market.students)
