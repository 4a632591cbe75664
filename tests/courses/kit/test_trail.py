"""The trail as evidence: nothing changes it, and seals chain what was written."""

import threading
from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from courses.kit.jobs import tick
from courses.kit.models import AuditEntry, Seal
from courses.kit.trail import seals
from courses.kit.trail.guards import missing_guards
from courses.kit.trail.seals import gaps, seal_all, seal_next
from courses.kit.trail.verification import Verification
from tests import databases
from tests.cast import NOW
from tests.courses.kit.trail import faults, sql, write

pytestmark = pytest.mark.django_db


# --- append-only
@pytest.mark.parametrize("table", ["kit_auditentry", "kit_seal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_database_refuses_to_change_the_trail(table: str, statement: str) -> None:
    if statement.startswith("TRUNCATE") and databases.on_sqlite():
        pytest.skip("SQLite has no TRUNCATE")
    write(2)
    seal_next(at=NOW)
    if not databases.on_sqlite():
        # Else PostgreSQL refuses for another reason: keys still to be checked.
        sql("SET CONSTRAINTS ALL IMMEDIATE")
    before = list(AuditEntry.objects.values()), list(Seal.objects.values("number", "head"))

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        sql(statement.format(table))

    assert before == (
        list(AuditEntry.objects.values()), list(Seal.objects.values("number", "head")),
    )  # fmt: skip


def test_seals_are_never_changed_or_removed() -> None:
    write(1)
    seal = seal_next(at=NOW)
    assert seal
    for attempt in (
        seal.save, seal.delete, Seal.objects.all().delete,
        lambda: Seal.objects.update(head=""),
    ):  # fmt: skip
        with pytest.raises(TypeError):
            attempt()


def test_check_at_every_start_names_a_trigger_that_does_not_stand() -> None:
    def found() -> list[str | None]:
        every = run_checks(databases=["default"])
        return [one.id for one in every if one.id == "javar.E003"]

    assert (found(), missing_guards()) == ([], [])
    if databases.on_sqlite():
        sql("DROP TRIGGER kit_auditentry_is_kept")
    else:
        sql("ALTER TABLE kit_auditentry DISABLE TRIGGER kit_auditentry_is_kept")
    assert missing_guards() == ["kit_auditentry_is_kept"]
    assert found() == ["javar.E003"]
    assert faults() == ["the trail: the trigger kit_auditentry_is_kept does not stand"]


@pytest.mark.django_db(transaction=True)
def test_database_can_be_emptied_between_tests_and_guards_again() -> None:
    write(1)
    call_command("flush", interactive=False, verbosity=0)
    assert AuditEntry.objects.count() == 0
    assert missing_guards() == []


# --- sealing
def test_seal_covers_what_is_new_and_chains() -> None:
    first = write(3)
    one = seal_next(at=NOW)
    assert seal_next(at=NOW) is None
    second = write(2)
    two = seal_next(at=NOW + timedelta(minutes=2))

    assert one
    assert two
    assert (one.number, one.last_entry, two.number) == (1, first[-1].pk, 2)
    assert (two.first_entry, two.last_entry) == (one.last_entry + 1, second[-1].pk)
    assert (two.late, len(two.digests)) == ([], 2 * 32)
    assert len({one.head, two.head}) == 2
    assert faults() == []


def test_many_entries_are_sealed_in_several_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "MOST_ENTRIES", 4)
    entries = write(10)

    assert [seal_all(at=NOW, most=2), seal_all(at=NOW), seal_all(at=NOW)] == [2, 1, 0]
    assert [len(seal.digests) // 32 for seal in Seal.objects.all()] == [4, 4, 2]
    assert Seal.objects.latest("number").last_entry == entries[-1].pk
    assert faults() == []


def test_same_content_has_the_same_head_and_another_another() -> None:
    write(1)
    seal = seal_next(at=NOW)
    assert seal
    read = Seal.objects.get()
    assert seals.head_of(read, "") == seal.head
    assert seals.head_of(read, "0") != seal.head


def test_gaps() -> None:
    assert list(gaps(1, [1, 2, 5, 9])) == [[3, 4], [6, 8]]
    assert list(gaps(4, [6])) == [[4, 5]]
    assert list(gaps(4, [])) == []


def test_job_seals_every_two_minutes() -> None:
    write(1)
    assert "kit.seal_the_trail" in tick(NOW)
    write(1)
    assert "kit.seal_the_trail" not in tick(NOW + timedelta(seconds=1))
    tick(NOW + timedelta(minutes=2))
    assert faults() == []
    assert Verification({}, at=NOW).unsealed == 0
    assert Seal.objects.count() == 2


def test_sealing_asks_the_same_of_few_and_many() -> None:
    write(1)
    seal_next(at=NOW)
    counts = []
    for size in (1, 30):
        write(size)
        with CaptureQueriesContext(connection) as asked:
            seal_next(at=NOW)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 9


# --- two transactions at once
@pytest.mark.django_db(transaction=True)
def test_entry_that_commits_late_is_sealed_once() -> None:
    """PostgreSQL: a smaller number may appear after a larger one was sealed."""
    if databases.on_sqlite():
        pytest.skip("SQLite has one writer: numbers appear in order")
    # Numbers that tests before took back are absent from the first seal alone.
    write(1)
    assert seal_next(at=NOW)
    began, sealed = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            write(2, "slow")
            began.set()
            assert sealed.wait(20)
        connection.close()

    def undone() -> None:
        with databases.undone():
            write(1, "undone")
        connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    assert began.wait(20)
    for work in (undone, lambda: (write(1, "quick"), connection.close())):
        other = threading.Thread(target=work)
        other.start()
        other.join()
    one = seal_next(at=NOW)
    assert one
    assert faults() == []
    sealed.set()
    writer.join()
    waiting = Verification({}, at=NOW)
    assert ([*waiting.faults()], waiting.unsealed) == ([], 2)
    two = seal_next(at=NOW)
    assert two
    three = seal_next(at=NOW)

    slow_ones = list(AuditEntry.objects.filter(verb="slow").values_list("pk", flat=True))
    assert one.absent == [[slow_ones[0], slow_ones[1] + 1]]
    assert (two.late, len(two.digests), three) == (slow_ones, 64, None)
    assert two.last_entry == one.last_entry
    reading = Verification({}, at=NOW)
    assert ([*reading.faults()], reading.entries, reading.unsealed) == ([], 4, 0)


@pytest.mark.django_db(transaction=True)
def test_writer_does_not_wait_for_the_seal() -> None:
    """While a seal is being made, and not yet committed, somebody else writes and commits."""
    if databases.on_sqlite():
        pytest.skip("SQLite has one writer")
    write(1)

    with transaction.atomic():
        seal_next(at=NOW)
        sql("SET LOCAL lock_timeout = '5s'")
        other = threading.Thread(target=lambda: (write(1, "other"), connection.close()))
        other.start()
        other.join(20)
        assert AuditEntry.objects.filter(verb="other").count() == 1
    assert faults() == []
    assert seal_next(at=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_two_sealers_one_seals() -> None:
    write(3)
    made: list[Seal | None] = []
    gate = threading.Barrier(2)

    def work() -> None:
        gate.wait(20)
        made.append(seal_next(at=NOW))
        connection.close()

    both = [threading.Thread(target=work) for _n in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()

    assert sorted(seal is None for seal in made) == [False, True]
    assert Seal.objects.count() == 1
    assert faults() == []
