"""What if: a frozen round with other seats, other reserves or one more vacancy, solved on a copy.

A change is one of
    {"kind": "seats", "vacancy": code, "seats": n}
    {"kind": "reserve", "vacancy": code, "school": code, "seats": n, "hard": bool}   0 takes it away
    {"kind": "vacancy", "vacancy": code it is like, "seats": n}
They are made one after another. A new vacancy is called `new-1`, `new-2`, … and may be named by
later changes. Whoever wished the one it is like wishes it too, right after, with the same standing;
it has the same reserves as far as its seats go.

Pure: arrays and plain values in and out. `compared` counts people and names none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from courses.matching.solver.cutoffs import standing_of
from courses.matching.solver.deferred_acceptance import solve
from courses.matching.solver.market import Reserve
from courses.matching.solver.packed import Ints, Ints32
from courses.matching.solver.snapshot import Place, Snapshot

Change = Mapping[str, Any]
Members = Mapping[str, frozenset[str]]

UNKNOWN_VACANCY, TOO_MANY_RESERVED = "unknown_vacancy", "too_many_reserved"


@dataclass(frozen=True)
class Fault:
    """A change that cannot be made: its place in the list, from 0, and why."""

    number: int
    code: str


def places_after(
    places: Sequence[Place], changes: Sequence[Change]
) -> tuple[list[Place], list[Fault]]:
    """Return the vacancies after the changes, new ones last, and the changes that are impossible.

    An impossible change is left out; reserves are judged when all changes are made, so that seats
    and reserves may be changed in any order.
    """
    after = {place.code: place for place in places}
    faults: list[Fault] = []
    last: dict[str, int] = {}
    fresh = 0
    for number, change in enumerate(changes):
        place = after.get(change["vacancy"])
        if place is None:
            faults.append(Fault(number, UNKNOWN_VACANCY))
            continue
        if change["kind"] == "seats":
            after[place.code] = replace(place, seats=change["seats"])
        elif change["kind"] == "reserve":
            after[place.code] = replace(place, reserves=_with_reserve(place, change))
        else:
            fresh += 1
            place = like(place, f"new-{fresh}", change["seats"])
            after[place.code] = place
        last[place.code] = number
    faults += [
        Fault(number, TOO_MANY_RESERVED)
        for code, number in last.items()
        if sum(reserve.seats for reserve in after[code].reserves) > after[code].seats
    ]
    return list(after.values()), sorted(faults, key=lambda fault: fault.number)


def like(place: Place, code: str, seats: int) -> Place:
    """Return a vacancy with the reserves of another, as far as its seats go."""
    left, reserves = seats, []
    for reserve in place.reserves:
        kept = min(reserve.seats, left)
        left -= kept
        if kept:
            reserves.append(replace(reserve, seats=kept))
    return Place(code, seats, tuple(reserves))


def _with_reserve(place: Place, change: Change) -> tuple[Reserve, ...]:
    """Return a vacancy's reserves with one school's changed, added last or taken away."""
    group, seats = change["school"], change["seats"]
    kind = "hard" if change.get("hard") else "soft"
    if not any(reserve.group == group for reserve in place.reserves):
        return (*place.reserves, Reserve(group, seats, kind)) if seats else place.reserves
    return tuple(
        Reserve(group, seats, kind) if reserve.group == group else reserve
        for reserve in place.reserves
        if reserve.group != group or seats
    )


@dataclass(frozen=True)
class Changed:
    """A changed copy of a snapshot, and how its wishes stand to those of the original.

    kept int64 [wishes before]  where each wish of the original is now
    rank int64 [wishes now]     its place in the student's own list from 1; a wish for a new
                                vacancy counts as the wish for the one it is like
    """

    snapshot: Snapshot
    kept: Ints
    rank: Ints


def changed(snapshot: Snapshot, changes: Sequence[Change], members: Members) -> Changed:
    """Return the snapshot with the changes; raises ValueError where one is impossible.

    `members` names, for schools that had no reserve in the round, the students (pseudonyms) who
    learn there.
    """
    places, faults = places_after(snapshot.vacancies, changes)
    if faults:
        raise ValueError(faults)
    number = {place.code: n for n, place in enumerate(places)}
    vacancy, tier, refusal = snapshot.vacancy, snapshot.tier, snapshot.refusal
    owner = np.repeat(np.arange(len(snapshot.students)), snapshot.lengths)
    rank = np.arange(len(vacancy)) - snapshot.starts[:-1][owner] + 1
    kept = np.arange(len(vacancy))
    fresh = 0
    for change in changes:
        if change["kind"] != "vacancy":
            continue
        fresh += 1
        at = np.flatnonzero(vacancy == number[change["vacancy"]])
        vacancy = np.insert(vacancy, at + 1, number[f"new-{fresh}"])
        tier, refusal, owner, rank = (
            np.insert(column, at + 1, column[at]) for column in (tier, refusal, owner, rank)
        )
        kept = kept + np.searchsorted(at, kept, side="left")
    groups, group, belongs = _with_members(snapshot, places, members)
    return Changed(
        replace(
            snapshot,
            vacancies=tuple(places),
            groups=groups,
            vacancy=vacancy,
            tier=tier,
            refusal=refusal,
            group=group,
            lengths=np.bincount(owner, minlength=len(snapshot.students)).astype(np.int32),
            belongs=belongs,
        ),
        kept,
        rank,
    )


def _with_members(
    snapshot: Snapshot, places: Sequence[Place], members: Members
) -> tuple[tuple[str, ...], Ints32, Ints32]:
    """Return groups, memberships and how many each student has, with the new schools' last."""
    named = {reserve.group for place in places for reserve in place.reserves}
    added = sorted(named - set(snapshot.groups))
    if not added:
        return snapshot.groups, snapshot.group, snapshot.belongs
    ends = np.cumsum(snapshot.belongs, dtype=np.int64)
    group, belongs = snapshot.group, snapshot.belongs.copy()
    for place, school in enumerate(added):
        inside = members.get(school, frozenset())
        whose = np.flatnonzero([student in inside for student in snapshot.students])
        group = np.insert(group, ends[whose], len(snapshot.groups) + place).astype(np.int32)
        belongs[whose] += 1
        ends = np.cumsum(belongs, dtype=np.int64)
    return (*snapshot.groups, *added), group, belongs


