"""One market: the problem as a value, read whole or refused whole."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

KINDS = ("soft", "hard")


class IllegalMarket(ValueError):  # noqa: N818 - it reads as a claim
    """The data is not a market; `faults` lists everything that is wrong with it."""

    def __init__(self, faults: list[str]) -> None:
        """Keep the list."""
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Reserve:
    """Seats kept first for a group; unused, soft ones open to all and hard ones stay empty."""

    group: str
    seats: int
    kind: str


@dataclass(frozen=True)
class Vacancy:
    """Seats, the firm's tiers best first (absent: not acceptable), reserves in precedence order."""

    capacity: int
    order: tuple[tuple[str, ...], ...]
    reserves: tuple[Reserve, ...] = ()

    @property
    def open_seats(self) -> int:
        """The seats no reserve holds."""
        return self.capacity - sum(reserve.seats for reserve in self.reserves)


@dataclass(frozen=True)
class Market:
    """Students' lists (best first), vacancies, groups, forbidden pairs, the lottery (best first).

    The lottery breaks ties inside tiers, the same for all vacancies.
    """

    students: Mapping[str, tuple[str, ...]]
    vacancies: Mapping[str, Vacancy]
    groups: Mapping[str, frozenset[str]]
    ineligible: frozenset[tuple[str, str]]
    lottery: tuple[str, ...]

    @classmethod
    def from_json(cls, data: Any) -> Market:
        """Read the shape of the examples' README; raise IllegalMarket with every fault."""
        faults: list[str] = []
        students = _students(data, faults)
        vacancies = _vacancies(data, students, faults)
        _wishes(students, vacancies, faults)
        groups = _groups(data, students, faults)
        ineligible = _ineligible(data, students, vacancies, faults)
        lottery = _lottery(data, students, faults)
        if faults:
            raise IllegalMarket(faults)
        return cls(students, vacancies, groups, ineligible, lottery)

    def to_json(self) -> dict[str, Any]:
        """Return the canonical form: equal markets give equal data."""
        return {
            "students": {name: list(self.students[name]) for name in sorted(self.students)},
            "vacancies": {
                name: {
                    "capacity": vacancy.capacity,
                    "order": [sorted(tier) for tier in vacancy.order],
                    "reserves": [
                        {"group": r.group, "seats": r.seats, "kind": r.kind}
                        for r in vacancy.reserves
                    ],
                }
                for name, vacancy in sorted(self.vacancies.items())
            },
            "groups": {name: sorted(self.groups[name]) for name in sorted(self.groups)},
            "ineligible": sorted([list(pair) for pair in self.ineligible]),
            "lottery": list(self.lottery),
        }

    @cached_property
    def tickets(self) -> dict[str, int]:
        """Each student's place in the lottery, 0 first."""
        return {name: place for place, name in enumerate(self.lottery)}

    def tiers(self, vacancy: str) -> dict[str, int]:
        """Return the tier of every student acceptable to the firm, 0 first."""
        order = self.vacancies[vacancy].order
        return {name: tier for tier, names in enumerate(order) for name in names}

    @cached_property
    def priorities(self) -> dict[str, dict[str, tuple[int, int]]]:
        """For each vacancy (tier, ticket) of every student acceptable to it; smaller is better."""
        return {
            vacancy: {
                name: (tier, self.tickets[name]) for name, tier in self.tiers(vacancy).items()
            }
            for vacancy in self.vacancies
        }


def _mapping(data: Any, key: str, faults: list[str], *, needed: bool) -> dict[str, Any]:
    value = data.get(key, None if needed else {}) if isinstance(data, dict) else None
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        faults.append(f"{key}: an object of names is needed")
        return {}
    return value


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _students(data: Any, faults: list[str]) -> dict[str, tuple[str, ...]]:
    students = {}
    for name, wishes in _mapping(data, "students", faults, needed=True).items():
        if not _names(wishes):
            faults.append(f"student {name}: a list of vacancy names is needed")
            wishes = []
        students[name] = tuple(wishes)
    return students


def _wishes(
    students: dict[str, tuple[str, ...]], vacancies: dict[str, Vacancy], faults: list[str]
) -> None:
    for name, wishes in students.items():
        for vacancy, times in Counter(wishes).items():
            if vacancy not in vacancies:
                faults.append(f"student {name}: unknown vacancy {vacancy}")
            if times > 1:
                faults.append(f"student {name}: wishes {vacancy} {times} times")


