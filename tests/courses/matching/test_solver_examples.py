"""The worked examples: each market gives exactly the placement derived by hand."""

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from courses.matching.solver.deferred_acceptance import placement_of as solve
from courses.matching.solver.market import Market
from courses.matching.solver.verify import verify
from tests.courses.matching.brute_force import Judge

FILES = sorted((Path(__file__).parent / "markets").glob("*.json"))
every_example = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def _read(file: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return data


def test_all_four_examples_are_here() -> None:
    assert [file.stem[:2] for file in FILES] == ["01", "08", "10", "17"]


@every_example
def test_the_placement_is_the_expected_one(file: Path) -> None:
    data = _read(file)
    assert solve(Market.from_json(data)) == data["expected"]


@every_example
def test_the_verifier_finds_nothing_wrong(file: Path) -> None:
    data = _read(file)
    assert verify(Market.from_json(data), data["expected"]) == []


@every_example
def test_the_expected_placement_is_the_best_stable_one(file: Path) -> None:
    data = _read(file)
    judge = Judge(Market.from_json(data))
    stable = judge.stable_matchings()
    assert data["expected"] in stable
    assert all(judge.no_worse(data["expected"], other) for other in stable)
    assert len(stable) == data.get("stable_matchings", len(stable))


@every_example
def test_the_order_of_feeding_does_not_matter(file: Path) -> None:
    data = _read(file)
    for students in permutations(data["students"].items()):
        for vacancies in permutations(data["vacancies"].items()):
            fed = data | {"students": dict(students), "vacancies": dict(vacancies)}
            assert solve(Market.from_json(fed)) == data["expected"]
