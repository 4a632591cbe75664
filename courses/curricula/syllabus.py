"""What a frozen version teaches, read from its bytes: programme, modules, lessons, questions.

`freeze_programme` writes a version's snapshot as plain data; this is the one place that reads it.
Everybody else asks a `Syllabus` by name, so a key that does not exist is found by the type checker
and not by a student. Nothing in a syllabus can be changed: it stands for bytes with a hash.

The snapshot names its schema. A new form gets a new number and a reader of its own beside the old
ones, because students stay with the version they began: schema 1 is read for ever. A number this
code does not know is refused, never guessed at.

The fields are those of the snapshot, so a missing or an unknown one is an error; the values are as
they were frozen, and go back into the same bytes (`Syllabus.plain`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, TypeAlias

from django.utils.translation import gettext_lazy as _

from courses.kit.refusal import Refusal

Plain: TypeAlias = "str | int | float | bool | Sequence[Plain] | Mapping[str, Plain] | None"


class UnknownSchema(Refusal):
    """A version was frozen by a newer program than this one."""

    code = "unknown_schema"
    sentence = _(
        "This version of the programme is written in a form (%(schema)s) that this site cannot "
        "read yet. The site must be updated first."
    )


@dataclass(frozen=True, slots=True)
class TaughtHours:
    """Hours in class, in practice and at a workplace."""

    theory: int
    practice: int
    workplace: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its answers, the number of the right one (from 1), and why it is right."""

    question: str
    options: tuple[str, ...]
    correct: int
    explanation: str


@dataclass(frozen=True, slots=True)
class Quiz:
    """The questions that end a lesson."""

    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a lesson's body: one of the blocks of `LessonBody`, and what it holds."""

    type: str
    # Not hashed: most blocks hold dictionaries.
    value: Quiz | Plain = field(hash=False)


@dataclass(frozen=True, slots=True)
class ModuleHeading:
    """What a lesson says of the module it stands in."""

    code: str
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson; progress hangs on its key, which outlives renaming, moving and reordering."""

    key: str
    slug: str
    title: str
    minutes: int
    body: tuple[Block, ...]
    module: ModuleHeading

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions of its quiz; a lesson without a quiz has none."""
        return tuple(
            question
            for block in self.body
            if isinstance(block.value, Quiz)
            for question in block.value.questions
        )

    @property
    def reading(self) -> list[Any]:
        """The body without its quiz, as plain blocks that `LessonBody` renders."""
        return [_plain(block) for block in self.body if not isinstance(block.value, Quiz)]


@dataclass(frozen=True, slots=True)
class Module:
    """A module with its lessons; `skills` are codes, as they stood."""

    code: str
    number: int
    title: str
    hours: TaughtHours
    outcomes: tuple[str, ...]
    criteria: tuple[str, ...]
    equipment: tuple[str, ...]
    safety: tuple[str, ...]
    under_18: str
    skills: tuple[str, ...]
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True, slots=True)
class Syllabus:
    """A programme as it stood when it was frozen; `occupations` are codes."""

    schema: int
    code: str
    title: str
    summary: str
    level: str
    hours: TaughtHours
    minimum_age: int
    prerequisites: str
    pass_mark: int
    occupations: tuple[str, ...]
    modules: tuple[Module, ...]

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """All lessons in order."""
        return tuple(lesson for module in self.modules for lesson in module.lessons)

    def lesson(self, key: str) -> Lesson | None:
        """Return the lesson of a key, or None."""
        return next((lesson for lesson in self.lessons if lesson.key == key), None)

    def plain(self) -> dict[str, Any]:
        """Return the snapshot this was read from."""
        snapshot: dict[str, Any] = _plain(self)
        return snapshot


def read(snapshot: Mapping[str, Any]) -> Syllabus:
    """Read a version's snapshot; refuses a schema this code does not know."""
    schema = snapshot.get("schema")
    reader = READERS.get(schema) if type(schema) is int else None
    if reader is None:
        raise UnknownSchema(schema=schema)
    try:
        return reader(snapshot)
    except (AttributeError, KeyError, TypeError) as error:
        # Django shows nothing where a template meets a TypeError; damaged bytes must be heard of.
        raise ValueError(f"not a snapshot of schema {schema}: {error}") from error


def _schema_1(snapshot: Mapping[str, Any]) -> Syllabus:
    return Syllabus(
        **{
            **snapshot,
            "hours": TaughtHours(**snapshot["hours"]),
            "occupations": tuple(snapshot["occupations"]),
            "modules": tuple(_module_1(module) for module in snapshot["modules"]),
        }
    )


def _module_1(module: Mapping[str, Any]) -> Module:
    heading = ModuleHeading(module["code"], module["number"], module["title"])
    lines = ("outcomes", "criteria", "equipment", "safety", "skills")
    return Module(
        **{
            **module,
            **{name: tuple(module[name]) for name in lines},
            "hours": TaughtHours(**module["hours"]),
            "lessons": tuple(_lesson_1(lesson, heading) for lesson in module["lessons"]),
        }
    )


def _lesson_1(lesson: Mapping[str, Any], heading: ModuleHeading) -> Lesson:
    body = tuple(_block_1(**block) for block in lesson["body"])
    return Lesson(**{**lesson, "body": body}, module=heading)


def _block_1(type: str, value: Any) -> Block:  # noqa: A002 - the snapshot's own word
    return Block(type, _quiz_1(**value) if type == "quiz" else value)


def _quiz_1(questions: Sequence[Mapping[str, Any]]) -> Quiz:
    return Quiz(tuple(Question(**{**one, "options": tuple(one["options"])}) for one in questions))


READERS: dict[int, Callable[[Mapping[str, Any]], Syllabus]] = {1: _schema_1}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {
            part.name: _plain(getattr(value, part.name))
            for part in fields(value)
            # A lesson's module is where it stands, not what it holds.
            if part.name != "module"
        }
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