def _count(value: Any) -> int | None:
    """Return a whole number of seats, or None: negative, fractional, NaN, boolean, text."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Only a float can be infinite, and asking a huge int would overflow instead of answering.
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value < 0 or value != int(value):
        return None
    return int(value)


def _vacancies(
    data: Any, students: dict[str, tuple[str, ...]], faults: list[str]
) -> dict[str, Vacancy]:
    found = {}
    for name, row in _mapping(data, "vacancies", faults, needed=True).items():
        if not isinstance(row, dict):
            faults.append(f"vacancy {name}: an object is needed")
            found[name] = Vacancy(0, ())
            continue
        capacity = _count(row.get("capacity"))
        if capacity is None:
            faults.append(f"vacancy {name}: capacity must be a whole number, 0 or more")
        reserves = _reserves(name, row.get("reserves", []), faults)
        if capacity is not None and sum(reserve.seats for reserve in reserves) > capacity:
            faults.append(f"vacancy {name}: more seats are reserved than there are")
        found[name] = Vacancy(
            capacity or 0, _order(name, row.get("order", []), students, faults), reserves
        )
    return found


def _order(
    vacancy: str, value: Any, students: dict[str, tuple[str, ...]], faults: list[str]
) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list):
        faults.append(f"vacancy {vacancy}: order must be a list")
        return ()
    tiers = []
    for element in value:
        tier = [element] if isinstance(element, str) else element
        if not _names(tier):
            faults.append(f"vacancy {vacancy}: order holds names and lists of names only")
            continue
        tiers.append(tuple(tier))
    for name, times in Counter(name for tier in tiers for name in tier).items():
        if name not in students:
            faults.append(f"vacancy {vacancy}: order names unknown student {name}")
        if times > 1:
            faults.append(f"vacancy {vacancy}: order names {name} {times} times")
    return tuple(tiers)


def _reserves(vacancy: str, value: Any, faults: list[str]) -> tuple[Reserve, ...]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        faults.append(f"vacancy {vacancy}: reserves must be a list of objects")
        return ()
    reserves = []
    for row in value:
        group, seats, kind = row.get("group"), _count(row.get("seats")), row.get("kind")
        if not isinstance(group, str):
            faults.append(f"vacancy {vacancy}: a reserve needs the name of its group")
        if seats is None:
            faults.append(f"vacancy {vacancy}: reserved seats must be a whole number, 0 or more")
        if kind not in KINDS:
            faults.append(f"vacancy {vacancy}: a reserve is soft or hard, not {kind}")
        reserves.append(Reserve(str(group), seats or 0, str(kind)))
    return tuple(reserves)


def _groups(
    data: Any, students: dict[str, tuple[str, ...]], faults: list[str]
) -> dict[str, frozenset[str]]:
    found = {}
    for name, groups in _mapping(data, "groups", faults, needed=False).items():
        if name not in students:
            faults.append(f"groups: unknown student {name}")
        if not _names(groups):
            faults.append(f"groups: {name} needs a list of group names")
            groups = []
        found[name] = frozenset(groups)
    return found


def _ineligible(
    data: Any,
    students: dict[str, tuple[str, ...]],
    vacancies: dict[str, Vacancy],
    faults: list[str],
) -> frozenset[tuple[str, str]]:
    value = data.get("ineligible", []) if isinstance(data, dict) else []
    if not isinstance(value, list):
        faults.append("ineligible: a list of pairs is needed")
        return frozenset()
    pairs = set()
    for pair in value:
        if not _names(pair) or len(pair) != 2:
            faults.append("ineligible: each element is a pair of student and vacancy")
            continue
        student, vacancy = pair
        if student not in students:
            faults.append(f"ineligible: unknown student {student}")
        if vacancy not in vacancies:
            faults.append(f"ineligible: unknown vacancy {vacancy}")
        pairs.add((student, vacancy))
    return frozenset(pairs)


def _lottery(data: Any, students: dict[str, tuple[str, ...]], faults: list[str]) -> tuple[str, ...]:
    value = data.get("lottery") if isinstance(data, dict) else None
    if value is None:
        return tuple(sorted(students))
    if not _names(value) or sorted(value) != sorted(students):
        faults.append("lottery: must name every student exactly once")
        return tuple(sorted(students))
    return tuple(value)
