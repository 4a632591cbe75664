"""The drill: a backup while people write, the loss of everything, the restore, serving again.

The whole site is served on a copy of the sown one. Students press buttons while `manage.py
backup` runs, and after it; then the processes are killed, the database and the files are gone,
and all that is left are the copy, its key and the journal.
"""

import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import pytest
from django.conf import settings as site_settings
from django.db import connection, connections

from courses.enrolment.models import Enrolment
from courses.kit import audit, holds, journal
from courses.notices.actions import send_sms
from courses.notices.models import Message
from courses.people.actions import forget_person
from courses.people.models import User
from javar.demo import PASSWORD
from tests import databases
from tests.cast import person
from tests.faults.killable import Site
from tests.load import rushes
from tests.load.rushes import Rush, press
from tests.servers import environment_of

pytestmark = [
    pytest.mark.deep,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="processes are found as Linux shows them"
    ),
]

STUDENTS, SEATS, CLIENTS, AFTERWARDS = 40, 1000, 4, 200


class Drill:
    """The places of a drill: two homes of the site, one after the other, and what outlives both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.copies, self.key, self.sms = folder / "copies", folder / "key", folder / "sms.jsonl"
        self.seconds: dict[str, float] = {}
        self.figures: dict[str, int] = {}

    def environment(self, home: str) -> dict[str, str]:
        """Return what the site reads from its environment in one of its homes."""
        return {
            "JAVAR_VAR": str(self.folder / home),
            "JAVAR_BACKUP_DIR": str(self.copies),
            "JAVAR_BACKUP_KEY_FILE": str(self.key),
            "JAVAR_MOST_OPEN_ENROLMENTS": "100000",
            "JAVAR_QUIET_HOURS": "00:00-00:00",
            "JAVAR_SMS_FILE": str(self.sms),
            "JAVAR_SMS_BACKEND": "courses.notices.senders.FileSender",
        }

    def manage(self, home: str, database: str, *arguments: str) -> str:
        """Run a command of the site to its good end; return what it said."""
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, str(site_settings.ROOT / "manage.py"), *arguments],
            env=environment_of(database, **self.environment(home)), capture_output=True, text=True,
        )  # fmt: skip
        self.seconds[arguments[0]] = time.monotonic() - begun
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sent(self) -> list[str]:
        """Return the identifiers of what went out by SMS, in order."""
        lines = self.sms.read_text().splitlines() if self.sms.exists() else []
        return [json.loads(line)["id"] for line in lines]


@pytest.fixture
def drill(tmp_path: Path, settings: Any) -> Drill:
    """Two empty homes; this process looks into the first."""
    found = Drill(tmp_path)
    settings.JAVAR_JOURNAL_DIR = found.copies / "journal"
    settings.VAR = tmp_path / "home"
    settings.MEDIA_ROOT, settings.PRIVATE_ROOT = settings.VAR / "media", settings.VAR / "private"
    return found


@pytest.fixture
def rush(django_db_setup: None, django_db_blocker: Any) -> Iterator[Rush]:
    """A copy of the sown site with a crowd of its own, and the name of a database to come."""
    with django_db_blocker.unblock():
        name, later = databases.own_name("drill"), databases.own_name("drill_later")
        template = databases.sown()
        databases.drop(name)
        databases.copy(template, name)
        try:
            with databases.using(name):
                yield rushes.prepared(name, STUDENTS)
        finally:
            databases.drop(name)
            databases.drop(later)


class Crowd:
    """Students who ask for a place, leave it, ask again; every answer is counted."""

    def __init__(self, site: Site, rush: Rush) -> None:
        self.site, self.rush, self.paths = site, rush, [
            f"/intakes/{rush.intake(SEATS).public_id}/apply/" for _intake in range(3)
        ]  # fmt: skip
        self.statuses: list[int] = []
        self.over = threading.Event()

    def press(self, client: int, most: int | None = None) -> None:
        """Press buttons as one client until asked to stop, or so often."""
        luck, own, pressed = Random(client), dict[tuple[int, str], str](), 0
        while not self.over.is_set() and (most is None or pressed < most):
            pressed += 1
            who = luck.choice(range(client, len(self.rush.cookies), CLIENTS))
            path = luck.choice(self.paths)
            place = own.pop((who, path), None)
            if place:
                answer = press(
                    self.site.host, f"{place}leave/", self.rush.cookies[who], form="reason=-"
                )
            else:
                answer = press(self.site.host, path, self.rush.cookies[who])
                own[(who, path)] = answer.place
            self.statuses.append(answer.status)

    def __enter__(self) -> "Crowd":
        self.threads = [
            threading.Thread(target=self.press, args=(client,)) for client in range(CLIENTS)
        ]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()
        self.over.clear()


def until(what: Any, seconds: float = 90) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def signs_in(site: Site, name: str) -> bool:
    """Tell whether somebody gets in by user name and password, and sees their own page."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    url = f"http://{site.host}/account/login/"
    token = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"', browser.open(url).read().decode()
    )
    assert token is not None
    form = {"login": name, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    browser.open(url, urlencode(form).encode(), timeout=60)
    with browser.open(f"http://{site.host}/my/", timeout=60) as answer:
        return bool(answer.url.endswith("/my/"))


def test_everything_is_lost_and_comes_back(drill: Drill, rush: Rush, settings: Any) -> None:
    first, later = rush.database, databases.own_name("drill_later")
    drill.manage("home", first, "backup", "--make-key", str(drill.key))
    gone = person("to-be-erased")
    (settings.MEDIA_ROOT / "images").mkdir(parents=True)
    (settings.MEDIA_ROOT / "images" / "seam.webp").write_bytes(b"picture")
    site = Site(first, **drill.environment("home"))
    try:
        # The scheduler has made the first copy of its own accord.
        until(lambda: (drill.copies / "last.json").exists())
        crowd = Crowd(site, rush)
        with crowd:
            time.sleep(1)
            before = len(crowd.statuses)
            made = drill.manage("home", first, "backup")
            drill.figures["writes while the backup ran"] = len(crowd.statuses) - before
        # Not one of them failed or was turned away.
        assert set(crowd.statuses) == {302}
        crowd.statuses.clear()
        for client in range(CLIENTS):
            crowd.press(client, AFTERWARDS // CLIENTS)
        assert set(crowd.statuses) == {302}
        forget_person(User.objects.get(pk=gone.pk), by=None)
        until(lambda: not Message.objects.filter(channel="sms", state="waiting").exists())
        until(lambda: any(line["kind"] == "erased" for line in journal.read()))
    finally:
        site.stop()
    went = drill.sent()
    lost = set(Enrolment.objects.values_list("public_id", flat=True))

    # Everything is lost: the processes, the database, the files.
    connections.close_all()
    databases.drop(first)
    shutil.rmtree(drill.folder / "home")
    copy = re.search(r"^(/\S+\.tar\.sealed) \(", made, re.MULTILINE)
    assert copy is not None
    databases.create(later)
    begun = time.monotonic()
    said = drill.manage("new", later, "restore", copy[1])
    again = Site(later, **drill.environment("new"))
    drill.seconds["restored and serving again"] = time.monotonic() - begun
    try:
        with databases.using(later), urlopen(f"http://{again.host}/", timeout=60) as home:
            assert home.status == 200
            assert signs_in(again, "demo-student")
            assert (drill.folder / "new" / "media" / "images" / "seam.webp").read_bytes()
            report = json.loads(next((drill.copies / "journal").glob("restore-*.json")).read_text())
            _it_is_honest(report, lost, went)
            assert "The outbox is HELD" in said
            forgotten = User.objects.get(pk=gone.pk)
            assert (forgotten.first_name, forgotten.is_active) == ("", False)
            assert audit.trail(forgotten).filter(verb="forget_person").count() == 1
            # A new message waits as the old ones do; relays come round every two seconds.
            send_sms("+989010000099", "notices.welcome", key="new", link="/x/")
            Message.objects.filter(key="new").update(
                not_before=Message.objects.get(key="new").made_at
            )
            time.sleep(6)
            assert drill.sent() == went
            assert holds.stands()
            drill.manage("new", later, "release_outbox", "--by", "demo-admin")
            until(lambda: not Message.objects.filter(channel="sms", state="waiting").exists())
            assert str(Message.objects.get(key="new").stable_id) in drill.sent()
            assert len(drill.sent()) == len(set(drill.sent()))
            connections.close_all()
    finally:
        again.stop()
    drill.figures |= {"messages sent before the loss": len(went)} | report["counts"]
    _write_down(drill)


def _it_is_honest(report: dict[str, Any], lost: set[Any], went: list[str]) -> None:
    """Compare the report with what really was lost."""
    there = set(Enrolment.objects.values_list("public_id", flat=True))
    younger = {line["id"] for line in report["found"]["place"]["younger"]}
    assert {str(name) for name in lost - there} <= younger
    known = {str(name) for name in Message.objects.values_list("stable_id", flat=True)}
    unknown = {line["id"] for line in report["found"]["sent"]["younger"]}
    assert {name for name in went if name not in known} <= unknown
    assert lost - there
    assert not Message.objects.filter(state="waiting", stable_id__in=went).exists()
    assert (report["journal"], report["checks"].pop("count_seats")) == ("whole", "")
    assert set(report["checks"].values()) <= {""}


def _write_down(drill: Drill) -> None:
    """Keep the times and figures where those of the kills lie."""
    said = json.dumps(
        {
            "engine": connection.vendor,
            "seconds": {name: round(found, 1) for name, found in drill.seconds.items()},
            "figures": drill.figures,
        },
        indent=1,
    )
    folder = site_settings.ROOT / "var" / "tests"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"drill.{connection.vendor}.json").write_text(said + "\n")
    print(said)
