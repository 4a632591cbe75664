"""The outbox under fire: relays that are killed, a gateway that fails, relays that race.

The control tests break the outbox and see the harm, so that the others are known to be sharp.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from courses.notices import queries
from courses.notices.actions import relay as relay_module
from courses.notices.actions import relay_batch, retry_message, send_sms
from courses.notices.models import Message
from courses.notices.states import Channel, MessageState
from tests import databases
from tests.cast import NOW, person

KIND = "notices.sign_in_code"
RELAYS, KILLS = 4, 20
WITHIN = 240


@pytest.fixture
def outbox(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """Make a database of its own; its name."""
    name = databases.own_name("outbox")
    with django_db_blocker.unblock():
        databases.drop(name)
        databases.copy(databases.migrated(), name)
        with databases.using(name):
            yield name
        databases.drop(name)


def queue(count: int, *, at: datetime) -> dict[str, str]:
    """Queue so many messages; return the address of each id."""
    with transaction.atomic():
        for number in range(count):
            send_sms(f"+98914{number:07}", KIND, key=f"k{number}", at=at, code=str(number))
    return {str(row[0]): row[1] for row in Message.objects.values_list("stable_id", "to")}


# --- relays that are killed


class Relays:
    """Several `manage.py relay` at work on one outbox, each a process of its own."""

    def __init__(self, database: str, folder: Path) -> None:
        """Prepare; nothing runs yet."""
        self.file = folder / "sms.jsonl"
        self.log = folder / "relays.log"
        self.running: dict[int, subprocess.Popen[bytes]] = {}
        self.started = 0
        self.environment = os.environ | {
            "DATABASE_URL": databases.url_of(database),
            "PYTHONPATH": os.pathsep.join([str(settings.SITE), str(settings.ROOT)]),
            "DJANGO_SETTINGS_MODULE": "javar.settings",
            "JAVAR_SMS_BACKEND": "tests.load.flaky.FlakySender",
            "JAVAR_SMS_FILE": str(self.file),
            "JAVAR_RELAY_LEASE": "5",
            "JAVAR_RELAY_REST": "0.0005",
        }

    def start(self) -> None:
        """Start one more."""
        self.started += 1
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, str(settings.ROOT / "manage.py"), "relay", "--pause", "0.05"],
                env=self.environment | {"FLAKY_SEED": str(self.started)},
                cwd=settings.ROOT, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.running[process.pid] = process

    def kill(self, pid: int) -> None:
        """Kill one with -9 and wait until it is gone."""
        process = self.running.pop(pid)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def sent_count(self) -> int:
        """Return how many lines the gateway got so far."""
        return self.file.read_bytes().count(b"\n") if self.file.exists() else 0

    def sent(self) -> list[dict[str, Any]]:
        """Return what the gateway got so far; a line that is being written is left out."""
        if not self.file.exists():
            return []
        whole = self.file.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]


@contextmanager
def relays(database: str, folder: Path) -> Iterator[Relays]:
    """Run relays until the block ends."""
    found = Relays(database, folder)
    try:
        for _number in range(RELAYS):
            found.start()
        yield found
    finally:
        for pid in list(found.running):
            found.kill(pid)


def until(reached: Callable[[], bool], log: Path) -> None:
    """Wait until something is so; say what the relays said if it never is."""
    deadline = time.monotonic() + WITHIN
    while not reached():
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.01)


def kill_while_sending(running: Relays, count: int, chance: random.Random) -> None:
    """Kill the busiest relay at even distances through the work, and start another."""
    for number in range(1, KILLS + 1):
        mark = count * number // (KILLS + 5)
        until(lambda mark=mark: running.sent_count() >= mark, running.log)  # type: ignore[misc]
        time.sleep(chance.random() * 0.01)
        busy = [line["pid"] for line in running.sent() if line["pid"] in running.running]
        running.kill(busy[-1] if busy else next(iter(running.running)))
        running.start()


def nothing_is_lost(outbox: str, folder: Path, count: int) -> None:
    """Queue, relay under kills and failures, try the dead ones again, compare."""
    at = timezone.now() - timedelta(minutes=1)
    queued = queue(count, at=at)
    with relays(outbox, folder) as running:
        kill_while_sending(running, count, random.Random(7))
        waiting = Message.objects.filter(state=MessageState.WAITING)
        until(lambda: not waiting.exists(), running.log)
        keeper = person("keeper")
        keeper.is_superuser = True
        keeper.save()
        for _round in range(3):
            for message in Message.objects.filter(state=MessageState.DEAD):
                retry_message(message, by=keeper)
            until(lambda: not waiting.exists(), running.log)
    sent = running.sent()
    assert running.started == RELAYS + KILLS
    assert {line["id"]: line["to"] for line in sent} == queued, "none lost, none invented"
    texts = Counter((line["id"], line["text"]) for line in sent)
    assert len(texts) == len(queued), "the same words under the same id"
    again = len(sent) - len(queued)
    assert again <= KILLS, "a kill repeats at most the one message it interrupted"
    assert Message.objects.filter(attempts__gt=2).exists(), "the gateway did fail"
    rows = Message.objects.order_by().values_list("state", "text", "lease_owner")
    assert list(rows.distinct()) == [(MessageState.SENT, "", "")]


def test_killed_relays_and_a_failing_gateway_lose_nothing(outbox: str, tmp_path: Path) -> None:
    nothing_is_lost(outbox, tmp_path, 2_000)


@pytest.mark.deep
def test_ten_thousand_messages_lose_nothing(outbox: str, tmp_path: Path) -> None:
    nothing_is_lost(outbox, tmp_path, 10_000)


# --- relays that race


class Counting:
    """A sender that counts what goes out by id; many threads use it."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.sent: Counter[str] = Counter()
        self.lock = threading.Lock()

    def send(self, *, to: str, text: str, subject: str, stable_id: str) -> None:
        """Count."""
        with self.lock:
            self.sent[stable_id] += 1


