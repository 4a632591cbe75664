"""State machines as tables, the one way to move a row through them, and the one lock."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, overload

from django.db import models, transaction

from courses.kit import audit
from courses.kit.refusal import IllegalMove, Refusal

Row = TypeVar("Row", bound=models.Model)
Guard = Callable[[datetime], models.Q]


@dataclass(frozen=True)
class Move:
    """One allowed move: the verb, the states it may start from, the state it leads to, who.

    `guard` makes the further condition that must hold in the row at the moment of the move;
    `line` is the verb in the trail, where that is not the move's own.
    """

    verb: str
    sources: Collection[str]
    target: str
    who: str
    guard: Guard | None = None
    line: str = ""

    def __post_init__(self) -> None:
        """Keep states as the text the database holds."""
        object.__setattr__(self, "sources", frozenset(map(str, self.sources)))
        object.__setattr__(self, "target", str(self.target))


class Moves:
    """The table of one state machine; the moves are data, so that tests can enumerate every pair.

    `field` is the column that holds the state. `elsewhere` is refused with where the row stands
    in a state the verb does not start from; `overtaken` where it stood in one when it was read
    and somebody was faster, or the guard does not hold.
    """

    def __init__(
        self,
        moves: Iterable[Move],
        *,
        field: str = "state",
        elsewhere: type[Refusal] = IllegalMove,
        overtaken: type[Refusal] | None = None,
    ) -> None:
        """Take the rows of the table."""
        self._moves = {move.verb: move for move in moves}
        self.field = field
        self.elsewhere = elsewhere
        self.overtaken = overtaken or elsewhere

    def __iter__(self) -> Iterator[Move]:
        return iter(self._moves.values())

    def __getitem__(self, verb: str) -> Move:
        return self._moves[verb]

    def allows(self, verb: str, state: str) -> bool:
        """Tell whether the verb may be done from this state."""
        return str(state) in self._moves[verb].sources

    def target(self, verb: str, state: str) -> str:
        """Return the state the verb leads to; refuse when the table has no such move."""
        if not self.allows(verb, state):
            raise self.elsewhere
        return self._moves[verb].target


def move(
    row: Row,
    moves: Moves,
    verb: str,
    *,
    by: models.Model | None,
    at: datetime,
    reason: str = "",
    about: models.Model | None = None,
    facts: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Row:
    """Make one move of a table, with the columns that change with it, and write its line.

    The UPDATE asks for the state the row was read in: of two who move at once one is refused, and
    nobody moves what they have not seen. `changes` are plain values; the row in memory gets them.
    `facts` go into the line. A line `about` another thing has no states: they are the row's.
    Call it inside `atomic`.
    """
    _must_be_atomic()
    step, before = moves[verb], str(getattr(row, moves.field))
    changes[moves.field] = moves.target(verb, before)
    if any(hasattr(value, "resolve_expression") for value in changes.values()):
        raise TypeError("a move writes plain values: the row in memory gets them too")
    here = row._meta.model._base_manager.filter(**{"pk": row.pk, moves.field: before})
    if step.guard is not None:
        here = here.filter(step.guard(at))
    if not here.update(**changes):
        raise moves.overtaken
    for name, value in changes.items():
        setattr(row, name, value)
    states = {} if about else {"from_state": before, "to_state": step.target}
    audit.record(
        about or row, step.line or verb, by=by, at=at, reason=reason, **states, **(facts or {})
    )
    return row


def move_all(rows: models.QuerySet[Any], moves: Moves, verb: str, **changes: Any) -> int:
    """Move whatever of many rows stands where the verb starts; return how many moved.

    It is one guarded UPDATE and leaves no lines: the caller writes one about all of them, or the
    rows themselves are the record.
    """
    starts = {f"{moves.field}__in": sorted(moves[verb].sources)}
    return rows.filter(**starts).update(**{moves.field: moves[verb].target}, **changes)


@overload
def lock(what: models.QuerySet[Row]) -> list[Row]: ...
@overload
def lock(what: Row, *, fields: Collection[str] | None = None) -> Row: ...
def lock(
    what: models.QuerySet[Any] | models.Model, *, fields: Collection[str] | None = None
) -> object:
    """Let every other writer of a row, or of rows, wait until this transaction ends.

    One row is read anew, whole or only these `fields`; of a queryset the rows that still fit when
    it is our turn are returned, locked in the order of their keys. PostgreSQL locks the rows as an
    UPDATE would, so that rows which point at them may still be written; on SQLite the transaction
    itself has waited, for it began IMMEDIATE. Nothing is written on either.
    """
    _must_be_atomic()
    if isinstance(what, models.QuerySet):
        return list(_held(what.order_by("pk")))
    what.refresh_from_db(
        fields=list(fields) if fields else None,
        from_queryset=_held(what._meta.model._base_manager.all()),
    )
    return what


def claim(rows: models.QuerySet[Any], most: int) -> list[Any]:
    """Return the keys of the first so many rows that nobody else holds; wait for none.

    For workers who share a heap: what one has taken up, the next passes over.
    """
    _must_be_atomic()
    return list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:most])


def _held(rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
    return rows.select_for_update(of=("self",), no_key=True)


def _must_be_atomic() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("there is no transaction that this could hold")
