"""Reading hand-written files: what is right is read, what is wrong names file, line and reason."""

from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from courses.kit.seedfile import (
    SeedError,
    SeedMap,
    Words,
    parse,
    read_coded,
    read_map,
    read_maps,
    read_markdown,
)

HERE = Path("folder/file.yaml")


def a_map(text: str) -> SeedMap:
    """Return a mapping as if it stood below the first line of a file."""
    found = parse(HERE, f"first: 1\n{text}")
    assert isinstance(found, SeedMap)
    return found


def file_of(folder: Path, text: str) -> Path:
    """Write a file and return its path."""
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_refusal_says_file_line_and_reason() -> None:
    error = SeedError(HERE, 7, "so it is")
    assert (str(error), error.path, error.line, error.reason) == (
        "folder/file.yaml:7: so it is",
        HERE,
        7,
        "so it is",
    )


def test_every_reader_reads_what_is_right() -> None:
    found = a_map(
        "text: ' متن '\nwhole: 3\nhalf: 2.5\nflag: true\nword: one\nref: a\nrefs: [b, a]\n"
        "words: {fa: آ, en: A}\nall: [{fa: آ, en: A}, {fa: ب, en: B}]\nmap: {x: 1}\n"
        "maps: [{x: 1}, {x: 2}]\ntexts: [' a ', b]\nnumbers: [38.1, 46]\ndate: 1405-09-02\n"
        "clocks: ['08:30', '14:00']\nraw: {a: [{b: 1}]}\n"
    )
    known = {"a", "b"}
    assert found.number("first") == 1
    assert found.text("text") == "متن"
    assert (found.number("whole"), found.number("half", whole=False)) == (3, 2.5)
    assert found.flag("flag") is True
    assert found.choice("word", ["one", "two"]) == "one"
    assert found.ref("ref", known, "letter") == "a"
    assert found.refs("refs", known, "letter", least=2) == ["b", "a"]
    assert found.words("words") == Words("آ", "A")
    assert found.all_words("all") == [Words("آ", "A"), Words("ب", "B")]
    assert found.map("map") == {"x": 1}
    assert found.maybe_map("map") == {"x": 1}
    assert [entry["x"] for entry in found.maps("maps")] == [1, 2]
    assert found.texts("texts", least=2) == ["a", "b"]
    assert found.numbers("numbers", exactly=2) == [38.1, 46]
    assert found.date("date") == date(2026, 11, 23)
    assert found.clocks("clocks") == (time(8, 30), time(14))
    raw = found.raw("raw")
    assert raw == {"a": [{"b": 1}]}
    assert (type(raw), type(raw["a"][0])) == (dict, dict)
    found.done()


def test_what_may_be_absent_has_a_default() -> None:
    found = a_map("")
    assert found.text("a", "") == ""
    assert found.text("a", "some") == "some"
    assert found.number("b", None) is None
    assert found.number("b", 4) == 4
    assert found.flag("c") is False
    assert found.choice("d", ["one"], "other") == "other"
    assert (found.refs("e", [], "letter"), found.texts("e"), found.maps("e")) == ([], [], [])
    assert found.all_words("e") == []
    assert found.words("f", Words("", "")) == Words("", "")
    assert found.maybe_map("g") is None
    assert found.numbers("h", exactly=2) is None
    assert found.lines == {"first": 1}


READERS: dict[str, Callable[[SeedMap], Any]] = {
    "text": lambda m: m.text("key"),
    "number": lambda m: m.number("key"),
    "choice": lambda m: m.choice("key", ["one"]),
    "ref": lambda m: m.ref("key", ["one"], "letter"),
    "refs": lambda m: m.refs("key", ["one"], "letter", least=1),
    "words": lambda m: m.words("key"),
    "map": lambda m: m.map("key"),
    "texts": lambda m: m.texts("key", least=1),
    "date": lambda m: m.date("key"),
    "clocks": lambda m: m.clocks("key"),
    "raw": lambda m: m.raw("key"),
}


@pytest.mark.parametrize("reader", READERS)
def test_what_is_missing_is_complained_of_at_its_mapping(reader: str) -> None:
    outer = a_map("inner:\n  other: 1\n")
    with pytest.raises(SeedError) as caught:
        READERS[reader](outer.map("inner"))
    assert str(caught.value) == "folder/file.yaml:3: “key” is missing"


@pytest.mark.parametrize("reader", READERS)
def test_what_is_empty_is_complained_of_at_its_key(reader: str) -> None:
    with pytest.raises(SeedError) as caught:
        READERS[reader](a_map("key:\n"))
    assert str(caught.value) == "folder/file.yaml:2: “key” is missing"


FA_EN = "“key” must be written {fa: …, en: …}"
CLOCKS = '“key” must be two times such as "08:30"'


