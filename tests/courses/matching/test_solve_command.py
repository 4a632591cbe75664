"""`manage.py solve FILE`: a market in, a placement out; a bad file is refused with its faults."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

FILES = sorted((Path(__file__).parent / "markets").glob("*.json"))


def _solve(file: Path) -> str:
    printed = StringIO()
    call_command("solve", str(file), stdout=printed)
    return printed.getvalue()


def _market() -> dict[str, Any]:
    return {"students": {"آیلین": ["v"]}, "vacancies": {"v": {"capacity": 1, "order": ["آیلین"]}}}


def _written(tmp_path: Path, data: object) -> Path:
    file = tmp_path / "market.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return file


def _refusal(file: Path) -> list[str]:
    with pytest.raises(CommandError) as refused:
        _solve(file)
    return sorted(str(refused.value).split("\n"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_example_gives_its_expected_placement(file: Path) -> None:
    printed = _solve(file)
    assert json.loads(printed) == json.loads(file.read_text(encoding="utf-8"))["expected"]
    assert printed.count("\n") == 1


def test_all_examples_are_solved() -> None:
    assert [file.stem[:2] for file in FILES] == ["01", "08", "10", "17"]


def test_what_is_printed_is_plain_json_in_one_order(tmp_path: Path) -> None:
    data = _market()
    data["students"]["b"] = ["v"]
    assert _solve(_written(tmp_path, data)) == '{"b": null, "آیلین": "v"}\n'


def test_a_market_of_nobody_gives_an_empty_placement(tmp_path: Path) -> None:
    assert _solve(_written(tmp_path, {"students": {}, "vacancies": {}})) == "{}\n"


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    file = tmp_path / "none.json"
    assert _refusal(file) == [f"{file}: No such file or directory"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert _refusal(tmp_path) == [f"{tmp_path}: Is a directory"]


def test_text_that_is_no_json_is_said_with_its_place(tmp_path: Path) -> None:
    file = _written(tmp_path, '{"students": ')
    assert _refusal(file) == [f"{file}: Expecting value: line 1 column 14 (char 13)"]


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "market.json"
    file.write_bytes(b"\xff\xfe{}")
    (line,) = _refusal(file)
    assert line.startswith(f"{file}: 'utf-8' codec can't decode byte 0xff in position 0")


@pytest.mark.parametrize("data", ["[]", "null", "7", '"market"'])
def test_json_of_another_shape_is_refused(data: str, tmp_path: Path) -> None:
    file = _written(tmp_path, data)
    assert _refusal(file) == [
        f"{file}: groups: an object of names is needed",
        f"{file}: students: an object of names is needed",
        f"{file}: vacancies: an object of names is needed",
    ]


def test_json_nested_without_end_is_refused(tmp_path: Path) -> None:
    file = _written(tmp_path, "[" * 200_000)
    assert _refusal(file) == [f"{file}: it is nested too deeply to be a market"]


def test_every_fault_of_a_market_is_listed(tmp_path: Path) -> None:
    data = _market()
    data["students"] = {"a": ["v", "v"], "b": ["nowhere"]}
    data["vacancies"]["v"] = {
        "capacity": -1,
        "order": ["a", "stranger"],
        "reserves": [{"group": "g", "seats": 1, "kind": "firm"}],
    }
    file = _written(tmp_path, data)
    assert _refusal(file) == [
        f"{file}: student a: wishes v 2 times",
        f"{file}: student b: unknown vacancy nowhere",
        f"{file}: vacancy v: a reserve is soft or hard, not firm",
        f"{file}: vacancy v: capacity must be a whole number, 0 or more",
        f"{file}: vacancy v: order names unknown student stranger",
    ]


def test_more_reserved_than_there_is_is_refused(tmp_path: Path) -> None:
    data = _market()
    data["vacancies"]["v"]["reserves"] = [{"group": "g", "seats": 2, "kind": "hard"}]
    file = _written(tmp_path, data)
    assert _refusal(file) == [f"{file}: vacancy v: more seats are reserved than there are"]


def test_a_number_that_is_none_is_refused(tmp_path: Path) -> None:
    file = _written(
        tmp_path, '{"students": {}, "vacancies": {"v": {"capacity": NaN, "order": []}}}'
    )
    assert _refusal(file) == [f"{file}: vacancy v: capacity must be a whole number, 0 or more"]


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    file = _written(tmp_path, '{"students": {"a": [], "b": [], "a": []}, "vacancies": {}}')
    assert _refusal(file) == [f"{file}: “a” stands twice in one object"]
