"""Rows and cells: what may stand in them, and how they refuse."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from courses.imports.oneroster.refusals import DanglingReference, WrongCell

LONGEST_CELL = 2000
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_ID = re.compile(r"[0-9A-Za-z._/@\-]{1,255}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EXTENSION = re.compile(r"ext:[A-Za-z0-9.\-_]+")


@dataclass(frozen=True)
class Row:
    """One row of a table: the cells by column, and where it stands."""

    file: str
    line: int
    cells: dict[str, str]

    @property
    def place(self) -> str:
        """Return the file and line, as refusals name it."""
        return f"{self.file}.csv:{self.line}"

    def wrong(self, column: str) -> WrongCell:
        """Return the refusal of a cell."""
        return WrongCell(place=self.place, column=column)

    def dangling(self, column: str) -> DanglingReference:
        """Return the refusal of a reference."""
        return DanglingReference(place=self.place, column=column)

    def text(self, column: str, *, needed: bool = False) -> str:
        """Return a cell; refuse one that is too long, or empty where it is needed."""
        text = self.cells.get(column, "")
        if len(text) > LONGEST_CELL or (needed and not text.strip()):
            raise self.wrong(column)
        return text

    def sourced_id(self, column: str = "sourcedId") -> str:
        """Return an identifier as the standard allows it."""
        if not _ID.fullmatch(text := self.text(column)):
            raise self.wrong(column)
        return text

    def word(self, column: str, words: Iterable[str], *, needed: bool = True) -> str:
        """Return one of the vocabulary's words, or an extension of it."""
        text = self.text(column, needed=needed)
        if text and text not in words and not _EXTENSION.fullmatch(text):
            raise self.wrong(column)
        return text

    def day(self, column: str) -> date | None:
        """Return a date, or None where the cell is empty."""
        if not (text := self.text(column)):
            return None
        try:
            if _DATE.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        raise self.wrong(column)

    def span(self, begin: str, end: str) -> tuple[date | None, date | None]:
        """Return two dates in order."""
        first, after = self.day(begin), self.day(end)
        if first and after and after < first:
            raise self.wrong(end)
        return first, after

    def reference(self, column: str, known: Iterable[str], *, needed: bool = True) -> str:
        """Return the identifier of a row that is there."""
        text = self.text(column, needed=needed)
        if text and text not in known:
            raise self.dangling(column)
        return text


Tables = dict[str, list[Row]]
