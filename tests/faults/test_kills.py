"""`kill -9` in the middle of the rush: nothing lost, nothing doubled, soon back.

Students press buttons all the time; at a random moment a part of the site is killed: a process of
the web server, all of it, the task worker, the scheduler, the relay, or everything at once. What
anybody was told stands afterwards, the books agree, and every message goes out.
"""

import json
import os
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections

from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.states import LIVE
from courses.kit import audit
from courses.notices.models import Message
from courses.notices.states import MessageState
from tests import databases
from tests.faults.books import mismatches
from tests.faults.killable import PARTS, Site
from tests.load import rushes
from tests.load.rushes import Rush, press

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="processes are found as Linux shows them"
)

DEEP = os.environ.get("JAVAR_DEEP") == "1"
KILLS = 50 if DEEP else 3
STUDENTS, SEATS, INTAKES, CLIENTS = 24, 4, 2, 6
SENT_WITHIN = 60


@dataclass
class Told:
    """What the students were told, as far as an answer reached them."""

    places: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)


class Crowd:
    """Students who press buttons until they are asked to stop; each belongs to one client."""

    def __init__(self, site: Site, rush: Rush, intakes: list[Intake], seed: int) -> None:
        self.site, self.rush, self.intakes, self.seed = site, rush, intakes, seed
        self.told = Told()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._press, args=(n,)) for n in range(CLIENTS)]

    def __enter__(self) -> "Crowd":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _press(self, client: int) -> None:
        luck = Random(self.seed * 100 + client)
        own: dict[tuple[int, int], str] = {}
        students = range(client, len(self.rush.cookies), CLIENTS)
        while not self.over.is_set():
            who, where = luck.choice(students), luck.randrange(len(self.intakes))
            self._one(luck, own, who, where)

    def _one(self, luck: Random, own: dict[tuple[int, int], str], who: int, where: int) -> None:
        place = own.get((who, where))
        what = luck.random()
        if place is None or what < 0.4:
            path, form = f"/intakes/{self.intakes[where].public_id}/apply/", ""
        elif what < 0.75:
            path, form = f"{place}leave/", "reason=-"
        else:
            path, form = f"{place}answer/", "answer=accept"
        answer = press(self.site.host, path, self.rush.cookies[who], form=form)
        self.told.statuses[answer.status] += 1
        if answer.status == 0:
            time.sleep(0.05)
        if answer.status != 302:
            return
        if path.endswith("/apply/"):
            own[(who, where)] = answer.place
            self.told.places.add(answer.place)
        elif path.endswith("/leave/"):
            self.told.left.add(str(own.pop((who, where))))
        else:
            self.told.accepted.add(str(place))


@pytest.fixture
def rush(django_db_setup: None, django_db_blocker: Any) -> Iterator[Rush]:
    """A copy of the sown site with a crowd of its own."""
    with django_db_blocker.unblock():
        name = databases.own_name("kills")
        template = databases.sown()
        databases.drop(name)
        databases.copy(template, name)
        with databases.using(name):
            yield rushes.prepared(name, STUDENTS)
        databases.drop(name)


def lost(told: Told) -> list[str]:
    """Return what somebody was told and is not so."""
    found = []
    for address in told.places | told.left | told.accepted:
        key = address.removeprefix("/enrolments/").strip("/")
        place = Enrolment.objects.filter(public_id=key).first()
        if place is None:
            found.append(f"{address} was promised and is not there")
            continue
        verbs = set(audit.trail(place).values_list("verb", flat=True))
        if address in told.left and (place.state in LIVE or "withdraw" not in verbs):
            found.append(f"{address} was left and is {place.state}")
        if address in told.accepted and "accept" not in verbs:
            found.append(f"{address} was accepted, and nothing is written of it")
    return found


def unsent(file: Path) -> list[str]:
    """Wait until the outbox is empty; return what did not go out, or went out as another."""
    deadline = time.monotonic() + SENT_WITHIN
    while Message.objects.exclude(state=MessageState.SENT).exists():
        if time.monotonic() > deadline:
            left = Message.objects.exclude(state=MessageState.SENT).values_list("kind", "state")
            return [f"still in the outbox: {list(left)[:5]}"]
        time.sleep(0.2)
    lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    carried = {line["id"]: (line["to"], line["text"]) for line in lines}
    found = [
        f"{message.stable_id} is marked as sent and went nowhere"
        for message in Message.objects.filter(channel="sms")
        if str(message.stable_id) not in carried
    ]
    twice = {line["id"] for line in lines if carried[line["id"]] != (line["to"], line["text"])}
    return found + [f"{one} went out with two texts" for one in twice]


def unsound() -> list[str]:
    """Return what SQLite finds broken in its own file; PostgreSQL would not have started."""
    if connection.vendor != "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        return [str(row[0]) for row in cursor.fetchall() if row[0] != "ok"]


def test_kills_lose_nothing_and_double_nothing(rush: Rush, tmp_path: Path) -> None:
    file = tmp_path / "sms.jsonl"
    site = Site(
        rush.database, JAVAR_MOST_OPEN_ENROLMENTS="1000", JAVAR_RELAY_LEASE="4",
        JAVAR_QUIET_HOURS="00:00-00:00", JAVAR_SMS_FILE=str(file),
        JAVAR_SMS_BACKEND="courses.notices.senders.FileSender",
    )  # fmt: skip
    luck = Random("kills")
    seconds: dict[str, list[float]] = {part: [] for part in PARTS}
    answers: Counter[int] = Counter()
    # The fast run kills the three that differ most; the deep one draws.
    parts = (
        [luck.choice(PARTS) for _kill in range(KILLS)]
        if DEEP
        else ["web worker", "relay", "everything"]
    )
    try:
        for number, part in enumerate(parts):
            intakes = [rush.intake(SEATS) for _intake in range(INTAKES)]
            with Crowd(site, rush, intakes, number) as crowd:
                time.sleep(luck.uniform(0.2, 1.5))
                seconds[part].append(site.kill(part))
                time.sleep(0.5)
            assert crowd.told.statuses.keys() <= {0, 302, 409}, crowd.told.statuses
            answers += crowd.told.statuses
            harm = [what for intake in intakes for what in mismatches(intake)] + unsound()
            assert harm + lost(crowd.told) == [], f"after kill {number} ({part})"
        assert unsent(file) == []
    finally:
        site.stop()
        connections.close_all()
    _report(seconds, answers)


def _report(seconds: dict[str, list[float]], answers: Counter[int]) -> None:
    """Write down how soon the site answered again, part by part."""
    rows = {
        part: {
            "kills": len(found),
            "median seconds": round(statistics.median(found), 2),
            "most seconds": round(max(found), 2),
        }
        for part, found in seconds.items()
        if found
    }
    said = json.dumps({"engine": connection.vendor, "answers": answers, "parts": rows}, indent=1)
    (Path(settings.VAR) / "tests" / f"kills.{connection.vendor}.json").write_text(said + "\n")
    print(said)