def race(count: int) -> Counter[str]:
    """Let eight relays empty the outbox at the same moment; return how often each id went."""
    queue(count, at=NOW)
    sender, gate = Counting(), threading.Barrier(8)

    def relay(number: int) -> None:
        gate.wait()
        try:
            while relay_batch({Channel.SMS: sender}, owner=f"r{number}", at=NOW, size=10).claimed:
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(relay, range(8)))
    return sender.sent


def test_relays_that_race_send_each_message_once(outbox: str) -> None:
    sent = race(400)
    # A relay that was skipped over may end early; whoever is left takes the rest.
    sender = Counting()
    while relay_batch({Channel.SMS: sender}, owner="last", at=NOW).claimed:
        pass
    assert sent + sender.sent == Counter(
        str(found) for found in Message.objects.values_list("stable_id", flat=True)
    )


def test_relays_without_the_guard_send_twice(outbox: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unguarded(owner: str, at: datetime, lease: timedelta, size: int) -> list[Message]:
        chosen = list(queries.due(at=at)[:size])
        time.sleep(0.01)
        Message.objects.filter(pk__in=[message.pk for message in chosen]).update(
            lease_until=at + lease, lease_owner=owner
        )
        return chosen

    monkeypatch.setattr(relay_module, "_claim", unguarded)
    assert max(race(100).values()) > 1


# --- written with the event, or not


Write = Callable[[], None]


def write() -> None:
    """Write a message as the house does."""
    send_sms("+989140000000", KIND, key="event", at=NOW, code="1")


def write_after_commit() -> None:
    """Mutant: a process that ends right after its commit has lost the message."""
    transaction.on_commit(write)


def write_elsewhere() -> None:
    """Mutant: on another connection, which keeps the message when the event is undone."""

    def alone() -> None:
        try:
            write()
        finally:
            connection.close()

    thread = threading.Thread(target=alone)
    thread.start()
    thread.join()


def message_shares_the_fate_of_its_event(write: Write) -> bool:
    """Undo an event: no message. Keep one: its message is there before the commit returns."""

    def rows() -> QuerySet[Message]:
        return Message.objects.filter(key="event")

    # Before the transaction's first statement, so that SQLite's one writer does not wait for us.
    connection.ensure_connection()
    try:
        with transaction.atomic():
            write()
            raise InterruptedError
    except InterruptedError:
        undone = not rows().exists()
    rows().delete()
    with transaction.atomic():
        write()
        kept = rows().exists()
    return undone and kept


def test_outbox_shares_the_fate_of_the_event(outbox: str) -> None:
    assert message_shares_the_fate_of_its_event(write)


def test_outbox_written_after_the_commit_is_noticed(outbox: str) -> None:
    assert not message_shares_the_fate_of_its_event(write_after_commit)


def test_outbox_written_outside_the_transaction_is_noticed(
    outbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if databases.on_sqlite():
        # There a second writer would wait for the first for ever: begin without the lock.
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "transaction_mode", "DEFERRED")
        connection.close()
    assert not message_shares_the_fate_of_its_event(write_elsewhere)