def compared(
    snapshot: Snapshot, changes: Sequence[Change], members: Members, tickets: Ints32
) -> dict[str, Any]:
    """Return the report of a scenario: the round as frozen beside the round with the changes.

    Keys: `before` and `after` with `placed`, `unplaced`, `first` (first wish met) and `mean` (the
    wish that was met, on average; None where nobody is placed); `better`, `worse`, `same` (how many
    like their place after the changes more, less, as much); `schools` [code, students, placed
    before, placed after]; `vacancies` {"code", "before", "after"} of those that a change names,
    before and after each {"seats", "used", "kinds": [kind, room, used]} or None.
    """
    copy = changed(snapshot, changes, members)
    now = copy.snapshot
    packed_before, packed_after = snapshot.packed(tickets), now.packed(tickets)
    before, after = solve(packed_before).place, solve(packed_after).place
    # Both places as wishes of the changed lists; nothing is worse than everything.
    worst = len(now.vacancy)
    old = np.where(before < 0, worst, copy.kept[before] if len(copy.kept) else worst)
    new = np.where(after < 0, worst, after)
    belongs = np.repeat(np.arange(len(now.students)), now.belongs)
    touched = _touched(changes)
    return {
        "before": _counts(old, worst, copy.rank),
        "after": _counts(new, worst, copy.rank),
        "better": int((new < old).sum()),
        "worse": int((new > old).sum()),
        "same": int((new == old).sum()),
        "schools": [
            [code, len(mine), int((old[mine] < worst).sum()), int((new[mine] < worst).sum())]
            for number, code in enumerate(now.groups)
            for mine in [belongs[now.group == number]]
        ],
        "vacancies": _seats_of(
            touched, _seats(snapshot, packed_before, before), _seats(now, packed_after, after)
        ),
    }


def _touched(changes: Sequence[Change]) -> list[str]:
    fresh = iter(f"new-{n}" for n in range(1, len(changes) + 1))
    codes = [
        code
        for change in changes
        for code in ([change["vacancy"], next(fresh)] if change["kind"] == "vacancy"
                     else [change["vacancy"]])
    ]  # fmt: skip
    return list(dict.fromkeys(codes))


def _counts(place: Ints, worst: int, rank: Ints) -> dict[str, Any]:
    got = rank[place[place < worst]]
    return {
        "placed": len(got),
        "unplaced": len(place) - len(got),
        "first": int((got == 1).sum()),
        "mean": round(float(got.mean()), 2) if len(got) else None,
    }


def _seats(snapshot: Snapshot, packed: Any, place: Ints) -> dict[str, dict[str, Any]]:
    standing = standing_of(packed, place)

    def of(number: int, row: Place) -> dict[str, Any]:
        kinds = standing.seats(number, [reserve.group for reserve in row.reserves])
        return {
            "seats": row.seats,
            "used": sum(kind.used for kind in kinds),
            "kinds": [[kind.kind, kind.room, kind.used] for kind in kinds],
        }

    return {row.code: of(number, row) for number, row in enumerate(snapshot.vacancies)}


def _seats_of(
    codes: Sequence[str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[dict[str, Any]]:
    return [{"code": code, "before": before.get(code), "after": after.get(code)} for code in codes]
