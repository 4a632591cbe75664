"""The trail as evidence: nothing changes it, seals chain it, the verification names what did."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from courses.kit import audit
from courses.kit.holds import AFTER_RESTORE
from courses.kit.jobs import tick
from courses.kit.models import AuditEntry, JobTick, Seal
from courses.kit.tasks import void_later_heads
from courses.kit.trail import heads, seals
from courses.kit.trail.guards import missing_guards
from courses.kit.trail.seals import gaps, seal_all, seal_next
from courses.kit.trail.verification import Fault, Verification
from courses.notices.models import Message
from tests import databases
from tests.cast import NOW, person

pytestmark = pytest.mark.django_db


def write(count: int, verb: str = "look") -> list[AuditEntry]:
    """Add so many lines about nobody in particular."""
    tick_ = JobTick(pk=7)
    return [
        audit.record(tick_, verb, by=None, at=NOW, reason="چون", n=n, share=0.5)
        for n in range(count)
    ]


def faults(**kept: str) -> list[str]:
    """Return what the verification finds."""
    given = {int(number[1:]): head for number, head in kept.items()}
    return [str(found) for found in Verification(given, at=NOW).faults()]


def sql(statement: str, *values: Any) -> None:
    """Do what an operator with the database's password does."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def past_the_triggers() -> Iterator[None]:
    """Be somebody who may take triggers away, and puts them back."""
    with databases.lifted_triggers():
        yield


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
    write(1)
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


