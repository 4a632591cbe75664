"""`python -m tests.bench [part]`: measure on every engine within reach, print, write `bench.json`.

Ends with 0; with 1 when something measured did not do what it is for, with 2 when there is no such
part. Ctrl-C lets the measuring processes drop their databases.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn

import psycopg

from tests.bench.figures import SMALL
from tests.bench.parts import AIMS, PARTS, SLOW

ROOT = Path(__file__).resolve().parents[2]
POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"
ENGINES = ("sqlite", "postgresql")
# Servers end within 15 seconds each, and what they are asked is answered first.
CLEANING = 120


def reach() -> tuple[dict[str, str], dict[str, str]]:
    """Return the address of each engine within reach, and why another is not."""
    given = os.environ.get("DATABASE_URL", "")
    folder = Path(os.environ.get("JAVAR_VAR", ROOT / "var"))
    found = {"sqlite": f"sqlite:///{folder.absolute() / 'javar.sqlite3'}"}
    postgres = given if given.startswith("postgres") else POSTGRES
    try:
        psycopg.connect(postgres, connect_timeout=3).close()
    except psycopg.Error as error:
        (why, *_rest) = str(error).splitlines() or [type(error).__name__]
        return found, {"postgresql": why}
    return found | {"postgresql": postgres}, {}


def measure(part: str, engine: str, url: str) -> list[dict[str, Any]] | None:
    """Let a process of its own measure a part on an engine; None when it failed."""
    values = os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "javar.settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT / "site"), str(ROOT)]),
    }
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.json"
        # A session of its own: of a Ctrl-C it hears once, from here.
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.child", part, str(rows)],
            cwd=ROOT, env=values, start_new_session=True,
        )  # fmt: skip
        try:
            if process.wait() == 0:
                return list(json.loads(rows.read_text()))
        except KeyboardInterrupt:
            print("\nstopped; dropping the databases …", flush=True)
            process.terminate()
            process.wait(CLEANING)
            raise
    print(f"{engine}: {part} failed, see above", file=sys.stderr, flush=True)
    return None


def number(value: float | None, unit: str) -> str:
    """Write a value with as many digits as mean something, and its unit."""
    if value is None:
        return ""
    digits = 0 if value == 0 or value >= 100 else 1 if value >= 10 else 2
    if float(value).is_integer() and value < 1000:
        digits = 0
    return f"{value:,.{digits}f} {unit}".rstrip()


def table(rows: list[dict[str, Any]], skipped: dict[str, str], load: float) -> str:
    """Return what a person reads."""
    lines = [["engine", "what", "value", "beside", "its value", "aim", "runs"]]
    lines += [
        [
            row["engine"],
            row["name"],
            number(row["value"], row["unit"]),
            row["beside"],
            number(row["beside_value"], row["unit"]),
            AIMS.get((row["name"], row["engine"]), ""),
            str(row["runs"]),
        ]
        for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    text = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    text += [f"{engine}: skipped, {why}" for engine, why in skipped.items()]
    text.append(
        f"{os.cpu_count()} cores, which the crowd, the server and the database share; load "
        f"{load:.1f} before the start; {platform.system()}, Python {platform.python_version()}"
    )
    if SMALL:
        text.append("JAVAR_BENCH_SMALL: these numbers mean nothing")
    return "\n".join(text)


def stop(*_signal: object) -> NoReturn:
    """End as by Ctrl-C, once: what follows is cleaning up."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    """Measure, print, write."""
    asked = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    asked.add_argument(
        "part", nargs="?", choices=(*PARTS, *SLOW), help="one part; without it, all but the slow"
    )
    asked.add_argument("--engine", choices=ENGINES, help="one engine; without it, all in reach")
    asked.add_argument("--to", type=Path, default=ROOT / "bench.json", help="the file to write")
    given = asked.parse_args()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, stop)

    begun, load = time.monotonic(), os.getloadavg()[0]
    urls, skipped = reach()
    if given.engine:
        urls = {engine: url for engine, url in urls.items() if engine == given.engine}
        skipped |= {other: "not asked for" for other in ENGINES if other != given.engine}
    for engine, why in skipped.items():
        print(f"{engine}: skipped, {why}", flush=True)
    rows: list[dict[str, Any]] = []
    for part in [given.part] if given.part else PARTS:
        for engine, url in urls.items():
            found = measure(part, engine, url)
            if found is None:
                return 1
            rows += found
    print(f"\n{table(rows, skipped, load)}")
    given.to.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    print(f"written to {given.to} after {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