@pytest.mark.parametrize(
    ("text", "read", "line", "reason"),
    [
        ("key: 3", lambda m: m.text("key"), 2, "“key” must be a text"),
        ("key: '  '", lambda m: m.text("key"), 2, "“key” must be a text"),
        ("key: [a]", lambda m: m.text("key", "x"), 2, "“key” must be a text"),
        ("key: three", lambda m: m.number("key"), 2, "“key” must be a number of 0 or more"),
        ("key: true", lambda m: m.number("key"), 2, "“key” must be a number of 0 or more"),
        ("key: 2.5", lambda m: m.number("key"), 2, "“key” must be a number of 0 or more"),
        ("key: 2", lambda m: m.number("key", least=3), 2, "“key” must be a number of 3 or more"),
        ("key: -0.5", lambda m: m.number("key", None, whole=False), 2,
         "“key” must be a number of 0 or more"),
        ("key: .nan", lambda m: m.number("key", whole=False), 2,
         "“key” must be a number of 0 or more"),
        ("key: maybe", lambda m: m.flag("key"), 2, "“key” must be true or false"),
        ("key: 1", lambda m: m.flag("key"), 2, "“key” must be true or false"),
        ("key: [yes]", lambda m: m.flag("key"), 2, "“key” must be true or false"),
        ("key: three", lambda m: m.choice("key", {"two", "one"}), 2,
         "“key” is “three”; it must be one of one, two"),
        ("key: c", lambda m: m.ref("key", {"a"}, "letter"), 2, "there is no letter “c”"),
        ("key: a", lambda m: m.refs("key", {"a"}, "letter"), 2,
         "“key” must be a list of 0 or more"),
        ("key: [a]", lambda m: m.refs("key", {"a"}, "letter", least=2), 2,
         "“key” must be a list of 2 or more"),
        ("key: []", lambda m: m.refs("key", {"a"}, "letter", least=1), 2,
         "“key” must be a list of 1 or more"),
        ("key: [a, c]", lambda m: m.refs("key", {"a"}, "letter"), 2, "there is no letter “c”"),
        ("key: [a, [c]]", lambda m: m.refs("key", {"a"}, "letter"), 2,
         "there is no letter “['c']”"),
        ("key: [{a: 1}]", lambda m: m.refs("key", {"a"}, "letter"), 2,
         "there is no letter “{'a': 1}”"),
        ("key: [a, a]", lambda m: m.refs("key", {"a"}, "letter"), 2,
         "“key” names something twice"),
        ("key: a", lambda m: m.words("key"), 2, FA_EN),
        ("key: [a]", lambda m: m.words("key", Words("", "")), 2, FA_EN),
        ("key:\n  fa: a", lambda m: m.words("key"), 3, "“en” is missing"),
        ("key:\n  fa: a\n  en: b\n  de: c", lambda m: m.words("key"), 5,
         "“de” is not known here (known: en, fa)"),
        ("key:\n- fa: a\n  en: b\n- fa: a", lambda m: m.all_words("key"), 5, "“en” is missing"),
        ("key:\n- fa: a\n  en: b\n  de: c", lambda m: m.all_words("key"), 5,
         "“de” is not known here (known: en, fa)"),
        ("key: a", lambda m: m.map("key"), 2, "“key” must be a mapping"),
        ("key: [a]", lambda m: m.maybe_map("key"), 2, "“key” must be a mapping"),
        ("key: {a: 1}", lambda m: m.maps("key"), 2, "“key” must be a list of mappings"),
        ("key: [{a: 1}, b]", lambda m: m.maps("key"), 2, "“key” must be a list of mappings"),
        ("key: a", lambda m: m.texts("key"), 2, "“key” must be a list of 0 or more texts"),
        ("key: [a]", lambda m: m.texts("key", least=2), 2,
         "“key” must be a list of 2 or more texts"),
        ("key: [a, 1]", lambda m: m.texts("key"), 2, "“key” must be a list of 0 or more texts"),
        ("key: [a, ' ']", lambda m: m.texts("key"), 2, "“key” must be a list of 0 or more texts"),
        ("key: 1", lambda m: m.numbers("key", exactly=2), 2, "“key” must be a list of 2 numbers"),
        ("key: [1]", lambda m: m.numbers("key", exactly=2), 2,
         "“key” must be a list of 2 numbers"),
        ("key: [1, a]", lambda m: m.numbers("key", exactly=2), 2,
         "“key” must be a list of 2 numbers"),
        ("key: [1, true]", lambda m: m.numbers("key", exactly=2), 2,
         "“key” must be a list of 2 numbers"),
        ("key: 1405-13-02", lambda m: m.date("key"), 2,
         "“key” is “1405-13-02”; write a Jalali date"),
        ("key: tomorrow", lambda m: m.date("key"), 2, "“key” is “tomorrow”; write a Jalali date"),
        ("key: ['08:30']", lambda m: m.clocks("key"), 2,
         "“key” must be a list of 2 or more texts"),
        ("key: ['08:30', noon]", lambda m: m.clocks("key"), 2, CLOCKS),
        ("key: ['08:30', '09:00', '10:00']", lambda m: m.clocks("key"), 2, CLOCKS),
    ],
)  # fmt: skip
def test_every_reader_refuses_what_is_wrong(
    text: str, read: Callable[[SeedMap], Any], line: int, reason: str
) -> None:
    with pytest.raises(SeedError) as caught:
        read(a_map(text))
    assert (caught.value.path, caught.value.line, caught.value.reason) == (HERE, line, reason)


