"""What would have had to be different for a student to be given a wish; nothing is guessed.

Cutoffs suggest where to look, but raising one student moves others, and these move him again. So
every statement comes out of solving the changed round anew: it holds, and a little less would not
have been enough.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from courses.matching.solver.cutoffs import LOTTERY, Standing, codes_of, standing_of
from courses.matching.solver.deferred_acceptance import solve
from courses.matching.solver.packed import INELIGIBLE, NOT_RANKED, Ints, Packed

# Nobody is told of more new seats than a workshop might have made.
MOST_NEW_SEATS = 5
# The last tier there can be, counted from 1.
ANY_TIER = INELIGIBLE


@dataclass(frozen=True)
class Needed:
    """One change that would have been enough, everything else left as it is.

    `kind` and `value`:
    `tier` – the workshop had put the student in tier `value` (from 1) or a better one; ANY_TIER
    of a student it did not accept: in whatever tier;
    `ticket` – the student's lottery number (from 1) had been `value` or less;
    `seats` – there had been `value` more open seats.
    `edge` is the wish the student is given then: the one asked about, or one liked better.
    """

    kind: str
    value: int
    edge: int


def needed(
    packed: Packed, place: Ints, student: int, edge: int, *, standing: Standing | None = None
) -> list[Needed]:
    """Return the changes that would have given a student a wish better than the outcome.

    `place` is the outcome, `edge` the wish; `standing` spares working the cutoffs out again.
    Each is the least change of its kind; a kind that could not have helped is left out. Where a
    rule forbids the pair nothing is. Raises ValueError where the wish is not a better one.
    """
    first, end = packed.starts[student : student + 2].tolist()
    granted = int(place[student])
    if not first <= edge < (end if granted < 0 else granted):
        raise ValueError("this wish is not better than what the student has")
    tier = int(packed.tier[edge])
    if tier == INELIGIBLE:
        return []
    seen = standing_of(packed, place) if standing is None else standing
    found = [_tier(packed, seen, student, edge)]
    if tier != NOT_RANKED:
        if codes_of(packed, seen, np.array([edge]), np.array([student]))[0] == LOTTERY:
            found.append(_ticket(packed, seen, student, edge))
        found.append(_seats(packed, student, edge))
    return [one for one in found if one is not None]


def with_tier(packed: Packed, edge: int, tier: int) -> Packed:
    """Return the round as if the workshop had put the student of a wish in a tier (from 0)."""
    changed = packed.tier.copy()
    changed[edge] = tier
    return replace(packed, tier=changed)


def with_ticket(packed: Packed, student: int, ticket: int) -> Packed:
    """Return the round as if a student had drawn a ticket (from 0); the order of others stays."""
    own = packed.ticket[student]
    changed = packed.ticket.copy()
    changed[(changed >= ticket) & (changed < own)] += 1
    changed[(changed <= ticket) & (changed > own)] -= 1
    changed[student] = ticket
    return replace(packed, ticket=changed)


def with_seats(packed: Packed, vacancy: int, more: int) -> Packed:
    """Return the round as if a vacancy had so many more open seats."""
    changed = packed.open_seats.copy()
    changed[vacancy] += more
    return replace(packed, open_seats=changed)


def _tier(packed: Packed, standing: Standing, student: int, edge: int) -> Needed | None:
    """Find the worst tier that is enough.

    A better tier never makes the outcome worse, and one at this vacancy alone leads nowhere else.
    """
    vacancy = packed.vacancy[edge]
    own = int(packed.tier[edge])
    if own == NOT_RANKED:
        there = packed.tier[(packed.vacancy == vacancy) & (packed.tier < INELIGIBLE)]
        # Behind everybody who is there: every later tier is the same.
        own = int(there.max(initial=-1)) + 1
        if _granted(with_tier(packed, edge, own), student) == edge:
            return Needed("tier", ANY_TIER, edge)
    ticket = packed.ticket[student]
    kinds = _own_kinds(packed, standing, student, edge)
    last, last_ticket = standing.last_tier[vacancy, kinds], standing.last_ticket[vacancy, kinds]
    guess = int((last - (ticket > last_ticket)).max(initial=0))
    return _most("tier", own, guess, student, edge, lambda tier: with_tier(packed, edge, tier))


def _ticket(packed: Packed, standing: Standing, student: int, edge: int) -> Needed | None:
    """Find the latest ticket that is enough, here or at a wish liked better."""
    own, guess = int(packed.ticket[student]), 0
    for wish in range(int(packed.starts[student]), edge + 1):
        vacancy, kinds = packed.vacancy[wish], _own_kinds(packed, standing, student, wish)
        same = standing.last_tier[vacancy, kinds] == packed.tier[wish]
        guess = max(guess, int(standing.last_ticket[vacancy, kinds][same].max(initial=0)))
    return _most(
        "ticket", own, guess, student, edge, lambda ticket: with_ticket(packed, student, ticket)
    )


def _seats(packed: Packed, student: int, edge: int) -> Needed | None:
    """Find how few new seats are enough: one seat more hurts nobody."""
    vacancy = int(packed.vacancy[edge])
    enough = None
    low, high = 0, MOST_NEW_SEATS + 1
    more = MOST_NEW_SEATS
    while low + 1 < high:
        got = _granted(with_seats(packed, vacancy, more), student)
        if 0 <= got <= edge:
            enough, high = Needed("seats", more, got), more
        else:
            low = more
        more = (low + high) // 2
    return enough


def _own_kinds(packed: Packed, standing: Standing, student: int, edge: int) -> Ints:
    """Return the kinds of seats of a wish's vacancy that the student might hold and that exist."""
    vacancy = packed.vacancy[edge]
    own = np.append(np.isin(packed.reserve_group[vacancy], packed.groups[:, student]), True)
    return np.flatnonzero(own & (standing.last_tier[vacancy] >= 0))


def _most(
    kind: str, own: int, guess: int, student: int, edge: int, changed: Callable[[int], Packed]
) -> Needed | None:
    """Return the largest number below the student's own that is enough, tried from a guess.

    What is enough stays so for every smaller number. From the guess steps grow twofold.
    """
    enough: Needed | None = None
    low, high = -1, own
    at, step = min(max(guess, 0), own - 1), 1
    while low + 1 < high:
        got = _granted(changed(at), student)
        if 0 <= got <= edge:
            enough, low = Needed(kind, at + 1, got), at
            at = at + step if high == own else (low + high) // 2
        else:
            high = at
            at = at - step if low < 0 else (low + high) // 2
        step *= 2
        at = min(max(at, low + 1), high - 1)
    return enough


def _granted(packed: Packed, student: int) -> int:
    return int(solve(packed).place[student])
