"""What people decide about a batch: give the file, name columns, take in, undo, drop."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from courses.imports import queries, rules
from courses.imports.kinds import KINDS, ImportKind, keys_of
from courses.imports.models import Batch, Row
from courses.imports.refusals import (
    AnsweredOtherwise,
    ColumnsMissing,
    FileForgotten,
    NoSuchAnswer,
    RowsAreBad,
    RowsWait,
    TooLateToUndo,
    TooManyAtOnce,
)
from courses.imports.states import MOVES, Policy, State, Verdict
from courses.kit import audit
from courses.kit.later import later
from courses.kit.moves import move
from courses.kit.persian import listed
from courses.kit.refusal import AlreadyDone
from courses.kit.tables import Table
from courses.kit.uploads import sweep_private
from courses.people.models import User


def receive(
    kind: ImportKind,
    subject: str,
    table: Table,
    *,
    file_name: str,
    by: User,
    at: datetime | None = None,
) -> Batch:
    """Keep a table that was read, guess its columns and have it checked in the background.

    The same table given again while it waits is the same batch.
    """
    at = at or timezone.now()
    packed = gzip.compress(
        json.dumps([table.headers, table.rows], ensure_ascii=False).encode(), mtime=0
    )
    batch = Batch(
        kind=kind.code, subject=subject, file_name=file_name[-120:],
        digest=hashlib.sha256(packed).hexdigest(), headers=list(table.headers),
        columns=rules.guess_columns(table.headers, kind.columns), state=State.CHECKING,
        total=len(table.rows), made_by=by, made_at=at, beat_at=at,
    )  # fmt: skip
    twin = queries.waiting_twin(batch)
    if twin is not None:
        return twin
    # The file first: a file nobody knows of is swept, a batch without its file would be a lie.
    batch.table.save("table", ContentFile(packed), save=False)
    try:
        with transaction.atomic():
            if rules.missing_columns(batch.columns, kind.columns):
                batch.state = State.CHECKED
            batch.save()
            audit.record(
                batch, "receive", by=by, at=at, to_state=batch.state, kind=kind.code,
                subject=subject, rows=batch.total,
            )  # fmt: skip
            if batch.state == State.CHECKING:
                later("imports.check", batch_id=batch.pk, attempt=batch.attempt)
    except Exception:
        batch.table.delete(save=False)
        raise
    return batch


def read_back(batch: Batch) -> Table:
    """Return the table of a batch; raise FileForgotten."""
    if not batch.table:
        raise FileForgotten
    try:
        with batch.table.open("rb") as file:
            headers, rows = json.loads(gzip.decompress(file.read()))
    except FileNotFoundError as error:
        raise FileForgotten from error
    return Table(tuple(headers), tuple((number, tuple(cells)) for number, cells in rows))


@transaction.atomic
def choose_columns(
    batch: Batch, columns: Mapping[str, int], *, by: User, at: datetime | None = None
) -> Batch:
    """Say which header is which column, and have the file checked again.

    Raises ColumnsMissing, FileForgotten.
    """
    at = at or timezone.now()
    kind = KINDS[batch.kind]
    missing = rules.missing_columns(dict(columns), kind.columns)
    if missing:
        raise ColumnsMissing(columns=listed(column.label for column in missing))
    if not batch.table:
        raise FileForgotten
    batch = move(
        batch, MOVES, "check", by=by, at=at, beat_at=at, columns=dict(columns), done=0,
        attempt=batch.attempt + 1,
    )  # fmt: skip
    Row.objects.filter(batch=batch).delete()
    later("imports.check", batch_id=batch.pk, attempt=batch.attempt)
    return batch


@transaction.atomic
def apply(batch: Batch, policy: str, *, by: User, at: datetime | None = None) -> Batch:
    """Have a checked batch taken in, in the background.

    Raises RowsAreBad, RowsWait, TooManyAtOnce (under `all rows or none`), ColumnsMissing,
    FileForgotten.
    """
    at = at or timezone.now()
    kind = KINDS[batch.kind]
    missing = rules.missing_columns(batch.columns, kind.columns)
    if missing:
        raise ColumnsMissing(columns=listed(column.label for column in missing))
    if not batch.table:
        raise FileForgotten
    if Policy(policy) == Policy.ALL:
        bad = Row.objects.filter(batch=batch, verdict=Verdict.BAD).count()
        if bad:
            raise RowsAreBad(count=bad)
        waiting = queries.undecided(batch)
        if waiting:
            raise RowsWait(count=waiting)
        if batch.total > rules.MOST_AT_ONCE:
            raise TooManyAtOnce(most=rules.MOST_AT_ONCE)
    batch = move(
        batch, MOVES, "apply", by=by, at=at, beat_at=at, policy=policy, done=0,
        attempt=batch.attempt + 1,
    )  # fmt: skip
    later("imports.take_in", batch_id=batch.pk, attempt=batch.attempt, by_id=by.pk)
    return batch


@transaction.atomic
def answer_row(row: Row, key: str, *, instead_of: str, by: User, at: datetime | None = None) -> Row:
    """Decide who a line of a checked batch is, or that it stays outside.

    `instead_of` is the answer the decider saw (empty: none); the same answer again changes
    nothing. Raises NoSuchAnswer, AnsweredOtherwise, AlreadyDone (the batch has gone on).
    """
    at = at or timezone.now()
    # The batch first: a decision and the taking in never pass each other.
    if not Batch.objects.filter(pk=row.batch_id, state=State.CHECKED).update(beat_at=at):
        raise AlreadyDone
    row = Row.objects.select_related("batch", "answered_by").get(pk=row.pk)
    if row.verdict != Verdict.LOOK or key not in keys_of(row.question):
        raise NoSuchAnswer
    if row.answer == key:
        return row
    if row.answer != instead_of:
        raise AnsweredOtherwise(by=row.answered_by)
    kind = KINDS[row.batch.kind]
    subject = kind.subject_or_404(by, row.batch.subject)
    kind.begin(subject, by=by, at=at).may_answer(key)
    before, row.answer, row.answered_by, row.answered_at = row.answer, key, by, at
    row.save(update_fields=["answer", "answered_by", "answered_at"])
    audit.record(
        row.batch, "answer_row", by=by, at=at, line=row.number, answer=key, instead_of=before
    )
    return row


@transaction.atomic
def undo(batch: Batch, *, by: User, at: datetime | None = None) -> Batch:
    """Have everything a batch made undone, in the background; raise TooLateToUndo."""
    at = at or timezone.now()
    if batch.state == State.APPLIED and not rules.can_be_undone(batch, at=at):
        raise TooLateToUndo
    batch = move(batch, MOVES, "undo", by=by, at=at, beat_at=at, done=0, attempt=batch.attempt + 1)
    later("imports.take_back", batch_id=batch.pk, attempt=batch.attempt, by_id=by.pk)
    return batch


@transaction.atomic
def drop(batch: Batch, *, by: User, at: datetime | None = None) -> Batch:
    """Leave a checked file alone; its table and what was read of its rows are deleted."""
    at = at or timezone.now()
    batch = move(batch, MOVES, "drop", by=by, at=at, beat_at=at)
    Row.objects.filter(batch=batch).delete()
    forget(batch)
    return batch


def forget(batch: Batch) -> None:
    """Delete the table of a batch, and with it what was typed into cells with faults."""
    for row in Row.objects.filter(batch=batch).exclude(faults=[]):
        row.faults = [{**one, "typed": ""} for one in row.faults]
        row.save(update_fields=["faults"])
    name = batch.table.name
    Batch.objects.filter(pk=batch.pk).update(table="")
    if name:
        # When the transaction holds: a rolled back forgetting must not lose the file.
        transaction.on_commit(lambda: batch.table.storage.delete(name))


def sweep_tables(*, before: datetime) -> int:
    """Delete the files that never became a batch; return how many."""
    known = set(Batch.objects.exclude(table="").values_list("table", flat=True))
    return sweep_private("imports", known, before=before)


def forget_names(*, before: datetime) -> int:
    """Empty the rows of old batches of names and faults; return how many rows."""
    rows = Row.objects.filter(batch__made_at__lt=before).exclude(
        label="", faults=[], question__isnull=True
    )
    return rows.update(label="", faults=[], question=None)
