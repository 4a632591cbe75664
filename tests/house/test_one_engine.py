"""Rows are locked and moved by `kit.moves` alone: whatever else does it is found in the source."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from courses.kit.moves import Moves

COURSES = Path(settings.ROOT) / "courses"
ENGINE = COURSES / "kit" / "moves.py"
SQL_LOCKS = ("FOR UPDATE", "FOR NO KEY UPDATE", "FOR SHARE", "LOCK TABLE")
# Where a row gets its first state, or a fact that was read to be written; each with its reason.
ALLOWED = {
    # A new round is a draft, whatever the form says.
    ("matching/actions/rounds.py", "draft_round", "sets .state"),
    # A new batch that lacks columns is not checked; it is not saved yet.
    ("imports/actions/batches.py", "receive", "sets .state"),
    # The password has just been made; the condition is the one of before.
    ("notices/actions/welcome.py", "begin_with", "writes back .password"),
}


def _columns_that_move() -> dict[str, set[str]]:
    """Return which columns hold a state that has a table, and the models' names by column."""
    found: dict[str, set[str]] = {}
    for room in apps.get_app_configs():
        if not (COURSES / room.label / "states.py").exists():
            continue
        states = vars(import_module(f"{room.name}.states")).values()
        for table in (value for value in states if isinstance(value, Moves)):
            reached = {state for move in table for state in (*move.sources, move.target)}
            holders = {
                model.__name__
                for model in room.get_models()
                for column in model._meta.concrete_fields
                if column.name == table.field
                and isinstance(column, models.CharField)
                and reached <= {value for value, _label in column.flatchoices}
            }
            assert holders, f"no model of {room.label} has the states of a table"
            found.setdefault(table.field, set()).update(holders)
    return found


COLUMNS = _columns_that_move()


def _moves_in(module: str) -> set[str]:
    """Return the columns that hold states in a module; `answer` is a text almost everywhere."""
    return {
        column
        for column, holders in COLUMNS.items()
        if column == "state" or any(name in module for name in holders)
    }