def test_keys_nobody_asked_for_are_typing_mistakes() -> None:
    found = a_map("titel: a\n")
    found.number("first")
    found.text("title", "")
    with pytest.raises(SeedError) as caught:
        found.done()
    assert str(caught.value) == (
        "folder/file.yaml:2: “titel” is not known here (known: first, title)"
    )


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "“a” stands here twice"),
        ("a: 1\n b: 2\n", 2, "mapping values are not allowed here"),
        ("a: 1\nb: [1, 2\n", 3, "expected ',' or ']', but got '<stream end>'"),
        ("a: 1\nb: !!python/name:os.system ''\n", 2,
         "could not determine a constructor for the tag "
         "'tag:yaml.org,2002:python/name:os.system'"),
        ("a: 1\n---\nb: 2\n", 2, "but found another document"),
        ("a: 1\nb: \x07\n", 2, "this sign may not stand here: U+0007"),
    ],
)  # fmt: skip
def test_broken_yaml_is_refused_where_it_breaks(text: str, line: int, reason: str) -> None:
    with pytest.raises(SeedError) as caught:
        parse(HERE, text, shift=10)
    assert (caught.value.path, caught.value.line, caught.value.reason) == (
        HERE,
        line + 10,
        reason,
    )


def test_nothing_is_read_from_an_empty_text() -> None:
    assert parse(HERE, "# a remark\n") is None


def test_read_map_wants_one_mapping(tmp_path: Path) -> None:
    assert read_map(file_of(tmp_path, "a: 1\n")) == {"a": 1}
    for text in ("- a: 1\n", "", "word\n"):
        path = file_of(tmp_path, text)
        with pytest.raises(SeedError) as caught:
            read_map(path)
        assert str(caught.value) == f"{path}:1: the file must be one mapping of keys"


def test_read_maps_wants_a_list_of_mappings(tmp_path: Path) -> None:
    assert list(read_maps(file_of(tmp_path, "- a: 1\n- a: 2\n"))) == [{"a": 1}, {"a": 2}]
    for text in ("a: 1\n", "", "- a: 1\n- word\n"):
        path = file_of(tmp_path, text)
        with pytest.raises(SeedError) as caught:
            list(read_maps(path))
        assert str(caught.value) == (
            f"{path}:1: the file must be a list of entries, each beginning with “- ”"
        )


def test_read_coded_wants_every_code_once(tmp_path: Path) -> None:
    found = read_coded(file_of(tmp_path, "- code: b\n  n: 1\n- code: a\n"))
    assert list(found) == ["b", "a"]
    assert found["b"].number("n") == 1
    path = file_of(tmp_path, "- code: a\n- n: 1\n  code: a\n")
    with pytest.raises(SeedError) as caught:
        read_coded(path)
    assert str(caught.value) == f"{path}:3: “a” is a code of line 1 already"


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SeedError) as caught:
        read_map(tmp_path / "none.yaml")
    assert str(caught.value) == f"{tmp_path / 'none.yaml'}:1: the file is missing"
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"a: \xe9\xe9\n")
    with pytest.raises(SeedError) as caught:
        read_map(path)
    assert (caught.value.path, caught.value.line) == (path, 1)
    assert caught.value.reason.startswith("this is not UTF-8 text (")


def test_read_markdown_gives_head_body_and_the_lines_before(tmp_path: Path) -> None:
    path = file_of(tmp_path, "---\ntitle: a\norder: 2\n---\n## One\n\ntext\n")
    head, body, shift = read_markdown(path)
    assert (head.text("title"), head.lines) == ("a", {"title": 2, "order": 3})
    assert (body, shift) == ("## One\n\ntext\n", 4)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "the file must begin with a head between two lines of ---"),
        ("title: a\n", 1, "the file must begin with a head between two lines of ---"),
        ("---\ntitle: a\n", 1, "the file must begin with a head between two lines of ---"),
        ("---\n---\ntext\n", 2, "the head must be a mapping of keys"),
        ("---\n- a\n---\ntext\n", 2, "the head must be a mapping of keys"),
        ("---\ntitle: a\ntitle: b\n---\n", 3, "“title” stands here twice"),
    ],
)
def test_read_markdown_refuses_a_broken_head(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    path = file_of(tmp_path, text)
    with pytest.raises(SeedError) as caught:
        read_markdown(path)
    assert str(caught.value) == f"{path}:{line}: {reason}"