# --- verifying
def sealed(count: int = 6) -> list[int]:
    """Write and seal in two seals; return the numbers."""
    numbers = [entry.pk for entry in write(count // 2)]
    seal_next(at=NOW - timedelta(days=3))
    numbers += [entry.pk for entry in write(count - count // 2)]
    seal_next(at=NOW - timedelta(days=3))
    return numbers


EDITS: dict[str, str] = {
    "by": "UPDATE kit_auditentry SET by_id = (SELECT min(id) FROM people_user) WHERE id = %s",
    "verb": "UPDATE kit_auditentry SET verb = 'x' WHERE id = %s",
    "at": "UPDATE kit_auditentry SET at = '2026-11-23 10:00:00.000001+00:00' WHERE id = %s",
    "object_kind": "UPDATE kit_auditentry SET object_kind = 'x' WHERE id = %s",
    "object_id": "UPDATE kit_auditentry SET object_id = '8' WHERE id = %s",
    "from_state": "UPDATE kit_auditentry SET from_state = 'x' WHERE id = %s",
    "to_state": "UPDATE kit_auditentry SET to_state = 'x' WHERE id = %s",
    "reason": "UPDATE kit_auditentry SET reason = 'چون.' WHERE id = %s",
    "facts": """UPDATE kit_auditentry SET facts = '{"n": 99, "share": 0.5}' WHERE id = %s""",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_row_changed_by_sql_is_named(edit: str) -> None:
    person("aylin")
    numbers = sealed()
    with past_the_triggers():
        sql(edit, numbers[4])
    assert faults() == [f"entry {numbers[4]}, seal 2: changed"]


@pytest.mark.parametrize("place", [0, 2, 5])
def test_row_removed_by_sql_is_named(place: int) -> None:
    numbers = sealed()
    with past_the_triggers():
        sql("DELETE FROM kit_auditentry WHERE id = %s", numbers[place])
    assert faults() == [f"entry {numbers[place]}, seal {1 + place // 3}: missing"]


COPY = (
    "INSERT INTO kit_auditentry (id, at, verb, object_kind, object_id, from_state, to_state, "
    "reason, facts) SELECT %s, at, verb, object_kind, object_id, from_state, to_state, reason, "
    "facts FROM kit_auditentry WHERE id = %s"
)


def test_row_added_where_there_was_none_is_named() -> None:
    numbers = [entry.pk for entry in write(1)]
    sql(COPY, numbers[0] + 3, numbers[0])
    seal_next(at=NOW - timedelta(days=3))
    sql(COPY, numbers[0] + 1, numbers[0])
    sql(COPY, -5, numbers[0])
    assert faults() == [
        "entry -5: added below the first number",
        f"entry {numbers[0] + 1}, seal 1: added where there was none",
    ]


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ("UPDATE kit_seal SET head = 'x' WHERE number = 1",
         ["seal 1: its hash is not that of its content and the seal before",
          "seal 2: its hash is not that of its content and the seal before"]),
        ("UPDATE kit_seal SET made_at = '2026-01-01 00:00:00+00:00' WHERE number = 2",
         ["seal 2: its hash is not that of its content and the seal before"]),
        ("DELETE FROM kit_seal WHERE number = 1",
         ["seal 2: missing before it: 1", "seal 2: does not begin where the one before ends",
          "seal 2: its hash is not that of its content and the seal before"]),
    ],
    ids=["head", "time", "removed"],
)  # fmt: skip
def test_seal_changed_by_sql_is_named(edit: str, told: list[str]) -> None:
    sealed()
    with past_the_triggers():
        sql(edit)
    assert faults() == told


def test_seal_made_to_fit_a_changed_row_breaks_the_next() -> None:
    numbers = sealed()
    with past_the_triggers():
        sql(EDITS["verb"], numbers[0])
        seal = Seal.objects.get(number=1)
        rows = AuditEntry.objects.filter(pk__lte=seal.last_entry).order_by("pk")
        seal.digests = b"".join(map(seals.digest, rows.values_list(*seals.COLUMNS)))
        sql("UPDATE kit_seal SET digests = %s, head = %s WHERE number = 1",
            seal.digests, seals.head_of(seal, ""))  # fmt: skip
    assert faults() == ["seal 2: its hash is not that of its content and the seal before"]


def rewrite_everything() -> None:
    """Be the operator who changes a row and makes every seal anew."""
    with past_the_triggers():
        sql("UPDATE kit_auditentry SET verb = 'x' WHERE id = (SELECT min(id) FROM kit_auditentry)")
        sql("DELETE FROM kit_seal")
    seal_all(at=NOW)


def test_all_seals_rewritten_is_seen_by_a_head_that_was_carried_out() -> None:
    sealed()
    kept = heads.export_head(at=NOW)
    assert kept
    rewrite_everything()
    assert faults() == []
    assert faults(n2=kept.head) == ["seal 2: carried out, and gone"]
    write(1)
    seal_next(at=NOW)
    assert faults(n2=kept.head) == ["seal 2: its hash is not the one that was carried out"]


def test_cut_tail_is_seen_by_a_head_that_was_carried_out() -> None:
    numbers = sealed()
    kept = heads.export_head(at=NOW)
    assert kept
    with past_the_triggers():
        sql("DELETE FROM kit_seal WHERE number = 2")
        sql("DELETE FROM kit_auditentry WHERE id >= %s", numbers[3])
    assert faults() == []
    assert faults(n2=kept.head) == ["seal 2: carried out, and gone"]


# --- heads outside the database
def test_heads_are_appended_to_a_file_of_ours_alone(settings: Any) -> None:
    assert heads.export_head(at=NOW) is None
    sealed()
    tick(NOW)
    tick(NOW + timedelta(days=1))

    file = settings.JAVAR_TRAIL_DIR / "heads.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    last = Seal.objects.get(number=2)
    assert (file.stat().st_mode & 0o777, len(lines)) == (0o600, 2)
    assert (lines[0]["number"], lines[0]["head"]) == (2, last.head)
    assert heads.exported_heads() == ({2: last.head}, [])


def test_head_is_mailed_once_to_whom_the_installation_names(settings: Any) -> None:
    sealed()
    last = Seal.objects.get(number=2)
    tick(NOW)
    assert Message.objects.count() == 0
    settings.JAVAR_TRAIL_MAIL = "auditor@javar.example"
    for days in (1, 2):
        tick(NOW + timedelta(days=days))
    message = Message.objects.get()
    assert (message.channel, message.to, message.key) == (
        "mail", "auditor@javar.example", "trail_head:2",
    )  # fmt: skip
    assert f"2:{last.head}" in message.text


def test_restore_makes_later_heads_void_and_says_so() -> None:
    sealed()
    kept = heads.export_head(at=NOW)
    with past_the_triggers():
        sql("DELETE FROM kit_seal WHERE number = 2")
    void_later_heads(NOW)
    assert void_later_heads in AFTER_RESTORE
    assert kept
    assert heads.exported_heads() == ({}, [f"restored to seal 1 by restore, {NOW.isoformat()}"])
    write(1)
    seal_next(at=NOW)
    heads.export_head(at=NOW)
    assert [*heads.exported_heads()[0]] == [2]
    assert faults(**{f"n{n}": head for n, head in heads.exported_heads()[0].items()}) == []


# --- the command
def verify(*arguments: str) -> str:
    out = StringIO()
    call_command("verify_trail", *arguments, stdout=out)
    return out.getvalue()


def test_command_says_what_it_read() -> None:
    sealed()
    heads.export_head(at=NOW)
    head = Seal.objects.get(number=2).head
    write(2)
    assert verify(f"--head=2:{head}") == (
        "✓ 6 entries in 2 seals are what they were; 1 heads from the file and 1 from you agree; "
        f"2 entries are not sealed yet; head 2:{head}\n"
    )


@pytest.mark.parametrize("where", ["file", "mail"])
def test_command_names_what_is_wrong_and_fails(where: str) -> None:
    sealed()
    kept = heads.export_head(at=NOW) if where == "file" else heads.latest()
    assert kept
    rewrite_everything()
    out = StringIO()
    with pytest.raises(CommandError, match="not what it was: 1"):
        call_command(
            "verify_trail", *([f"--head=2:{kept.head}"] if where == "mail" else []), stdout=out
        )
    assert out.getvalue() == "✗ seal 2: carried out, and gone\n"


@pytest.mark.parametrize("wrong", ["2", "x:ab", "2:"])
def test_command_refuses_a_head_it_cannot_read(wrong: str) -> None:
    with pytest.raises(CommandError, match="NUMBER:HASH"):
        verify(f"--head={wrong}")


def test_command_names_twenty_faults_at_most() -> None:
    numbers = [entry.pk for entry in write(30)]
    seal_next(at=NOW)
    with past_the_triggers():
        sql("UPDATE kit_auditentry SET verb = 'x' WHERE id >= %s", numbers[0])
    out = StringIO()
    with pytest.raises(CommandError, match="20 and more"):
        call_command("verify_trail", stdout=out)
    assert len(out.getvalue().splitlines()) == 20


def test_file_that_cannot_be_read_is_said(settings: Any) -> None:
    settings.JAVAR_TRAIL_DIR.mkdir(parents=True)
    (settings.JAVAR_TRAIL_DIR / "heads.jsonl").write_text('{"numb\n{"number": 1}\n')
    assert heads.exported_heads() == (
        {}, [f"line {number} of heads.jsonl is not readable" for number in (1, 2)],
    )  # fmt: skip


def test_fault_says_where() -> None:
    assert str(Fault("x")) == "the trail: x"
