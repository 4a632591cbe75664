"""The bench measures, on this run's engine, and writes what it promises."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

pytestmark = [pytest.mark.stress, pytest.mark.usefixtures("django_db_setup")]
KEYS = {"name", "value", "unit", "beside", "beside_value", "engine", "runs"}


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.bench", *words],
        cwd=settings.ROOT, env=os.environ | {"JAVAR_BENCH_SMALL": "1"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_small_bench_writes_rows_of_one_shape(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    done = bench("enrolment", "--engine", connection.vendor, "--to", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(file.read_text())
    assert {frozenset(row) for row in rows} == {frozenset(KEYS)}
    assert {row["engine"] for row in rows} == {connection.vendor}
    assert [row["name"] for row in rows] == [
        "rush: decisions per minute", "rush: p95 latency", "rush: seats oversold or errors",
        "apply: one at a time, p50", "apply: one at a time, p95",
        "offer chain: from a withdrawal to the next one's offer",
    ]  # fmt: skip
    assert "rush 1 of 1" in done.stdout


def test_bench_of_an_unknown_part_names_those_there_are() -> None:
    done = bench("weather")
    assert done.returncode == 2
    assert "'enrolment', 'imports', 'notices'" in done.stderr
