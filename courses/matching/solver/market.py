"""One market: the problem as a value, read whole or refused whole."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

KINDS = ("soft", "hard")


class Fault(str):
    """What is wrong with a market, as an English sentence.

    `said` is the sentence without its names and `about` the names, to say it in another language:
    `translated(said) % about`.
    """

    __slots__ = ("about", "said")
    said: str
    about: dict[str, Any]

    def __new__(cls, said: str, **about: Any) -> Fault:
        """Say a sentence about some names."""
        fault = super().__new__(cls, said % about)
        fault.said, fault.about = said, about
        return fault


class IllegalMarket(ValueError):  # noqa: N818 - it reads as a claim
    """The data is not a market; `faults` lists everything that is wrong with it."""

    def __init__(self, faults: Sequence[str]) -> None:
        """Keep the list."""
        super().__init__("; ".join(faults))
        self.faults = list(faults)


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
    if not isinstance(value, dict) or not all(map(_name, value)):
        faults.append(Fault("%(key)s: an object of names is needed", key=key))
        return {}
    return value


def _name(value: Any) -> bool:
    """Tell whether this is a text the lottery can hash: JSON also has halves of signs."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(map(_name, value))


def _students(data: Any, faults: list[str]) -> dict[str, tuple[str, ...]]:
    students = {}
    for name, wishes in _mapping(data, "students", faults, needed=True).items():
        if not _names(wishes):
            faults.append(
                Fault("student %(student)s: a list of vacancy names is needed", student=name)
            )
            wishes = []
        students[name] = tuple(wishes)
    return students


def _wishes(
    students: dict[str, tuple[str, ...]], vacancies: dict[str, Vacancy], faults: list[str]
) -> None:
    for name, wishes in students.items():
        for vacancy, times in Counter(wishes).items():
            if vacancy not in vacancies:
                faults.append(
                    Fault(
                        "student %(student)s: unknown vacancy %(vacancy)s",
                        student=name,
                        vacancy=vacancy,
                    )
                )
            if times > 1:
                faults.append(
                    Fault(
                        "student %(student)s: wishes %(vacancy)s %(times)s times",
                        student=name,
                        vacancy=vacancy,
                        times=times,
                    )
                )


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
            faults.append(Fault("vacancy %(vacancy)s: an object is needed", vacancy=name))
            found[name] = Vacancy(0, ())
            continue
        capacity = _count(row.get("capacity"))
        if capacity is None:
            faults.append(
                Fault(
                    "vacancy %(vacancy)s: capacity must be a whole number, 0 or more", vacancy=name
                )
            )
        reserves = _reserves(name, row.get("reserves", []), faults)
        if capacity is not None and sum(reserve.seats for reserve in reserves) > capacity:
            faults.append(
                Fault("vacancy %(vacancy)s: more seats are reserved than there are", vacancy=name)
            )
        found[name] = Vacancy(
            capacity or 0, _order(name, row.get("order", []), students, faults), reserves
        )
    return found


def _order(
    vacancy: str, value: Any, students: dict[str, tuple[str, ...]], faults: list[str]
) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list):
        faults.append(Fault("vacancy %(vacancy)s: order must be a list", vacancy=vacancy))
        return ()
    tiers = []
    for element in value:
        tier = [element] if isinstance(element, str) else element
        if not _names(tier):
            faults.append(
                Fault(
                    "vacancy %(vacancy)s: order holds names and lists of names only",
                    vacancy=vacancy,
                )
            )
            continue
        tiers.append(tuple(tier))
    for name, times in Counter(name for tier in tiers for name in tier).items():
        if name not in students:
            faults.append(
                Fault(
                    "vacancy %(vacancy)s: order names unknown student %(student)s",
                    vacancy=vacancy,
                    student=name,
                )
            )
        if times > 1:
            faults.append(
                Fault(
                    "vacancy %(vacancy)s: order names %(student)s %(times)s times",
                    vacancy=vacancy,
                    student=name,
                    times=times,
                )
            )
    return tuple(tiers)


def _reserves(vacancy: str, value: Any, faults: list[str]) -> tuple[Reserve, ...]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        faults.append(
            Fault("vacancy %(vacancy)s: reserves must be a list of objects", vacancy=vacancy)
        )
        return ()
    reserves = []
    for row in value:
        group, seats, kind = row.get("group"), _count(row.get("seats")), row.get("kind")
        if not _name(group):
            faults.append(
                Fault("vacancy %(vacancy)s: a reserve needs the name of its group", vacancy=vacancy)
            )
        if seats is None:
            faults.append(
                Fault(
                    "vacancy %(vacancy)s: reserved seats must be a whole number, 0 or more",
                    vacancy=vacancy,
                )
            )
        if kind not in KINDS:
            faults.append(
                Fault(
                    "vacancy %(vacancy)s: a reserve is soft or hard, not %(kind)s",
                    vacancy=vacancy,
                    kind=kind,
                )
            )
        reserves.append(Reserve(str(group), seats or 0, str(kind)))
    return tuple(reserves)


def _groups(
    data: Any, students: dict[str, tuple[str, ...]], faults: list[str]
) -> dict[str, frozenset[str]]:
    found = {}
    for name, groups in _mapping(data, "groups", faults, needed=False).items():
        if name not in students:
            faults.append(Fault("groups: unknown student %(student)s", student=name))
        if not _names(groups):
            faults.append(Fault("groups: %(student)s needs a list of group names", student=name))
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
        faults.append(Fault("ineligible: a list of pairs is needed"))
        return frozenset()
    pairs = set()
    for pair in value:
        if not _names(pair) or len(pair) != 2:
            faults.append(Fault("ineligible: each element is a pair of student and vacancy"))
            continue
        student, vacancy = pair
        if student not in students:
            faults.append(Fault("ineligible: unknown student %(student)s", student=student))
        if vacancy not in vacancies:
            faults.append(Fault("ineligible: unknown vacancy %(vacancy)s", vacancy=vacancy))
        pairs.add((student, vacancy))
    return frozenset(pairs)


def _lottery(data: Any, students: dict[str, tuple[str, ...]], faults: list[str]) -> tuple[str, ...]:
    value = data.get("lottery") if isinstance(data, dict) else None
    if value is None:
        return tuple(sorted(students))
    if not _names(value) or sorted(value) != sorted(students):
        faults.append(Fault("lottery: must name every student exactly once"))
        return tuple(sorted(students))
    return tuple(value)
