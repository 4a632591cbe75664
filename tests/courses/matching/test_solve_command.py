"""`manage.py solve FILE`: a market in, a placement out; a bad file is refused with its faults."""

import json
import re
from io import StringIO
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from courses.matching.management.commands import solve
from courses.matching.solver import market as market_module

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
    with translation.override("en"), pytest.raises(CommandError) as refused:
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
    assert _refusal(file) == [f"{file}: it cannot be read: No such file or directory"]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert _refusal(tmp_path) == [f"{tmp_path}: it cannot be read: Is a directory"]


def test_text_that_is_no_json_is_said_with_its_place(tmp_path: Path) -> None:
    file = _written(tmp_path, '{"students": ')
    assert _refusal(file) == [f"{file}: it is no JSON: Expecting value: line 1 column 14 (char 13)"]


def test_a_number_of_thousands_of_digits_is_refused(tmp_path: Path) -> None:
    file = _written(tmp_path, '{"students": ' + "1" * 5_000 + "}")
    assert _refusal(file) == [f"{file}: a number in it has too many digits"]


@pytest.mark.parametrize("where", ["students", "vacancies", "wishes", "order", "group"])
def test_half_a_sign_is_no_name(where: str, tmp_path: Path) -> None:
    """JSON may hold one; no lottery can hash it and no terminal write it."""
    half, data = "\ud800", _market()
    if where in ("students", "vacancies"):
        data[where][half] = [] if where == "students" else {"capacity": 1, "order": []}
    elif where == "wishes":
        data["students"]["a"] = [half]
    elif where == "order":
        data["vacancies"]["v"]["order"] = [[half]]
    else:
        data["vacancies"]["v"]["reserves"] = [{"group": half, "seats": 1, "kind": "soft"}]
    assert _refusal(_written(tmp_path, json.dumps(data)))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "market.json"
    file.write_bytes(b"\xff\xfe{}")
    (line,) = _refusal(file)
    assert line.startswith(
        f"{file}: it is no UTF-8 text: 'utf-8' codec can't decode byte 0xff in position 0"
    )


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


def test_names_that_stand_twice_are_listed_with_the_other_faults(tmp_path: Path) -> None:
    file = _written(
        tmp_path,
        '{"students": {"a": ["x"], "a": ["x"]}, "students": {"b": ["y"]}, '
        '"vacancies": {"v": {"capacity": 1, "capacity": -1}}}',
    )
    assert _refusal(file) == [
        f"{file}: student b: unknown vacancy y",
        f"{file}: vacancy v: capacity must be a whole number, 0 or more",
        f"{file}: “a” stands twice in one object",
        f"{file}: “capacity” stands twice in one object",
        f"{file}: “students” stands twice in one object",
    ]


def test_faults_are_said_in_both_languages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First in the language of the installation, then in English, every one with its names."""
    persian = {"student %(student)s: unknown vacancy %(vacancy)s": "%(vacancy)s برای %(student)s"}
    monkeypatch.setattr(solve, "gettext", lambda said: persian.get(said, said))
    file = _written(tmp_path, {"students": {"b": ["x", "y"]}, "vacancies": {}})
    with pytest.raises(CommandError) as refused:
        _solve(file)
    assert str(refused.value).split("\n") == [
        f"{file}: x برای b",
        f"{file}: y برای b",
        f"{file}: student b: unknown vacancy x",
        f"{file}: student b: unknown vacancy y",
    ]


def test_every_sentence_of_the_solver_is_known_to_the_catalogue() -> None:
    sources = [Path(module.__file__ or "").read_text() for module in (market_module, solve)]
    said = {one for source in sources for one in re.findall(r'Fault\(\s*"([^"]+)"', source)}
    assert said == set(solve.SAID)
    assert len(said) == 28


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_example_fed_in_any_order_gives_the_same_bytes(file: Path, tmp_path: Path) -> None:
    data = json.loads(file.read_text(encoding="utf-8"))
    printed = _solve(file)
    for students in permutations(data["students"].items()):
        for vacancies in permutations(data["vacancies"].items()):
            keys = data | {"students": dict(students), "vacancies": dict(vacancies)}
            fed = dict(reversed(keys.items()))
            assert _solve(_written(tmp_path, fed)) == printed


@pytest.mark.parametrize(
    ("data", "placement"),
    [
        # Ties are broken by the lottery, and without one by the names.
        ({"students": {"b": ["V"], "a": ["V"]},
          "vacancies": {"V": {"capacity": 1, "order": [["b", "a"]]}}}, {"a": "V", "b": None}),
        ({"students": {"b": ["V"], "a": ["V"]}, "lottery": ["b", "a"],
          "vacancies": {"V": {"capacity": 1, "order": [["b", "a"]]}}}, {"a": None, "b": "V"}),
        # A supplementary round is a round like any other; so is one with keys nobody asks for.
        ({"round": "supplementary", "id": "x", "expected": {}, "students": {"a": ["V", "W"]},
          "vacancies": {"V": {"capacity": 0, "order": ["a"]},
                        "W": {"capacity": 2, "order": ["a"]}}},
         {"a": "W"}),
        # Nobody acceptable; a student without wishes; a vacancy nobody asks; no order at all.
        ({"students": {"a": ["V"], "b": []},
          "vacancies": {"V": {"capacity": 1}, "W": {"capacity": 1, "order": ["b"]}}},
         {"a": None, "b": None}),
        # A reserve for a group nobody belongs to: soft seats are open, hard ones stay empty.
        ({"students": {"a": ["V", "W"]}, "vacancies": {
            "V": {"capacity": 1, "order": ["a"],
                  "reserves": [{"group": "g", "seats": 1, "kind": "hard"}]},
            "W": {"capacity": 1, "order": ["a"],
                  "reserves": [{"group": "g", "seats": 1, "kind": "soft"}]}}}, {"a": "W"}),
        # All seats reserved; a student of both groups takes the first kind in precedence.
        ({"students": {"a": ["V"], "b": ["V"], "c": ["V"]},
          "groups": {"a": ["g", "h"], "b": ["g"], "c": ["h"]},
          "vacancies": {"V": {"capacity": 2, "order": ["a", "b", "c"], "reserves": [
              {"group": "g", "seats": 1, "kind": "soft"},
              {"group": "h", "seats": 1, "kind": "soft"}]}}}, {"a": "V", "b": None, "c": "V"}),
        # Seats as many as may come.
        ({"students": {"a": ["V"]}, "vacancies": {"V": {"capacity": 10**30, "order": ["a"]}}},
         {"a": "V"}),
    ],
)  # fmt: skip
def test_a_market_at_the_edge_is_solved(
    data: dict[str, Any], placement: dict[str, str | None], tmp_path: Path
) -> None:
    assert json.loads(_solve(_written(tmp_path, data))) == placement
