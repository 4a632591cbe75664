"""The matching engine on invented rounds, beside the package `matching` and the published rule.

The engine knows no database, so it is measured once, with the first one; what goes through a
database is measured on each (`through_the_database`).
"""

import math
import time
import tracemalloc
from collections.abc import Callable
from functools import partial

from django.db import connection

from courses.matching.audit.verify_round import Round
from courses.matching.measuring import measure
from courses.matching.solver.cutoffs import codes, standing_of
from courses.matching.solver.deferred_acceptance import solve
from courses.matching.solver.invented import invented
from courses.matching.solver.packed import Ints, Packed
from courses.matching.solver.uncollected import uncollected
from courses.matching.solver.verify import judge
from tests.bench import frozen
from tests.bench.figures import SMALL, Figure, Say, middle

LITTLE, SOME, MANY, MILLION = (100, 200, 300, 400) if SMALL else (1_000, 10_000, 100_000, 1_000_000)
CHAIN = 500 if SMALL else 200_000
RUNS = 1 if SMALL else 7
SEED, VALUE = bytes(32), "1405"


def measured(say: Say) -> list[Figure]:
    """Measure the engine once, and the way through the database on every engine."""
    found = _engine(say) if connection.vendor == "sqlite" else []
    return found + through_the_database(say)


def through_the_database(say: Say) -> list[Figure]:
    """Measure from a frozen round in the database to its stored result."""
    return frozen.measured(say)


def packed(students: int, *, shape: str = "standard", reserves: bool = False) -> Packed:
    """Return an invented round, drawn and ready to be solved."""
    snapshot = invented(students, max(1, students * 12 // 100), 1, shape=shape, reserves=reserves)
    return snapshot.packed(snapshot.tickets(SEED, VALUE))


def in_turns(jobs: dict[str, Callable[[], object]], runs: int = RUNS) -> dict[str, float]:
    """Return the median seconds of some jobs that take turns, so that a busy minute slows all."""
    taken: dict[str, list[float]] = {name: [] for name in jobs}
    for _run in range(runs):
        for name, job in jobs.items():
            begun = time.perf_counter()
            job()
            taken[name].append(time.perf_counter() - begun)
    return {name: middle(seconds) for name, seconds in taken.items()}


def _engine(say: Say) -> list[Figure]:
    return [
        *_beside_peers(say), *_by_size(say), *_growth(say), _chain(say), *_outsider(say),
    ]  # fmt: skip


def _beside_peers(say: Say) -> list[Figure]:
    """Solve the same round with each peer, in turns, and compare what comes out."""
    found = measure(students=SOME, vacancies=SOME * 12 // 100, seed=1, repeat=RUNS, say=say)
    figures = []
    for name, peer in found["peers"].items():
        if not peer["equal"]:
            raise SystemExit(f"{name} places others than the solver")
        own, theirs = peer["seconds"], peer["peer_seconds"]
        figures.append(
            Figure(
                f"match: {SOME:,} students, beside {name}", round(own * 1000, 2), "ms",
                name, round(theirs * 1000, 1), runs=peer["runs"],
            )
        )  # fmt: skip
        figures += [
            Figure(f"match: times as fast as {name}", round(peer["ratio"]), "×", runs=peer["runs"]),
            Figure(f"match: times as fast as {name}, both from names",
                   round(peer["ratio_from_names"]), "×", runs=peer["runs"]),
        ]  # fmt: skip
    return figures


def _by_size(say: Say) -> list[Figure]:
    """Solve, judge and explain up to a million, with reserves beside without."""
    figures = []
    for size in (LITTLE, SOME, MANY, MILLION):
        say(f"{size:,} students")
        without, kept = packed(size), packed(size, reserves=True)
        place, placed = solve(without).place, solve(kept).place
        if judge(without, place) or judge(kept, placed):
            raise SystemExit("the judge objects to a placement")
        jobs: dict[str, Callable[[], object]] = {
            "without": partial(solve, without),
            "with": partial(solve, kept),
        }
        if size == MILLION:
            jobs |= {"verify": partial(judge, without, place),
                     "explain": partial(_explained, without, place)}  # fmt: skip
        took = {name: 1000 * seconds for name, seconds in in_turns(jobs).items()}
        figures += [
            Figure(
                f"match: {size:,} students", round(took["without"], 2), "ms",
                "two groups of reserves", round(took["with"], 2), runs=RUNS,
            ),
            Figure(
                f"match: {size:,} students, bytes a preference beyond the input",
                round(_bytes(without), 1), "B", "two groups of reserves", round(_bytes(kept), 1),
            ),
        ]  # fmt: skip
        if size == MILLION:
            times = took["with"] / took["without"]
            figures += [
                Figure("match: a million, times as long with reserves", round(times, 2), "×",
                       runs=RUNS),
                Figure("match: a million judged", round(took["verify"], 1), "ms", runs=RUNS),
                Figure("match: a million explained", round(took["explain"], 1), "ms", runs=RUNS),
            ]  # fmt: skip
    return figures


def _explained(one: Packed, place: Ints) -> object:
    return codes(one, place, standing_of(one, place))


def _bytes(one: Packed) -> float:
    tracemalloc.start()
    solve(one)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / len(one.vacancy)


def _growth(say: Say) -> list[Figure]:
    """Tell with which power of the students the time grows: 1 is as many times as many."""
    figures = []
    for shape in ("standard", "tight", "master"):
        say(f"growth on a {shape} market")
        small, large = packed(SOME, shape=shape), packed(MILLION, shape=shape)
        took = in_turns({"small": partial(solve, small), "large": partial(solve, large)})
        power = math.log(took["large"] / took["small"]) / math.log(MILLION / SOME)
        figures.append(Figure(f"match: growth exponent, {shape}", round(power, 2), "", runs=RUNS))
    return figures


def _chain(say: Say) -> Figure:
    say("one chain of refusals through everybody")
    line = packed(CHAIN, shape="chain")
    took = in_turns({"chain": partial(solve, line)})["chain"]
    return Figure("match: a chain, per student", round(1e6 * took / CHAIN, 2), "µs", runs=RUNS)


def _outsider(say: Say) -> list[Figure]:
    """Let the auditor, who has nothing but Python, do it all again."""
    figures = []
    for reserves in (False, True):
        say(f"the auditor, {MILLION:,} students")
        whole = invented(MILLION, MILLION * 12 // 100, 1, reserves=reserves)
        content = whole.to_bytes()
        del whole
        # Without the collector, as the program runs.
        with uncollected():
            begun = time.perf_counter()
            market = Round(content, SEED, VALUE)
            place = market.solve()
            blocking, unseated, _rows = market.judge(place)
            took = time.perf_counter() - begun
        if blocking or unseated:
            raise SystemExit("the auditor objects to a placement")
        kind = "with reserves" if reserves else "without reserves"
        figures.append(Figure(f"match: the auditor, {MILLION:,} {kind}", round(took, 1), "s"))
    return figures