def _written(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Yield what an update writes, by column; also out of a dictionary that is spelled out."""
    for word in call.keywords:
        if word.arg is not None:
            yield word.arg, word.value
        elif isinstance(word.value, ast.Dict):
            for key, value in zip(word.value.keys, word.value.values, strict=True):
                if isinstance(key, ast.Constant):
                    yield str(key.value), value


def _is_itself(column: str, value: ast.expr) -> bool:
    """Tell whether a column is written as it is: `queued=F("queued")`."""
    return isinstance(value, ast.Call) and [
        one.value for one in value.args if isinstance(one, ast.Constant)
    ] == [column]


def _of_update(call: ast.Call, states: set[str]) -> Iterator[str]:
    written = dict(_written(call))
    yield from (f"updates {column}" for column in sorted(states & written.keys()))
    for column, value in written.items():
        if _is_itself(column, value):
            yield f"writes {column} as it is"
        # Beside others it may be copied from another thing; alone it is a lock.
        elif len(written) == 1 and isinstance(value, ast.Attribute) and value.attr == column:
            yield f"writes back .{column}"


def _of_call(call: ast.Call, states: set[str]) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    function = call.func.id if isinstance(call.func, ast.Name) else ""
    if function.islower() and function not in {"move", "dict"}:
        # A state on its way to an update that stands elsewhere.
        yield from (f"passes {word.arg} on" for word in call.keywords if word.arg in states)
    if name == "select_for_update":
        yield "select_for_update"
    elif name == "update":
        yield from _of_update(call, states)
    elif name in {"save", "bulk_update", "bulk_create", "update_or_create"}:
        inside = list(ast.walk(call))
        named = {one.value for one in inside if isinstance(one, ast.Constant)}
        if name == "update_or_create":
            named |= {one.arg for one in inside if isinstance(one, ast.keyword)}
        yield from (f"{name}s {column}" for column in sorted(states & named))


def _of(node: ast.AST, states: set[str]) -> Iterator[str]:
    if isinstance(node, ast.Call):
        yield from _of_call(node, states)
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        if node.attr in states:
            yield f"sets .{node.attr}"
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from ("locks by SQL" for lock in SQL_LOCKS if lock in node.value)


def _of_changes(function: ast.FunctionDef, states: set[str]) -> Iterator[str]:
    """Yield the states in dictionaries of a function that updates with what it has gathered."""
    inside = list(ast.walk(function))
    gathers = any(
        isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)
        and one.func.attr == "update"
        and any(word.arg is None and not isinstance(word.value, ast.Dict) for word in one.keywords)
        for one in inside
    )  # fmt: skip
    kept = {
        key.value
        for one in inside
        for key in (one.keys if isinstance(one, ast.Dict) else
                    [one.slice] if isinstance(one, ast.Subscript) else [])
        if isinstance(key, ast.Constant)
    }  # fmt: skip
    if gathers:
        yield from (f"gathers {column}" for column in sorted(states & kept))


def found_in(module: str) -> list[tuple[str, str]]:
    """Return (function, what it does) for whatever in a module's text locks or moves by itself."""
    states = _moves_in(module)
    found: list[tuple[str, str]] = []

    def walk(node: ast.AST, within: str) -> None:
        if isinstance(node, ast.FunctionDef):
            within = node.name
            found.extend((within, what) for what in _of_changes(node, states))
        found.extend((within, what) for what in _of(node, states))
        for child in ast.iter_child_nodes(node):
            walk(child, within)

    walk(ast.parse(module), "")
    return found


def test_nobody_else_locks_or_moves() -> None:
    found = {
        (str(path.relative_to(COURSES)), within, what)
        for path in COURSES.rglob("*.py")
        if "migrations" not in path.parts and path != ENGINE
        for within, what in found_in(path.read_text(encoding="utf-8"))
    }
    assert found == ALLOWED


def test_the_columns_that_move_are_these() -> None:
    assert {
        "answer": {"MatchOutcome"},
        "state": {"Batch", "Enrolment", "MatchRound", "Message", "Objection", "SeatChange",
                  "Vacancy"},
    } == COLUMNS  # fmt: skip


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("User.objects.select_for_update().get(pk=1)", "select_for_update"),
        ("rows.select_for_update(skip_locked=True)", "select_for_update"),
        ('Intake.objects.filter(pk=1).update(queued=F("queued"))', "writes queued as it is"),
        ('Intake.objects.update(queued=models.F("queued"))', "writes queued as it is"),
        ('rows.update(**{"queued": F("queued")})', "writes queued as it is"),
        ("MatchRound.objects.filter(pk=r.pk).update(title_fa=r.title_fa)", "writes back .title_fa"),
        ("Vacancy.objects.filter(pk=1).update(state=target)", "updates state"),
        ("rows.update(**{'state': target})", "updates state"),
        ("MatchOutcome.objects.update(answer=target)", "updates answer"),
        ("vacancy.state = target", "sets .state"),
        ("a, vacancy.state = 1, target", "sets .state"),
        ('vacancy.save(update_fields=["state"])', "saves state"),
        ('Vacancy.objects.bulk_update(rows, ["state"])', "bulk_updates state"),
        ('V.objects.update_or_create(pk=1, defaults={"state": "x"})', "update_or_creates state"),
        ("V.objects.update_or_create(pk=1, defaults=dict(state=2))", "update_or_creates state"),
        ('V.objects.bulk_create(rows, update_fields=["state"])', "bulk_creates state"),
        ('changes = {"state": target}; rows.update(**changes)', "gathers state"),
        ('changes["state"] = target; rows.update(at=at, **changes)', "gathers state"),
        ("_mark(message, state=State.SENT)", "passes state on"),
        ('cursor.execute("SELECT 1 FROM intake FOR UPDATE")', "locks by SQL"),
        ('cursor.execute(f"LOCK TABLE {name}")', "locks by SQL"),
    ],
)
def test_every_other_spelling_is_found(line: str, what: str) -> None:
    assert found_in(f"def act():\n    {line}\n") == [("act", what)]


@pytest.mark.parametrize(
    "line",
    [
        'SeatPool.objects.filter(pk=1).update(taken=F("taken") + 1)',
        "Batch.objects.filter(pk=1, state=State.CHECKED).update(beat_at=at)",
        "Objection.objects.update(answer=text)",
        "Enrolment.objects.create(state=State.HELD)",
        'move(batch, MOVES, "drop", by=by, at=at)',
        "lock(Intake.objects.filter(pk=1))",
        "found.update(read(path))",
        'row.save(update_fields=["answer"])',
        "if vacancy.state == before: pass",
        'return {"state": batch.state}',
        "Batch(state=State.CHECKING).save()",
    ],
)
def test_what_neither_locks_nor_moves_is_left_alone(line: str) -> None:
    assert found_in(f"def act():\n    {line}\n") == []
