"""How fast the engine is, beside the oracle and, where installed, beside the package `matching`.

Everything is measured in one process; what is compared takes turns, so that a busy machine slows
both. Source of the goals: MATCHING model, §4.
"""

import importlib.util
import resource
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from courses.matching.solver import cutoffs, deferred_acceptance, oracle
from courses.matching.solver.invented import invented
from courses.matching.solver.market import Market
from courses.matching.solver.packed import Packed, pack
from courses.matching.solver.snapshot import Snapshot, result_bytes, sha256
from courses.matching.solver.verify import judge

SEED, PUBLIC_VALUE = bytes(32), "1405"
# The peers walk a person at a time; beyond this they are not asked.
MOST_FOR_PEERS = 10_000
# So often the solver is measured before and after each run of a peer.
AROUND = 3
Seconds = dict[str, list[float]]


@contextmanager
def _timed(seconds: Seconds, what: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    seconds.setdefault(what, []).append(time.perf_counter() - begun)


def measure(
    *,
    students: int,
    vacancies: int,
    seed: int,
    shape: str = "standard",
    reserves: bool = False,
    repeat: int = 5,
    peers: bool = True,
    say: Callable[[str], None] = lambda _what: None,
) -> dict[str, Any]:
    """Return medians in seconds, memory and ratios for one invented round.

    Keys: `seconds` (generate, load, solve, verify, explain, write), `students`, `vacancies`,
    `preferences`, `placed`, `violations`, `peak_bytes` of the process, `solver_bytes` beyond the
    input and `bytes_per_preference`, `runs` and `peers` (name → seconds of the peer and of the
    solver on the same market, their `ratio`, whether the results are `equal`, the peer's `runs`).
    """
    seconds: Seconds = {}
    with _timed(seconds, "generate"):
        whole = invented(students, vacancies, seed, shape=shape, reserves=reserves).to_bytes()
    say(f"generated {students:,} students")
    for number in range(repeat):
        with _timed(seconds, "load"):
            snapshot = Snapshot.from_bytes(whole)
            packed = snapshot.packed(snapshot.tickets(SEED, PUBLIC_VALUE))
        with _timed(seconds, "solve"):
            outcome = deferred_acceptance.solve(packed)
        with _timed(seconds, "verify"):
            faults = judge(packed, outcome.place)
        with _timed(seconds, "explain"):
            standing = cutoffs.standing_of(packed, outcome.place)
            codes = cutoffs.codes(packed, outcome.place, standing)
        with _timed(seconds, "write"):
            sha256(result_bytes(snapshot, outcome.place) + codes.tobytes())
        say(f"run {number + 1} of {repeat}: solved in {seconds['solve'][-1] * 1000:,.1f} ms")
    memory = _working_memory(packed)
    found = {
        "students": students,
        "vacancies": len(snapshot.vacancies),
        "preferences": len(packed.vacancy),
        "shape": shape,
        "reserves": reserves,
        "placed": int((outcome.place >= 0).sum()),
        "violations": len(faults),
        "seconds": {what: statistics.median(taken) for what, taken in seconds.items()},
        "runs": repeat,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        * (1 if sys.platform == "darwin" else 1024),
        "solver_bytes": memory,
        "bytes_per_preference": memory / max(1, len(packed.vacancy)),
        "peers": {},
    }
    if peers:
        size = min(students, MOST_FOR_PEERS)
        small = invented(
            size, max(1, vacancies * size // max(1, students)), seed, shape=shape, reserves=reserves
        )
        found["peers"] = _peers(small.market(), reserves, repeat, say)
    return found


def _working_memory(packed: Packed) -> int:
    """Return how many bytes solving needs beyond its input, at most."""
    tracemalloc.start()
    deferred_acceptance.solve(packed)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _peers(
    market: Market, reserves: bool, repeat: int, say: Callable[[str], None]
) -> dict[str, dict[str, Any]]:
    """Measure each peer and the solver in turns on one market.

    A peer starts from names, and building its own objects counts; of the solver `ratio` counts
    the solving alone, for its rounds come as arrays, and `ratio_from_names` the building as well.
    """
    asked: dict[str, tuple[int, Callable[[Market], dict[str, str | None]]]] = {
        "oracle": (repeat, oracle.solve)
    }
    if not reserves and importlib.util.find_spec("matching"):
        asked["matching"] = (min(repeat, 3), _by_matching)
    packed, names = pack(market)
    found = {}
    for name, (times, peer) in asked.items():
        seconds: Seconds = {}
        equal = True
        for _turn in range(times):
            # Before and after the peer, for the machine may be busier at the one time.
            for turn in range(2 * AROUND):
                if turn == AROUND:
                    with _timed(seconds, "peer"):
                        theirs = peer(market)
                with _timed(seconds, "solver"):
                    outcome = deferred_acceptance.solve(packed)
            with _timed(seconds, "from names"):
                deferred_acceptance.solve(pack(market)[0])
            equal &= names.placement(packed, outcome.place) == theirs
        peer_seconds, own, named = (
            statistics.median(seconds[who]) for who in ("peer", "solver", "from names")
        )
        found[name] = {
            "students": packed.students, "peer_seconds": peer_seconds, "seconds": own,
            "ratio": peer_seconds / own, "ratio_from_names": peer_seconds / named,
            "equal": equal, "runs": times,
        }  # fmt: skip
        say(f"{name}: {peer_seconds:,.3f} s, solver {own * 1000:,.2f} ms, equal: {equal}")
    return found


def _by_matching(market: Market) -> dict[str, str | None]:
    """Solve with the package `matching`: build its game of residents and hospitals, and play it."""
    from matching.games import HospitalResident  # noqa: PLC0415

    wishes = oracle.admissible_wishes(market)
    asked: dict[str, list[str]] = {}
    for student, row in wishes.items():
        for vacancy in row:
            asked.setdefault(vacancy, []).append(student)
    likes = {
        vacancy: sorted(who, key=market.priorities[vacancy].__getitem__)
        for vacancy, who in asked.items()
    }
    seats = {vacancy: market.vacancies[vacancy].capacity for vacancy in asked}
    open_ = {vacancy for vacancy, room in seats.items() if room}
    deepest = sys.getrecursionlimit()
    sys.setrecursionlimit(max(deepest, 10 * len(wishes) + 1000))
    try:
        game = HospitalResident.create_from_dictionaries(
            {s: kept for s, row in wishes.items() if (kept := [v for v in row if v in open_])},
            {vacancy: likes[vacancy] for vacancy in open_},
            {vacancy: seats[vacancy] for vacancy in open_},
        )
        solved = game.solve(optimal="resident")
    finally:
        sys.setrecursionlimit(deepest)
    placed = {s.name: vacancy.name for vacancy, students in solved.items() for s in students}
    return {student: placed.get(student) for student in market.students}
