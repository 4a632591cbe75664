"""The database is taken away from a running site and given back; then its disk is full.

Nobody restarts anything. The ordinary run has a web server alone; the deep one the whole site,
and, where tests run on PostgreSQL, a cluster of its own that is stopped and started.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, connections

from courses.enrolment.models import Enrolment
from tests import databases
from tests.faults.killable import Site
from tests.faults.outages import (
    BIN,
    Cluster,
    away,
    can_be_filled,
    move_to,
    nothing_new,
    small_disk,
    until,
)
from tests.load import rushes
from tests.load.rushes import Rush, press
from tests.servers import STARTS_WITHIN, environment_of, free_port, started

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the site's parts are found as Linux shows them"
)

READS = ("/intakes/", "/my/notices/", "/vacancies/", "/account/login/", "/none/")
# The first lines of every process, and one of each that works again.
FEW_LINES = 25


@pytest.fixture
def rush(django_db_setup: None, django_db_blocker: Any, tmp_path: Path) -> Iterator[Rush]:
    """Two students with sessions, on a database of their own, on SQLite on a disk of its own."""
    with django_db_blocker.unblock(), small_disk(tmp_path / "disk") as is_small:
        name = rushes.own_database("outage")
        with databases.using(name):
            prepared = rushes.prepared(name, 2)
            if databases.on_sqlite() and is_small:
                move_to(tmp_path / "disk", name)
            yield prepared
        databases.drop(name)


def ask(host: str, path: str, cookie: str = "", accept: str = "text/html") -> tuple[int, str, str]:
    """Ask for a page; return its status, when to come back, and what it says."""
    link = HTTPConnection(host, timeout=30)
    session = f"{settings.SESSION_COOKIE_NAME}={cookie}" if cookie else ""
    link.request("GET", path, headers={"Cookie": session, "Accept": accept})
    response = link.getresponse()
    text = response.read().decode()
    link.close()
    return response.status, response.headers.get("Retry-After", ""), text


def test_web_server_says_so_in_words_and_heals_by_itself(rush: Rush) -> None:
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1",
        "--threads", "2", "--worker-class", "gthread", "--log-level", "warning", "javar.wsgi",
    ]  # fmt: skip
    first, second = rush.cookies
    intake = rush.intake(5)
    apply = f"/intakes/{intake.public_id}/apply/"
    with started(command, port=port, database=rush.database) as server:
        host = urlsplit(server.url).netloc
        usual = [ask(host, path, first)[0] for path in READS]
        assert 503 not in usual

        with away(rush.database):
            for _time in range(5):
                met = [ask(host, path, first)[:2] for path in READS]
                assert met == [(503, "15")] * len(READS)
                # What asks the database nothing goes on for who is signed out.
                met = [ask(host, path)[:2] for path in READS]
                assert met == [(503, "15"), (302, ""), (503, "15"), (200, ""), (503, "15")]
            assert press(host, apply, first).status == 503
            said = json.loads(ask(host, "/intakes/", accept="application/json")[2])
            assert said["code"] == "unavailable_lost"
            assert ask(host, "/healthz")[0] == 200
            assert ask(host, "/readyz")[0] == 503
        assert [ask(host, path, first)[0] for path in READS] == usual
        assert press(host, apply, first).status == 302

        # A small disk can be made on Linux as root alone; PostgreSQL needs none.
        if not databases.on_sqlite() or can_be_filled(rush.database):
            with nothing_new(rush.database):
                assert [ask(host, path, second)[0] for path in READS] == usual
                pressed = [press(host, apply, second).status for _time in range(5)]
                assert pressed == [503] * 5
                assert [ask(host, path, second)[0] for path in READS] == usual
        assert press(host, apply, second).status == 302
        lines = [line for line in server.log.read_text().splitlines() if "none" not in line]
    assert Enrolment.objects.filter(intake=intake).count() == 2
    assert len(lines) <= 4, lines


def answers(host: str) -> bool:
    """Tell whether the first page is there."""
    try:
        return ask(host, "/")[0] == 200
    except OSError:
        return False


def ready(site: Site) -> bool:
    """Tell whether the whole site says that it is ready."""
    try:
        return ask(site.host, "/readyz")[0] == 200
    except OSError:
        return False


@pytest.fixture
def sown_copy(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A copy of the sown site."""
    with django_db_blocker.unblock():
        template, name = databases.sown(), databases.own_name("outage")
        databases.drop(name)
        databases.copy(template, name)
        yield name
        databases.drop(name)


