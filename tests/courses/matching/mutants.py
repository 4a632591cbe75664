"""Spoilt copies of the engine, and the checks that must notice each of them.

A mutant is one place in the source of the rule, the choice, the solver, the judge or the
explanations put wrongly. All the engine's modules are made anew from source with that one change,
and the checks are run on rounds whose placements are known from the definition; their reasons and
least changes are the engine's own, which P19 holds against the definition. Run as a program
(`python -m tests.courses.matching.mutants`) it prints which check noticed which mutant.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from random import Random
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from courses.matching.solver import market as market_module
from courses.matching.solver.counterfactual import Needed, needed
from courses.matching.solver.cutoffs import Reason
from courses.matching.solver.market import Market
from tests.courses.matching.brute_force import Judge
from tests.courses.matching.differences import random_market
from tests.courses.matching.explainer import Explainer

SOLVER = "courses.matching.solver"
# In the order in which they import each other; `market` stays, so that rounds fit all copies.
MODULES = (
    "packed",
    "choice",
    "oracle",
    "hall",
    "queues",
    "deferred_acceptance",
    "verify",
    "cutoffs",
    "counterfactual",
)


@dataclass(frozen=True)
class Mutant:
    """A change of one place: in the source of a module `right` becomes `wrong`."""

    name: str
    module: str
    right: str
    wrong: str


MUTANTS = (
    # The choice, in arrays.
    Mutant("a reserve takes strangers", "choice",
           "(seat == REFUSED) & belong(mine, group)", "(seat == REFUSED)"),
    Mutant("a reserve takes who already sits", "choice",
           "(seat == REFUSED) & belong(mine, group)", "belong(mine, group)"),
    Mutant("unused soft seats stay empty", "choice", "soft = ~packed", "soft = packed"),
    Mutant("soft seats are counted twice", "choice",
           "soft * (room[:, kind] - used[:, kind])", "soft * room[:, kind]"),
    Mutant("one seat too many of each kind", "choice",
           "who[place < np.repeat", "who[place <= np.repeat"),
    Mutant("the first of a kind is refused", "choice",
           "who[place < np.repeat(room[:, kind], counts)]",
           "who[(place > 0) & (place < np.repeat(room[:, kind], counts))]"),
    Mutant("reserves in reverse precedence", "choice",
           "for kind in range(packed.reserves):", "for kind in reversed(range(packed.reserves)):"),
    Mutant("open seats first", "choice",
           "        mine = packed.groups.take(students, axis=1)\n",
           "        mine = packed.groups.take(students, axis=1)\n        room[:, -1] = open_seats\n"
           "        fill(kinds - 1, seat == REFUSED)\n"),
    Mutant("free seats take nobody more", "choice",
           "np.where(self.used < self.room, nobody, self.last)", "self.last"),
    # The rule, readable.
    Mutant("the rule forgets its hard seats", "oracle",
           'if reserve.kind == "soft":', 'if reserve.kind != "soft":'),
    Mutant("the rule keeps the worst of a group", "oracle",
           "taken = members[: reserve.seats]", "taken = members[::-1][: reserve.seats]"),
    Mutant("the rule seats somebody twice", "oracle",
           "        rest = [s for s in rest if s not in taken]\n", ""),
    Mutant("the rule never asks again", "oracle",
           "free += sorted(asking - held[vacancy])", "asking - held[vacancy]"),
    Mutant("the rule allows what is forbidden", "oracle",
           " and (student, vacancy) not in market.ineligible", ""),
    # The solver.
    Mutant("the refused ask the same again and give up", "hall",
           "self.place[free] += 1", "self.place[free] += 2"),
    Mutant("a cutoff one too strict", "hall",
           "keys < self.open_cutoff[vacancies]", "keys + 1 < self.open_cutoff[vacancies]"),
    Mutant("nobody asks for a reserved seat behind the open cutoff", "hall",
           "rest = np.flatnonzero(~may & (keys < self.reserve_cutoff[vacancies, kind]))",
           "rest = np.flatnonzero(may & (keys < self.reserve_cutoff[vacancies, kind]))"),
    Mutant("all who ask at once are seated", "hall",
           "(after <= self.seats[vacancies])", "(after <= self.seats[vacancies] + 1)"),
    Mutant("with reserves all are seated first", "hall",
           " & ~self.has_reserves[vacancies]", ""),
    Mutant("the tail sends the best away", "queues",
           "gone = -heapq.heappushpop(queue, -key)\n        if len",
           "gone = heapq.nlargest(1, queue)[0] * -1; queue.remove(-gone); "
           "heapq.heappush(queue, -key)\n        if len"),
    Mutant("the tail forgets who holds a seat", "queues",
           "for key in self.hall.held_at(vacancy):", "for key in []:"),
    Mutant("the tail opens hard seats", "queues",
           "for _group, seats, hard, _queue in self.reserves if not hard)",
           "for _group, seats, hard, _queue in self.reserves)"),
    Mutant("the tail seats a member without taking the soft seat", "queues",
           "self.room -= not hard", "self.room -= 0"),
    Mutant("tiers do not count", "packed", "clipped <<= self.ticket_bits", "clipped <<= 0"),
    Mutant("tickets do not count", "packed", "clipped |= tickets", "clipped |= 0 * tickets"),
    Mutant("the unsuitable are let in", "packed",
           "return tiers[number[vacancy]].get(student, NOT_RANKED)",
           "return tiers[number[vacancy]].get(student, 0)"),
    # The judge.
    Mutant("the judge looks at no wish", "verify",
           "likes = np.arange(high - low, dtype=np.int32) < np.repeat(",
           "likes = np.arange(high - low, dtype=np.int32) < 0 * np.repeat("),
    Mutant("the judge misses the wish just above", "verify",
           "likes = np.arange(high - low, dtype=np.int32) < np.repeat(",
           "likes = np.arange(high - low, dtype=np.int32) + 1 < np.repeat("),
    Mutant("the judge reads a bar as passed by the last admitted", "verify",
           "kept = strength < open_bar[vacancies]", "kept = strength > open_bar[vacancies]"),
    Mutant("the judge forgets the reserves", "verify", "kept |= member & (strength",
           "kept |= False & (strength"),
    Mutant("the judge takes everybody for a member", "verify",
           "member |= mine[self.students] == group", "member |= True"),
    Mutant("the judge takes hard seats for open ones", "verify",
           "np.where(self.packed.reserve_hard[:, kind], 0, seats - used)", "seats - used"),
    Mutant("the judge opens used soft seats too", "verify",
           "np.where(self.packed.reserve_hard[:, kind], 0, seats - used)",
           "np.where(self.packed.reserve_hard[:, kind], 0, seats)"),
    Mutant("the judge allows one more than there are seats", "verify",
           "numbers[ahead < room[vacancies]]", "numbers[ahead <= room[vacancies]]"),
    Mutant("the judge takes a free seat for none", "verify",
           "np.where(room > 0, ANYBODY, -1)", "np.where(room > 0, -1, -1)"),
    Mutant("the judge allows what is refused", "verify",
           "refused = students[packed.tier[place[students]] >= INELIGIBLE]",
           "refused = students[:0]"),
    Mutant("the judge allows a place nobody asked for", "verify",
           'found.append(violation("unasked", student, vacancy))', "pass"),
    Mutant("the judge sees only tiers", "verify",
           "packed.tier[edges].astype(np.int64) * packed.students + packed.ticket[students]",
           "packed.tier[edges].astype(np.int64) * packed.students"),
    # The explanations.
    Mutant("the place is told to be not looked at", "cutoffs",
           "np.where(numbers > granted, NOT_REACHED, PLACED)",
           "np.where(numbers >= granted, NOT_REACHED, PLACED)"),
    Mutant("a wish above the place is told to be not looked at", "cutoffs",
           "sought = numbers < granted", "sought = numbers < granted - 1"),
    Mutant("forbidden and unsuitable are mixed up", "cutoffs",
           "piece[sought & (tiers == INELIGIBLE)] = FORBIDDEN",
           "piece[sought & (tiers == INELIGIBLE)] = UNRANKED"),
    Mutant("a tie is told to be outranked", "cutoffs",
           "(last >= 0) & (last < own)", "(last >= 0) & (last <= own)"),
    Mutant("a seat counts as reserved for others whoever is better", "cutoffs",
           "(ticket > tickets)))", "(ticket < tickets)))"),
    Mutant("in full a reserved seat is one whose holders are better", "cutoffs",
           "s.last > own and s.kind not in mine", "s.last < own and s.kind not in mine"),
    Mutant("in full the best of one's own kinds is named", "cutoffs",
           "max(own_kinds, key=", "min(own_kinds, key="),
    Mutant("nobody is told that a seat is reserved", "cutoffs",
           "behind |= worse & ~mine", "behind |= worse & mine & ~mine"),
    Mutant("the member's own last admitted is the open one", "cutoffs",
           "_tier_or_ticket(own_last, tiers)", "_tier_or_ticket(open_last, tiers)"),
    Mutant("empty hard seats are told to be taken", "cutoffs",
           "np.where(any_used, RESERVED, NO_SEATS)", "RESERVED"),
    Mutant("the last admitted is the first admitted", "choice",
           "keys[who[(firsts + taken - 1)[some]]]", "keys[who[firsts[some]]]"),
    Mutant("tiers are told from nought", "cutoffs",
           "        own[0] + 1,\n        own[1] + 1,\n        last[0] + 1 if last else None,",
           "        own[0] + 1,\n        own[1] + 1,\n        last[0] if last else None,"),
    Mutant("every seat held is told to be open", "cutoffs",
           "seat[students] = choice.seat", "seat[students] = packed.reserves"),
    Mutant("seats left over by soft reserves are not counted", "cutoffs",
           "room[asked] = choice.room", "room[asked, :-1] = choice.room[:, :-1]"),
    # What would have had to be different.
    Mutant("something worse is enough", "counterfactual",
           "    low, high = 0, MOST_NEW_SEATS + 1",
           "    edge += 1\n    low, high = 0, MOST_NEW_SEATS + 1"),
    Mutant("more new seats than needed", "counterfactual",
           "        more = (low + high) // 2", "        break"),
    Mutant("a ticket is taken, but nobody moves on", "counterfactual",
           "changed[(changed >= ticket) & (changed < own)] += 1\n", "pass\n"),
    Mutant("a worse number is called enough", "counterfactual",
           "Needed(kind, at + 1, got), at", "Needed(kind, at + 2, got), at"),
    Mutant("the search stops at its guess", "counterfactual",
           "            at = at + step if high == own else (low + high) // 2\n",
           "            break\n"),
    Mutant("the unsuitable are told nothing", "counterfactual",
           "own = int(there.max(initial=-1)) + 1", "own = 0"),
    Mutant("new seats are made elsewhere", "counterfactual",
           "changed[vacancy] += more", "changed[vacancy - 1] += more"),
)  # fmt: skip


def engine(mutant: Mutant | None = None) -> Any:
    """Return all modules of the engine made anew from source, one of them changed."""
    made = {}
    usual = {name: module for name, module in sys.modules.items() if name.startswith(SOLVER)}
    try:
        for name in MODULES:
            spec = find_spec(f"{SOLVER}.{name}")
            assert spec is not None
            assert spec.origin is not None
            source = Path(spec.origin).read_text(encoding="utf-8")
            if mutant is not None and mutant.module == name:
                assert source.count(mutant.right) == 1, mutant.name
                source = source.replace(mutant.right, mutant.wrong)
            module = ModuleType(f"{SOLVER}.{name}")
            sys.modules[module.__name__] = made[name] = module
            exec(compile(source, spec.origin, "exec"), module.__dict__)  # noqa: S102
    finally:
        sys.modules.update(usual)
    assert sys.modules[f"{SOLVER}.market"] is market_module
    return SimpleNamespace(**made)


@dataclass(frozen=True)
class Known:
    """A round with what is right: the placement, other placements and whether stable, reasons."""

    market: Market
    placement: dict[str, str | None]
    others: tuple[tuple[dict[str, str | None], bool], ...]
    reasons: dict[tuple[str, str], Reason]
    needed: dict[tuple[int, int], list[Needed]]


@cache
def known(rounds: int = 200) -> tuple[Known, ...]:
    """Return some small rounds in which something is contested, with their right answers."""
    found: list[Known] = []
    seeds = count()
    while len(found) < rounds:
        seed = next(seeds)
        market = random_market(seed, students=20, vacancies=6)
        if len(market.students) > 5 and any(row.reserves for row in market.vacancies.values()):
            found.append(_known(market, seed))
    return tuple(found)


def _known(market: Market, seed: int) -> Known:
    judge, chance = Judge(market), Random(seed)
    placement = _by_definition(judge)
    students, others = list(market.students), []
    for student in chance.sample(students, min(4, len(students))):
        for place in [None, *chance.sample(list(market.vacancies), min(2, len(market.vacancies)))]:
            other = placement | {student: place}
            others.append((other, judge.stable(other)))
        swapped = placement | {student: placement[students[0]], students[0]: placement[student]}
        others.append((swapped, judge.stable(swapped)))
    explainer = Explainer(market, placement)
    reasons = {(s, v): explainer.reason(s, v) for s, row in market.students.items() for v in row}
    lost = _better(explainer)[:3]
    enough = {wish: needed(explainer.packed, explainer.place, *wish) for wish in lost}
    return Known(market, placement, tuple(others), reasons, enough)


def _better(explainer: Explainer) -> list[tuple[int, int]]:
    """Return the wishes better than the outcome, as students and edges, the last first."""
    starts, place = explainer.packed.starts.tolist(), explainer.place.tolist()
    return [
        (student, edge)
        for student, granted in enumerate(place)
        for edge in range(starts[student], starts[student + 1] if granted < 0 else granted)
    ][::-1]


def _by_definition(judge: Judge) -> dict[str, str | None]:
    """Solve with the independent judge's choice alone: nobody else's code."""
    market = judge.market
    at = dict.fromkeys(market.students, 0)
    while True:
        placement: dict[str, str | None] = {}
        for student, wishes in market.students.items():
            while at[student] < len(wishes) and not judge.admissible(student, wishes[at[student]]):
                at[student] += 1
            placement[student] = wishes[at[student]] if at[student] < len(wishes) else None
        refused = [
            student
            for vacancy in market.vacancies
            for there in [judge.at(placement, vacancy)]
            for student in there - judge.chosen(vacancy, there)
        ]
        if not refused:
            return placement
        for student in refused:
            at[student] += 1


def suspicions(mutant: Mutant | None) -> Iterator[str]:
    """Yield the names of the checks that notice something, those nearest to the mutant first."""
    spoilt, checks = engine(mutant), list(CHECKS.items())
    near = NEAR.get(mutant.module, 0) if mutant else 0
    for name, check in checks[near:] + checks[:near]:
        try:
            right = all(check(spoilt, one) for one in known())
        except (ArithmeticError, LookupError, TypeError, ValueError):
            right = False
        if not right:
            yield name


def _rule(spoilt: Any, one: Known) -> bool:
    return bool(spoilt.oracle.solve(one.market) == one.placement)


def _solver(spoilt: Any, one: Known) -> bool:
    packed, names = spoilt.packed.pack(one.market)
    spoilt.deferred_acceptance.FEW = spoilt.hall.HANDFUL = 0
    place = spoilt.deferred_acceptance.solve(packed).place
    return bool(names.placement(packed, place) == one.placement)


def _tail(spoilt: Any, one: Known) -> bool:
    packed, names = spoilt.packed.pack(one.market)
    spoilt.deferred_acceptance.FEW = len(one.market.students)
    place = spoilt.deferred_acceptance.solve(packed).place
    alone = spoilt.deferred_acceptance.trace(packed).place
    return bool(names.placement(packed, place) == names.placement(packed, alone) == one.placement)


def _acquits(spoilt: Any, one: Known) -> bool:
    return not spoilt.verify.verify(one.market, one.placement)


def _objects(spoilt: Any, one: Known) -> bool:
    packed, names = spoilt.packed.pack(one.market)
    for other, stable in one.others:
        found = [spoilt.verify.verify(one.market, other)]
        wished = {s: one.market.students[s] for s, vacancy in other.items() if vacancy is not None}
        if all(other[student] in wishes for student, wishes in wished.items()):
            place = np.full(packed.students, -1, np.int64)
            for student, wishes in wished.items():
                number = names.students.index(student)
                place[number] = packed.starts[number] + wishes.index(other[student])
            # A round is judged by its arrays; `verify` has asked the named market before.
            found.append(spoilt.verify.judge(packed, place))
        if [bool(faults) for faults in found] != [not stable] * len(found):
            return False
    return True


def _reasons(spoilt: Any, one: Known) -> bool:
    explainer = Explainer(one.market, one.placement, spoilt.cutoffs)
    return all(
        vars(explainer.reason(*wish)) == vars(reason) for wish, reason in one.reasons.items()
    )


def _bytes(spoilt: Any, one: Known) -> bool:
    explainer = Explainer(one.market, one.placement, spoilt.cutoffs)
    stored = [spoilt.cutoffs.CODES[code] for code in explainer.codes.tolist()]
    wishes = [(s, v) for s in explainer.names.students for v in one.market.students[s]]
    return stored == [one.reasons[wish].code for wish in wishes]


def _needed(spoilt: Any, one: Known) -> bool:
    explainer = Explainer(one.market, one.placement, spoilt.cutoffs)
    return all(
        list(map(vars, spoilt.counterfactual.needed(explainer.packed, explainer.place, *wish)))
        == list(map(vars, enough))
        for wish, enough in one.needed.items()
    )


# The test that makes the same check of the engine itself stands behind each.
CHECKS = {
    "the rule gives the defined placement (test_p2, test_p12)": _rule,
    "the solver gives the defined placement (test_p12)": _solver,
    "its tail gives the defined placement (test_p12)": _tail,
    "the judge acquits the defined placement (test_p1)": _acquits,
    "the judge objects to others (test_p18)": _objects,
    "every reason is the true one (test_p19)": _reasons,
    "every stored byte says the same (test_the_stored_byte)": _bytes,
    "what would have been enough is the least (test_p19)": _needed,
}
# Where to look first for a mutant of a module.
NEAR = {"verify": 4, "cutoffs": 5, "counterfactual": 7}

if __name__ == "__main__":
    np.seterr(all="ignore")
    for each in MUTANTS:
        noticed = list(suspicions(each))
        print(
            f"{'killed' if noticed else 'ALIVE '} {each.module}: {each.name}: {'; '.join(noticed)}"
        )
