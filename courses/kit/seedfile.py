"""Reading what people write by hand: YAML and Markdown, with file and line for every complaint.

A `SeedMap` is a dict that knows the line of each of its keys. Its readers (`text`, `number`,
`refs` …) check as they read; `done` then refuses keys nobody asked for, because they are typing
mistakes. The first mistake of a file stops its reading: nothing is written from a broken file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

import yaml

from courses.kit.calendars import NotADate, read_date


class SeedError(Exception):
    """A seed file is broken: which file, which line (from 1), why."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.path, self.line, self.reason = path, line, reason


@dataclass(frozen=True)
class Words:
    """A text in both languages."""

    fa: str
    en: str


class SeedMap(dict[str, Any]):
    """A mapping of a seed file."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__()
        self.path, self.line = path, line
        self.lines: dict[str, int] = {}
        self._read: set[str] = set()

    def refuse(self, reason: str, key: str | None = None) -> SeedError:
        """Return the complaint about a key of this mapping, or about the whole of it."""
        return SeedError(self.path, self.lines.get(key or "", self.line), reason)

    def _take(self, key: str, wanted: bool) -> Any:
        self._read.add(key)
        value = self.get(key)
        if value is None and wanted:
            raise self.refuse(f"“{key}” is missing", key)
        return value

    def done(self) -> None:
        """Refuse keys nobody has read."""
        for key in self:
            if key not in self._read:
                known = ", ".join(sorted(self._read))
                raise self.refuse(f"“{key}” is not known here (known: {known})", key)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text; without a default it must be there and not be empty."""
        value = self._take(key, default is None)
        if value is None:
            return default or ""
        if not isinstance(value, str) or not value.strip():
            raise self.refuse(f"“{key}” must be a text", key)
        return value.strip()

    def number(self, key: str, default: Any = ..., *, least: float = 0, whole: bool = True) -> Any:
        """Return a number of `least` or more; `default` where it is absent."""
        value = self._take(key, default is ...)
        if value is None:
            return default
        right = int if whole else (int, float)
        # Turned round, so that YAML's .nan is refused too.
        if isinstance(value, bool) or not isinstance(value, right) or not value >= least:
            raise self.refuse(f"“{key}” must be a number of {least} or more", key)
        return value

    def flag(self, key: str) -> bool:
        """Return true or false; absent is false."""
        value = self._take(key, False)
        if value is not None and not isinstance(value, bool):
            raise self.refuse(f"“{key}” must be true or false", key)
        return bool(value)

    def choice(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """Return one of the allowed words."""
        value = self.text(key, default)
        if value not in allowed and value != default:
            raise self.refuse(
                f"“{key}” is “{value}”; it must be one of {', '.join(sorted(allowed))}", key
            )
        return value

    def ref(self, key: str, known: Collection[str], what: str) -> str:
        """Return a code that must be known."""
        value = self.text(key)
        if value not in known:
            raise self.refuse(f"there is no {what} “{value}”", key)
        return value

    def refs(self, key: str, known: Collection[str], what: str, *, least: int = 0) -> list[str]:
        """Return a list of codes that must be known, each once."""
        values = self._take(key, least > 0) or []
        if not isinstance(values, list) or len(values) < least:
            raise self.refuse(f"“{key}” must be a list of {least} or more", key)
        for value in values:
            if not isinstance(value, str) or value not in known:
                raise self.refuse(f"there is no {what} “{value}”", key)
        if len(set(values)) != len(values):
            raise self.refuse(f"“{key}” names something twice", key)
        return list(values)

    def words(self, key: str, default: Words | None = None) -> Words:
        """Return a text in both languages, written `{fa: …, en: …}`."""
        value = self._take(key, default is None)
        if value is None and default is not None:
            return default
        if not isinstance(value, SeedMap):
            raise self.refuse(f"“{key}” must be written {{fa: …, en: …}}", key)
        found = Words(value.text("fa"), value.text("en"))
        value.done()
        return found

    def all_words(self, key: str) -> list[Words]:
        """Return a list of texts in both languages; absent is empty."""
        found = []
        for entry in self.maps(key):
            found.append(Words(entry.text("fa"), entry.text("en")))
            entry.done()
        return found

    def map(self, key: str) -> SeedMap:
        """Return a mapping inside this one."""
        value = self._take(key, True)
        if not isinstance(value, SeedMap):
            raise self.refuse(f"“{key}” must be a mapping", key)
        return value

    def maybe_map(self, key: str) -> SeedMap | None:
        """Return a mapping inside this one, or None where it is absent."""
        return self.map(key) if self._take(key, False) is not None else None

    def maps(self, key: str) -> list[SeedMap]:
        """Return a list of mappings inside this one; absent is empty."""
        values = self._take(key, False) or []
        if not isinstance(values, list) or not all(isinstance(v, SeedMap) for v in values):
            raise self.refuse(f"“{key}” must be a list of mappings", key)
        return values

    def texts(self, key: str, *, least: int = 0) -> list[str]:
        """Return a list of texts."""
        values = self._take(key, least > 0) or []
        right = isinstance(values, list) and len(values) >= least
        if not right or not all(isinstance(v, str) and v.strip() for v in values):
            raise self.refuse(f"“{key}” must be a list of {least} or more texts", key)
        return [value.strip() for value in values]

    def numbers(self, key: str, *, exactly: int) -> list[float] | None:
        """Return a list of so many numbers, or None where it is absent."""
        values = self._take(key, False)
        if values is None:
            return None
        right = isinstance(values, list) and len(values) == exactly
        if not right or not all(type(v) in (int, float) for v in values):
            raise self.refuse(f"“{key}” must be a list of {exactly} numbers", key)
        return list(values)

    def date(self, key: str) -> date:
        """Return a date written in the Jalali calendar, such as 1405-09-02."""
        value = self.text(key)
        try:
            return read_date(value)
        except NotADate:
            raise self.refuse(f"“{key}” is “{value}”; write a Jalali date", key) from None

    def clocks(self, key: str) -> tuple[time, time]:
        """Return two times of day, written `["08:30", "14:00"]`."""
        values = self.texts(key, least=2)
        try:
            first, second = (time.fromisoformat(value) for value in values)
        except ValueError:
            raise self.refuse(f'“{key}” must be two times such as "08:30"', key) from None
        return first, second

    def raw(self, key: str) -> Any:
        """Return plain data for a JSON column, with maps as dicts."""
        return _plain(self._take(key, True))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


class _Reader(yaml.SafeLoader):
    """Builds `SeedMap`s; dates stay text, because ours are Jalali."""


_Reader.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _build(path: Path, node: yaml.Node, reader: _Reader, shift: int) -> Any:
    if isinstance(node, yaml.MappingNode):
        found = SeedMap(path, node.start_mark.line + 1 + shift)
        for key_node, value_node in node.value:
            key = str(reader.construct_object(key_node))
            line = key_node.start_mark.line + 1 + shift
            if key in found:
                raise SeedError(path, line, f"“{key}” stands here twice")
            found.lines[key] = line
            found[key] = _build(path, value_node, reader, shift)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [_build(path, item, reader, shift) for item in node.value]
    return reader.construct_object(node)


def parse(path: Path, text: str, *, shift: int = 0) -> Any:
    """Return YAML as `SeedMap`s and lists; `shift` lines stood before it in the file."""
    try:
        reader = _Reader(text)
        node = reader.get_single_node()
        return None if node is None else _build(path, node, reader, shift)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = (mark.line + 1 if mark else 1) + shift
        raise SeedError(path, line, str(error.problem or error.context)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1 + shift
        sign = f"U+{error.character:04X}"
        raise SeedError(path, line, f"this sign may not stand here: {sign}") from error


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SeedError(path, 1, "the file is missing") from None
    except UnicodeDecodeError as error:
        raise SeedError(path, 1, f"this is not UTF-8 text ({error.reason})") from error


def read_map(path: Path) -> SeedMap:
    """Read a file that is one mapping."""
    found = parse(path, _text_of(path))
    if not isinstance(found, SeedMap):
        raise SeedError(path, 1, "the file must be one mapping of keys")
    return found


def read_maps(path: Path) -> Iterator[SeedMap]:
    """Read a file that is a list of mappings."""
    found = parse(path, _text_of(path))
    if not isinstance(found, list) or not all(isinstance(entry, SeedMap) for entry in found):
        raise SeedError(path, 1, "the file must be a list of entries, each beginning with “- ”")
    yield from found


def read_coded(path: Path) -> dict[str, SeedMap]:
    """Read a list of mappings that each have a `code` of their own."""
    found: dict[str, SeedMap] = {}
    for entry in read_maps(path):
        code = entry.text("code")
        if code in found:
            raise entry.refuse(f"“{code}” is a code of line {found[code].line} already", "code")
        found[code] = entry
    return found


def read_markdown(path: Path) -> tuple[SeedMap, str, int]:
    """Read a text with a head between `---` lines: return head, body, lines before the body."""
    lines = _text_of(path).splitlines()
    if not lines or lines[0].strip() != "---" or "---" not in (line.strip() for line in lines[1:]):
        raise SeedError(path, 1, "the file must begin with a head between two lines of ---")
    end = next(n for n, line in enumerate(lines[1:], start=1) if line.strip() == "---")
    head = parse(path, "\n".join(lines[1:end]), shift=1)
    if not isinstance(head, SeedMap):
        raise SeedError(path, 2, "the head must be a mapping of keys")
    return head, "\n".join(lines[end + 1 :]) + "\n", end + 1
