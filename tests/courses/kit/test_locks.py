"""One lock and one move, with somebody else in the same moment, on both engines."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from courses.imports.models import Batch, Row
from courses.imports.states import MOVES, Verdict
from courses.kit import audit
from courses.kit.moves import claim, lock, move, move_all
from courses.kit.refusal import AlreadyDone, IllegalMove, Refusal
from tests import databases
from tests.cast import NOW, People
from tests.racing import PATIENCE, at_once, company, until_somebody_waits

LATER = NOW + timedelta(hours=1)
alone_on_sqlite = pytest.mark.skipif("databases.on_sqlite()", reason="SQLite has one writer")


def batch(people: People, state: str = "checked") -> Batch:
    return Batch.objects.create(
        kind="roster", subject="s", file_name="f", digest="d", state=state, total=2,
        made_by=people.registrar, made_at=NOW, beat_at=NOW,
    )  # fmt: skip


def trail(of: Batch) -> list[tuple[str, str, str]]:
    return [(one.verb, one.from_state, one.to_state) for one in audit.trail(of)]


Drop = Callable[[Batch, People], None]


def drop(row: Batch, people: People) -> None:
    with transaction.atomic():
        move(row, MOVES, "drop", by=people.registrar, at=LATER)


def drop_unguarded(row: Batch, people: People) -> None:
    """Move as a first draft would: look, then write."""
    target = MOVES.target("drop", row.state)
    with transaction.atomic():
        Batch.objects.filter(pk=row.pk).update(state=target)
        audit.record(row, "drop", by=people.registrar, from_state=row.state, to_state=target)


def race(row: Batch, people: People, mover: Drop) -> list[str]:
    """Let two who have read a row move it in one moment; return what each was told, sorted."""
    gate = Barrier(2, timeout=PATIENCE)

    def press() -> str:
        mine = Batch.objects.get(pk=row.pk)
        gate.wait()
        try:
            mover(mine, people)
        except Refusal as refusal:
            with pytest.raises(type(refusal)):
                mover(mine, people)
            return refusal.code
        return "moved"

    return sorted(one.result(PATIENCE) for one in at_once(press, press))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_move_at_once_one_moves_and_one_is_refused_twice(people: People) -> None:
    row = batch(people)

    assert race(row, people, drop) == [AlreadyDone.code, "moved"]

    row.refresh_from_db()
    assert (row.state, trail(row)) == ("dropped", [("drop", "checked", "dropped")])
    with pytest.raises(IllegalMove):
        drop(row, people)


@pytest.mark.django_db(transaction=True)
def test_without_the_guard_both_would_move(people: People) -> None:
    row = batch(people)

    assert race(row, people, drop_unguarded) == ["moved", "moved"]

    assert len(trail(row)) == 2


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_finds_what_was_written_meanwhile(people: People) -> None:
    row, still = batch(people), Batch.objects.filter(state="checked")

    def read_anew() -> tuple[str, list[Batch]]:
        mine = Batch.objects.get(pk=row.pk)
        with transaction.atomic():
            return lock(mine).state, lock(still)

    with company() as begin:
        with transaction.atomic():
            lock(row)
            waiting = begin(read_anew)
            if not databases.on_sqlite():
                until_somebody_waits()
            move(row, MOVES, "drop", by=None, at=LATER)
        assert waiting.result(PATIENCE) == ("dropped", [])


@alone_on_sqlite
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", ["pk", "-pk"])
def test_rows_are_locked_in_one_order_whatever_was_asked(people: People, order: str) -> None:
    """In another order whoever waits for the first would hold the second: nobody goes on."""
    first, second = batch(people), batch(people)

    def lock_both() -> list[Batch]:
        with transaction.atomic():
            return lock(Batch.objects.order_by(order))

    with company() as begin:
        with transaction.atomic():
            lock(first)
            waiting = begin(lock_both)
            until_somebody_waits()
            lock(second)
        assert waiting.result(PATIENCE) == [first, second]


@alone_on_sqlite
@pytest.mark.django_db(transaction=True)
def test_rows_that_point_at_a_locked_row_may_still_be_written(people: People) -> None:
    row = batch(people)

    def point_at_it() -> None:
        with transaction.atomic():
            connection.cursor().execute("SET LOCAL lock_timeout = '5s'")
            Row.objects.create(batch=row, number=1, label="-", verdict=Verdict.NEW)

    with company() as begin, transaction.atomic():
        lock(row)
        begin(point_at_it).result(PATIENCE)
        assert row.rows.count() == 1


@alone_on_sqlite
@pytest.mark.django_db(transaction=True)
def test_who_claims_passes_over_what_another_holds(people: People) -> None:
    first, second, third = batch(people), batch(people), batch(people)

    def claim_two() -> list[int]:
        with transaction.atomic():
            return claim(Batch.objects.order_by("-pk"), 2)

    with company() as begin, transaction.atomic():
        assert claim(Batch.objects.order_by("-pk"), 1) == [third.pk]
        assert begin(claim_two).result(PATIENCE) == [second.pk, first.pk]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_locked_or_moved(people: People) -> None:
    row = batch(people)
    for work in (
        lambda: lock(row),
        lambda: lock(Batch.objects.all()),
        lambda: claim(Batch.objects.all(), 1),
        lambda: move(row, MOVES, "drop", by=None, at=LATER),
    ):
        with pytest.raises(transaction.TransactionManagementError, match="no transaction"):
            work()
    row.refresh_from_db()
    assert (row.state, trail(row)) == ("checked", [])


@pytest.mark.django_db
def test_a_lock_reads_and_writes_nothing_back(people: People) -> None:
    """As rounds once were, by the title somebody had in memory."""
    row = batch(people)
    Batch.objects.update(subject="new", total=7)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        lock(row, fields=["subject"])

    assert [query["sql"].split()[0] for query in asked] == ["SELECT"]
    assert (row.subject, row.total) == ("new", 2)
    assert lock(row).total == 7
    assert list(Batch.objects.values_list("subject", "total")) == [("new", 7)]


@pytest.mark.django_db
def test_a_move_takes_plain_values_alone(people: People) -> None:
    row = batch(people)

    with pytest.raises(TypeError, match="plain"):
        move(row, MOVES, "drop", by=None, at=LATER, attempt=F("attempt") + 1)

    row.refresh_from_db()
    assert (row.state, trail(row)) == ("checked", [])


@pytest.mark.django_db
def test_many_move_at_once_from_where_the_verb_starts(people: People) -> None:
    states = ("checked", "applied", "checked", "dropped")
    rows = [batch(people, state) for state in states]

    assert move_all(Batch.objects.exclude(pk=rows[2].pk), MOVES, "drop", beat_at=LATER) == 1

    found = list(Batch.objects.order_by("pk").values_list("state", "beat_at"))
    assert found == [("dropped", LATER), ("applied", NOW), ("checked", NOW), ("dropped", NOW)]
    assert [trail(row) for row in rows] == [[]] * 4
