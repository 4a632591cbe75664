"""Random rounds of all sizes, and whether the fast solver and the published rule differ on them.

`python -m tests.courses.matching.differences FIRST LAST` tries the seeds of a range.
"""

import sys
from random import Random

from courses.matching.solver import deferred_acceptance, hall, oracle
from courses.matching.solver.deferred_acceptance import solve, trace
from courses.matching.solver.market import Market, Reserve, Vacancy
from courses.matching.solver.packed import pack
from courses.matching.solver.verify import judge

GROUPS = ("g", "h", "k")


def random_market(seed: int, *, students: int = 300, vacancies: int = 40) -> Market:
    """Return the round of a seed: small ones often, with ties, reserves, refusals, no seats."""
    chance = Random(seed)
    names = [f"s{number}" for number in range(int(students ** chance.random()))]
    places = [f"v{number}" for number in range(int(vacancies ** chance.random()))]
    if chance.random() < 0.02:
        names = []
    longest = chance.choice((1, 3, 8, 20))
    wishes = {
        name: tuple(chance.sample(places, min(len(places), chance.randint(0, longest))))
        for name in names
    }
    asked: dict[str, list[str]] = {place: [] for place in places}
    for name, row in wishes.items():
        for place in row:
            asked[place].append(name)
    # From a handful of tiers to as many as there are students; from few seats to plenty.
    tiers, most = chance.choice((1, 2, 5, 1000)), max(1, 2 * len(names) // max(1, len(places)))
    share = chance.choice((0, 0, 0.3, 0.7))
    rows = {}
    for place in places:
        order: dict[int, list[str]] = {}
        for name in asked[place]:
            if chance.random() < 0.95:
                order.setdefault(chance.randrange(tiers), []).append(name)
        capacity = chance.choice((0, 1, chance.randint(0, most)))
        rows[place] = Vacancy(
            capacity,
            tuple(tuple(order[tier]) for tier in sorted(order)),
            _reserves(chance, capacity) if chance.random() < share else (),
        )
    barred = frozenset(
        (name, place) for name, row in wishes.items() for place in row if chance.random() < 0.05
    )
    groups = {
        name: frozenset(group for group in GROUPS if chance.random() < 0.4)
        for name in names
        if chance.random() < 0.8
    }
    lottery = list(names)
    chance.shuffle(lottery)
    return Market(wishes, rows, groups, barred, tuple(lottery))


def _reserves(chance: Random, left: int) -> tuple[Reserve, ...]:
    """Return up to three reserves; a group may have two of them, a reserve may be empty."""
    reserves = []
    for _number in range(chance.randint(1, 3)):
        seats = chance.randint(0, left)
        left -= seats
        reserves.append(Reserve(chance.choice(GROUPS), seats, chance.choice(("soft", "hard"))))
    return tuple(reserves)


def difference(seed: int) -> str:
    """Return how the solver differs from the rule on the round of a seed, "" where it does not.

    It is solved in arrays to the end, in arrays up to a drawn tail, with a crowd and parts of drawn
    sizes, and one student after another.
    """
    market, chance = random_market(seed), Random(~seed)
    expected = oracle.solve(market)
    packed, names = pack(market)
    found = {"one by one": trace(packed).place}
    usual = [
        (module, name, getattr(module, name))
        for module, name in (
            (deferred_acceptance, "FEW"), (deferred_acceptance, "CROWD"),
            (hall, "HANDFUL"), (hall, "PART"),
        )
    ]  # fmt: skip
    try:
        for way, few in (("in arrays", 0), ("with a tail", chance.randint(0, packed.students))):
            deferred_acceptance.FEW = few
            hall.HANDFUL = chance.choice((0, 3, 100))
            deferred_acceptance.CROWD = chance.choice((1, 7, 1000))
            hall.PART = chance.choice((1, 50, 1000))
            found[way] = solve(packed).place
    finally:
        for module, name, value in usual:
            setattr(module, name, value)
    for way, place in found.items():
        if names.placement(packed, place) != expected:
            return f"seed {seed}: {way} the placement is another"
    if judge(packed, found["in arrays"]):
        return f"seed {seed}: the judge objects"
    return ""


def differences(first: int, last: int) -> list[str]:
    """Return every difference on the rounds of a range of seeds."""
    return [found for seed in range(first, last) if (found := difference(seed))]


if __name__ == "__main__":
    print(differences(*map(int, sys.argv[1:3])))
