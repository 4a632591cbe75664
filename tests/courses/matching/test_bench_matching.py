"""The measuring works and says all it promises; no second is asserted."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from courses.matching.solver.invented import SHAPES

pytestmark = pytest.mark.stress


def _printed(*words: str) -> str:
    out = StringIO()
    call_command("bench_matching", *words, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.parametrize("shape", SHAPES)
def test_one_object_with_everything_is_printed(shape: str) -> None:
    found: dict[str, Any] = json.loads(
        _printed("--students", "60", "--vacancies", "9", "--seed", "3", "--shape", shape,
                 "--repeat", "2", "--json")
    )  # fmt: skip
    assert set(found["seconds"]) == {"generate", "load", "solve", "verify", "explain", "write"}
    assert (found["students"], found["violations"], found["runs"]) == (60, 0, 2)
    assert found["bytes_per_preference"] == found["solver_bytes"] / found["preferences"]
    assert found["peak_bytes"] > 10**7
    assert set(found["peers"]) == {"oracle", "matching"}
    for peer in found["peers"].values():
        assert peer["equal"]
        assert peer["ratio"] == peer["peer_seconds"] / peer["seconds"]


def test_reserves_are_measured_beside_the_rule_alone() -> None:
    """The package `matching` knows no reserves."""
    found = json.loads(_printed("--students", "60", "--reserves", "--repeat", "1", "--json"))
    assert (set(found["peers"]), found["reserves"]) == ({"oracle"}, True)


def test_a_person_reads_a_few_lines() -> None:
    lines = _printed("--students", "50", "--repeat", "1", "--no-peers").splitlines()
    words = [line.split()[0] for line in lines[:6]]
    assert words == ["generate", "load", "solve", "verify", "explain", "write"]
    assert lines[6].endswith("1 runs")
    with_peers = _printed("--students", "50", "--repeat", "1").splitlines()
    assert [line.split(":")[0] for line in with_peers[7:]] == ["oracle", "matching"]


@pytest.mark.parametrize("words", [("--students", "0"), ("--vacancies", "-1"), ("--repeat", "0")])
def test_nothing_cannot_be_measured(words: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match="1 or more"):
        _printed(*words)


def test_the_part_of_the_bench_measures_every_goal(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "matching", "--engine", "sqlite", "--to", str(file)],
        cwd=settings.ROOT, env=os.environ | {"JAVAR_BENCH_SMALL": "1"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {row["name"]: row for row in json.loads(file.read_text())}
    assert {frozenset(row) for row in rows.values()} == {
        frozenset({"name", "value", "unit", "beside", "beside_value", "engine", "runs"})
    }
    assert rows["match: times as fast as matching"]["unit"] == "×"
    assert rows["match: 400 students"]["beside"] == "two groups of reserves"
    assert {f"match: growth exponent, {shape}" for shape in SHAPES[:3]} <= set(rows)
    assert "match: a chain, per student" in rows