def endure(site: Site, seconds: float) -> None:
    """Press and look at a site without a database, all the time."""
    until_then = time.monotonic() + seconds
    while time.monotonic() < until_then:
        for path in ("/", "/en/", "/none/"):
            status, after, _text = ask(site.host, path)
            assert (status, after) == (503, "15")
        assert press(site.host, "/account/login/", "", form="login=a&password=b").status == 503


@pytest.mark.deep
def test_whole_site_outlives_its_database(sown_copy: str) -> None:
    site = Site(sown_copy)
    try:
        until("ready at first", lambda: ready(site), within=60)
        parts = {part: site.processes(part) for part in ("db_worker", "scheduler", "relay")}
        before = len(site.log.read_text().splitlines())
        with away(sown_copy):
            endure(site, 45)
        until("answers again", lambda: answers(site.host), within=5)
        until("every part lives again", lambda: ready(site), within=30)
        time.sleep(3)
        assert {part: site.processes(part) for part in parts} == parts, "nobody died of it"
        lines = site.log.read_text().splitlines()[before:]
    finally:
        site.stop()
        connections.close_all()
    assert len(lines) <= FEW_LINES, "\n".join(lines)
    assert not [line for line in lines if "Traceback" in line]


@pytest.mark.deep
@pytest.mark.skipif(BIN is None, reason="needs PostgreSQL's programs")
@pytest.mark.parametrize("how", ["immediate", "fast"])
def test_site_on_a_cluster_that_stops_heals_when_it_starts(sown_copy: str, how: str) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("runs beside the tests on PostgreSQL")
    connections.close_all()
    cluster = Cluster(free_port())
    try:
        cluster.fill_from(databases.url_of(sown_copy))
        site = Site(sown_copy, DATABASE_URL=cluster.url)
        try:
            until("ready at first", lambda: ready(site), within=60)
            before = len(site.log.read_text().splitlines())
            cluster.stop(how)
            endure(site, 20)
            cluster.start()
            seconds = until("answers again", lambda: answers(site.host), within=5)
            until("every part lives again", lambda: ready(site), within=30)
            lines = site.log.read_text().splitlines()[before:]
        finally:
            site.stop()
        print(f"{how}: answers again {seconds:.1f} s after the start, {len(lines)} lines")
    finally:
        cluster.remove()
    assert len(lines) <= FEW_LINES, "\n".join(lines)


@pytest.mark.deep
def test_site_that_starts_without_its_database_waits_for_it(sown_copy: str) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("a first start makes SQLite's file; a gone one is in tests/site/test_serve.py")
    port = free_port()
    host, log = f"127.0.0.1:{port}", Path(settings.VAR) / "tests" / f"waits-{port}.log"
    with away(sown_copy), log.open("w") as output:
        site = subprocess.Popen(
            [sys.executable, str(settings.ROOT / "manage.py"), "serve", "--port", str(port)],
            env=environment_of(sown_copy), stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        until("says what it waits for", lambda: "waiting for it" in log.read_text(), within=60)
        time.sleep(8)
        assert log.read_text().count("waiting for it") == 1
    try:
        until("answers", lambda: answers(host), within=STARTS_WITHIN)
        site.send_signal(signal.SIGTERM)
        assert site.wait(12) == 0
    finally:
        site.terminate()


@pytest.mark.deep
def test_nothing_of_a_killed_serve_stays_behind(sown_copy: str) -> None:
    site = Site(sown_copy)
    try:
        parts = ("gunicorn", "db_worker", "scheduler", "relay")
        assert all(site.processes(part) for part in parts)
        site.process.kill()
        until("all have ended", lambda: not any(map(site.processes, parts)), within=15)
        site.start()
        assert answers(site.host)
    finally:
        site.stop()
        connections.close_all()
