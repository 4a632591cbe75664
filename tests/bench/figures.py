"""What a part measures: figures with their unit, engine and peer."""

import os
import re
import resource
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Say = Callable[[str], None]
# A fresh clone tries the machinery in seconds; the figures of such a run mean nothing.
SMALL = os.environ.get("JAVAR_BENCH_SMALL") == "1"


@dataclass(frozen=True)
class Figure:
    """One line of the table; `beside` names the peer, `beside_value` is its figure."""

    name: str
    value: float
    unit: str
    beside: str = ""
    beside_value: float | None = None
    engine: str = ""
    runs: int = 1

    def row(self, engine: str) -> dict[str, Any]:
        """Return the figure as it is written to `bench.json`."""
        return asdict(self) | {"engine": engine}


def middle(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def percentile(values: Sequence[float], hundredth: int) -> float:
    """Return the value that so many hundredths of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * hundredth // 100) - 1)]


def peak_megabytes() -> float:
    """Return the most memory this process had, in units of 2^20 bytes.

    Linux counts it for the program alone; what getrusage says there includes the process that
    started it, as it was in that moment.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
