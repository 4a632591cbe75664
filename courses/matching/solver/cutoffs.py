"""Why a placement is as it is: seats, last admitted, one reason for every wish.

A reason is true by stability and checkable from the cutoffs alone; it names no other student.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from courses.matching.solver.market import Market


@dataclass(frozen=True)
class Seats:
    """Who sits on one kind of seat of a vacancy (a reserve's group, or "open") and how many fit."""

    kind: str
    room: int
    holders: tuple[str, ...]
    last: tuple[int, int] | None

    @property
    def full(self) -> bool:
        """Whether every seat of the kind is used."""
        return len(self.holders) >= self.room


@dataclass(frozen=True)
class Reason:
    """What became of a wish.

    Codes and when they are true:
    `placed` – this is the student's place (`seat`: which kind of seat);
    `not_reached` – a wish higher up was granted;
    `ineligible` – a rule forbids the pair; `not_ranked` – the firm does not accept the student;
    `no_seats` – no seat exists that the student could hold, or hard seats of others are all;
    `outranked` – the last admitted to an open seat stands in a better tier;
    `lottery` – the same tier as the last admitted to an open seat, a later ticket (both speak of
    the seats of the student's own group, `seat`, where all seats are reserved);
    `reserved` – the student beats somebody on a reserved seat whose group is not the student's,
    while every open seat went to better ones, or all seats are reserved.
    Tiers and tickets count from 1.
    """

    code: str
    own_tier: int | None = None
    own_ticket: int | None = None
    last_tier: int | None = None
    last_ticket: int | None = None
    seat: str = ""


def standing(market: Market, placement: Mapping[str, str | None]) -> dict[str, list[Seats]]:
    """Return for every vacancy its kinds of seats, reserves in order and "open" last."""
    placed: dict[str, list[str]] = {name: [] for name in market.vacancies}
    for student, vacancy in placement.items():
        if vacancy is not None:
            placed[vacancy].append(student)
    return {name: _seats(market, name, placed[name]) for name in market.vacancies}


def _seats(market: Market, vacancy: str, students: list[str]) -> list[Seats]:
    priority = market.priority(vacancy)
    row = market.vacancies[vacancy]
    rest = sorted(students, key=priority.__getitem__)
    room = row.capacity - sum(reserve.seats for reserve in row.reserves)
    kinds = []
    for reserve in row.reserves:
        members = [s for s in rest if reserve.group in market.groups.get(s, ())]
        holders = members[: reserve.seats]
        rest = [s for s in rest if s not in holders]
        kinds.append(_kind(reserve.group, reserve.seats, holders, priority))
        if reserve.kind == "soft":
            room += reserve.seats - len(holders)
    kinds.append(_kind("open", room, rest, priority))
    return kinds


def _kind(
    kind: str, room: int, holders: list[str], priority: Mapping[str, tuple[int, int]]
) -> Seats:
    last = max((priority[s] for s in holders), default=None)
    return Seats(kind, room, tuple(holders), last)


def reason(
    market: Market, placement: Mapping[str, str | None], student: str, vacancy: str
) -> Reason:
    """Return what became of one wish of one student."""
    return Explainer(market, placement).reason(student, vacancy)


class Explainer:
    """Explains many wishes of one placement; the cutoffs are worked out once."""

    def __init__(self, market: Market, placement: Mapping[str, str | None]) -> None:
        """Work out every vacancy's seats."""
        self.market = market
        self.placement = placement
        self.seats = standing(market, placement)
        self.priority = {name: market.priority(name) for name in market.vacancies}

    def reason(self, student: str, vacancy: str) -> Reason:
        """Return what became of one wish of one student."""
        wishes = self.market.students[student]
        place = self.placement[student]
        if place == vacancy:
            own = self.priority[vacancy][student]
            seat = next(s.kind for s in self.seats[vacancy] if student in s.holders)
            return Reason("placed", own[0] + 1, own[1] + 1, seat=seat)
        if place is not None and wishes.index(place) < wishes.index(vacancy):
            return Reason("not_reached")
        if (student, vacancy) in self.market.ineligible:
            return Reason("ineligible")
        if student not in self.priority[vacancy]:
            return Reason("not_ranked")
        return self._refused(student, vacancy)

    def _refused(self, student: str, vacancy: str) -> Reason:
        own = self.priority[vacancy][student]
        mine = self.market.groups.get(student, frozenset())
        *reserves, open_ = self.seats[vacancy]
        behind_me = [s for s in reserves if s.last and s.last > own and s.kind not in mine]
        # Where every seat is reserved, a member of the group lost to better members: telling him
        # that the seats are reserved for his own group would be untrue.
        own_kinds = [s for s in reserves if s.kind in mine and s.last]
        if open_.room == 0 and own_kinds and not behind_me:
            last_kind = max(own_kinds, key=lambda s: s.last or own)
            return self._compared(_by_tier_or_ticket(last_kind, own), own, last_kind)
        if open_.room == 0:
            code = "reserved" if any(s.room for s in reserves) else "no_seats"
            if code == "reserved" and not behind_me and not any(s.holders for s in reserves):
                code = "no_seats"
            return Reason(code, own[0] + 1, own[1] + 1)
        if behind_me:
            return self._compared("reserved", own, open_)
        return self._compared(_by_tier_or_ticket(open_, own), own, open_)

    def _compared(self, code: str, own: tuple[int, int], seats: Seats) -> Reason:
        last = seats.last
        return Reason(
            code,
            own[0] + 1,
            own[1] + 1,
            last[0] + 1 if last else None,
            last[1] + 1 if last else None,
            seats.kind,
        )


def _by_tier_or_ticket(seats: Seats, own: tuple[int, int]) -> str:
    return "outranked" if seats.last and seats.last[0] < own[0] else "lottery"
