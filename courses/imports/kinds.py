"""The kinds of import: each room declares its own in its `import_kinds.py`, found at start-up.

A kind says which columns a file may have, who may import for which subject, and what one row
means. The machinery in this room does the rest: reading, guessing columns, checking in steps,
taking in, receipts, undoing.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.forms import Field
from django.http import Http404
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.imports.states import LEAVE_OUT, Outcome, Verdict
from courses.kit.refusal import Refusal
from courses.kit.tables import Table, read_table
from courses.people.models import User

LANGUAGES = ("fa", "en")
LONGEST_TYPED = 80


@dataclass(frozen=True)
class Column:
    """A column a file may have: how it is called, how a cell is read, what it looks like.

    `names` are the headers it is known by besides its label; `field` reads a cell, raising
    Django's ValidationError. `needed`: the file must have the column.
    """

    name: str
    label: str | Promise
    field: Field
    names: tuple[str, ...] = ()
    needed: bool = False
    example: str = ""


Fault = dict[str, str]


def fault(column: str, error: ValidationError | Refusal | Promise, typed: str = "") -> Fault:
    """Return what is wrong with a cell, or with a row (`column` empty), in every language."""
    said = {"column": column, "typed": typed[:LONGEST_TYPED]}
    for language in LANGUAGES:
        with translation.override(language):
            said[language] = (
                " ".join(map(str, error.messages))
                if isinstance(error, ValidationError)
                else str(error)
            )
    return said


@dataclass
class Draft:
    """A row as it was read: cleaned values by column name, and what could not be read.

    `answer` is what somebody decided of it, where the kind had asked.
    """

    number: int
    values: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)
    answer: str = ""


Question = dict[str, Any]


def question(sentence: str | Promise, answers: Mapping[str, str | Promise]) -> Question:
    """Return what a kind asks about a row, in every language; to leave it out is always possible.

    `answers` are what may be said, by key; the kind reads the key back in `Draft.answer`.
    """
    offered = {**answers, LEAVE_OUT: _("Leave the line out")}
    return in_languages(sentence) | {
        "answers": [{"key": key} | in_languages(label) for key, label in offered.items()]
    }


def in_languages(sentence: str | Promise) -> dict[str, str]:
    """Return a sentence by language, as rows keep it."""
    said = {}
    for language in LANGUAGES:
        with translation.override(language):
            said[language] = str(sentence)
    return said


def keys_of(asked: Question | None) -> list[str]:
    """Return the keys of a question's answers."""
    return [one["key"] for one in asked["answers"]] if asked else []


@dataclass(frozen=True)
class Judgement:
    """What a kind says of a draft: a label people recognise it by, its verdict, further faults.

    Under the verdict LOOK `asked` is the question (see `question`).
    """

    label: str
    verdict: Verdict
    faults: tuple[Fault, ...] = ()
    asked: Question | None = None


@dataclass(frozen=True)
class Effect:
    """What taking a row in came to; `made` are the JSON-ready keys that undoing needs."""

    outcome: Outcome
    made: Mapping[str, Any] = field(default_factory=dict)


class Import(ABC):
    """One import of one kind for one subject, by one person: what judges, makes and unmakes rows.

    It lives for one step in the background; `judge` sees every row of the file in order, in
    portions, so it can remember what came before.
    """

    @abstractmethod
    def judge(self, drafts: Sequence[Draft]) -> list[Judgement]:
        """Return a judgement a draft, in a number of queries that does not grow with them."""

    @abstractmethod
    def make(self, draft: Draft) -> Effect:
        """Take a row in, through the room's own actions; raise Refusal. In a transaction.

        A row that was asked about comes with its `answer`, and only while the question stands.
        """

    def may_answer(self, key: str) -> None:
        """Raise Refusal where the importing person may not give this answer now."""
        return

    @abstractmethod
    def unmake(self, made: Mapping[str, Any]) -> None:
        """Undo what a row made; raise Refusal where it has been used since. In a transaction."""


class ImportKind(ABC):
    """A kind of import."""

    code: ClassVar[str]
    title: ClassVar[str | Promise]
    note: ClassVar[str | Promise] = ""
    # What comes next for whoever has pressed the button.
    after: ClassVar[str | Promise] = ""
    columns: ClassVar[tuple[Column, ...]]

    @abstractmethod
    def subject_or_404(self, user: User, subject: str) -> Any:
        """Return what the subject's name stands for; raise Http404 or NotAllowed."""

    @abstractmethod
    def describe(self, subject: Any) -> tuple[str, str]:
        """Return the subject's title and the address of its page."""

    @abstractmethod
    def begin(self, subject: Any, *, by: User, at: datetime, undoing: bool = False) -> Import:
        """Return what does the work; raise Refusal where nothing can be imported now.

        What was imported may be taken back (`undoing`) for a day, whatever the dates say by then.
        """

    def read(self, name: str, data: bytes, subject: Any) -> Table:
        """Read a file; raise UnreadableTable, or another Refusal."""
        return read_table(name, data)

    def column(self, name: str) -> Column | None:
        """Return a column by its name."""
        return next((one for one in self.columns if one.name == name), None)


KINDS: dict[str, ImportKind] = {}


def register(kind: type[ImportKind]) -> type[ImportKind]:
    """Make a kind known under its code."""
    KINDS[kind.code] = kind()
    return kind


def kind_or_404(code: str) -> ImportKind:
    """Return a kind by its code."""
    if code not in KINDS:
        raise Http404
    return KINDS[code]
