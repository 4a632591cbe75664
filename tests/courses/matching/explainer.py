"""Reasons by name: what the solver's bytes and cutoffs say of each wish of a small market."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from courses.matching.solver import cutoffs
from courses.matching.solver.market import Market
from courses.matching.solver.packed import pack


class Explainer:
    """Explains the wishes of one placement of a named market; the cutoffs are worked out once.

    `by` is the module that explains, or a spoilt copy of it.
    """

    def __init__(
        self, market: Market, placement: Mapping[str, str | None], by: Any = cutoffs
    ) -> None:
        """Work out every vacancy's seats and every wish's code."""
        self.market, self.by = market, by
        self.packed, self.names = pack(market)
        self._student = {name: number for number, name in enumerate(self.names.students)}
        self.place = np.array(
            [
                -1 if vacancy is None
                else self.packed.starts[number] + market.students[name].index(vacancy)
                for number, name in enumerate(self.names.students)
                for vacancy in [placement[name]]
            ],
            np.int64,
        )  # fmt: skip
        self.standing = by.standing_of(self.packed, self.place)
        self.codes = by.codes(self.packed, self.place, self.standing)
        self.seats = {
            name: self.standing.seats(number, [r.group for r in market.vacancies[name].reserves])
            for number, name in enumerate(self.names.vacancies)
        }

    def reason(self, student: str, vacancy: str) -> cutoffs.Reason:
        """Return what became of one wish of one student."""
        number = self._student[student]
        edge = self.packed.starts[number] + self.market.students[student].index(vacancy)
        code = self.by.CODES[self.codes[edge]]
        if code in ("not_reached", "ineligible", "not_ranked"):
            return self.by.Reason(code)
        own = self.market.priorities[vacancy][student]
        if code == "placed":
            reserves = self.market.vacancies[vacancy].reserves
            kind = int(self.standing.seat[number])
            seat = self.by.OPEN if kind == self.packed.reserves else reserves[kind].group
            return self.by.Reason(code, own[0] + 1, own[1] + 1, seat=seat)
        return self.by.refused(own, self.market.groups.get(student, ()), self.seats[vacancy])
