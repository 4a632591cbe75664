"""The first minute of enrolment: 200 students, 5 seats, one moment, through HTTP.

The control tests take the guard away and see the harm, so that the rush is known to be sharp.
"""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from courses.curricula.actions import freeze_programme
from courses.enrolment.actions import open_intake
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.states import State
from courses.kit.models import AuditEntry
from courses.organisations.models import Kind
from courses.people.models import User
from tests import databases
from tests.cast import body, make_programme, person
from tests.servers import free_port, started

STUDENTS, SEATS = 200, 5
TOKEN = "x" * 32
CONSTRAINT = "no_more_seats_are_taken_than_there_are"


@dataclass
class Rush:
    """What a rush needs: a database of its own, an intake, and everybody's cookie."""

    database: str
    path: str
    cookies: list[str]


@pytest.fixture
def rush(django_db_setup: None, django_db_blocker: Any) -> Iterator[Rush]:
    """Make 200 students who are signed in, and an intake with 5 seats."""
    name = databases.own_name("rush")
    with django_db_blocker.unblock():
        databases.drop(name)
        databases.copy(databases.migrated(), name)
        with databases.using(name):
            yield _prepared(name)
        databases.drop(name)


def _prepared(name: str) -> Rush:
    school = body("school", Kind.SCHOOL, learners="girls")
    version = freeze_programme(make_programme(), by=None)
    now = timezone.now()
    intake = open_intake(
        Intake(
            code="rush", school=school, version=version, seats=SEATS, learners="girls",
            opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1),
            starts_on=now.date() + timedelta(days=30),
        ),
        by=None,
    )  # fmt: skip
    cookies = []
    for number in range(STUDENTS):
        client = Client()
        client.force_login(
            person(f"student-{number}", age=16),
            backend="django.contrib.auth.backends.ModelBackend",
        )
        cookies.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    return Rush(name, f"/intakes/{intake.public_id}/enrol/", cookies)


def everybody_at_once(rush: Rush, url: str) -> Counter[int]:
    """Let everybody press the button in the same moment; return how often each status came."""
    host = urlsplit(url).netloc
    gate = threading.Barrier(STUDENTS)

    def press(cookie: str) -> int:
        link = HTTPConnection(host, timeout=60)
        link.connect()
        gate.wait()
        link.request(
            "POST",
            rush.path,
            headers={
                "Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}; csrftoken={TOKEN}",
                "X-CSRFToken": TOKEN,
                "Content-Length": "0",
            },
        )
        return link.getresponse().status

    with ThreadPoolExecutor(STUDENTS) as pool:
        return Counter(pool.map(press, rush.cookies))


def serve(rush: Rush, entrance: str, **environment: str) -> Any:
    """Serve the site, or a mutant of it, as in production: two processes, many threads."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2",
        "--threads", "16", "--worker-class", "gthread", "--backlog", "512",
        "--log-level", "warning", "--timeout", "90", entrance,
    ]  # fmt: skip
    return started(command, port=port, database=rush.database, **environment)


def seats_given() -> int:
    return Enrolment.objects.filter(state=State.ADMITTED).count()


def test_rush_gives_each_seat_once_and_everybody_an_answer(rush: Rush) -> None:
    with serve(rush, "javar.wsgi") as server:
        answers = everybody_at_once(rush, server.url)
        again = everybody_at_once(rush, server.url)
        assert server.complaints() == ""
    assert answers == Counter({302: STUDENTS})
    assert again == Counter({302: STUDENTS}), "a second click gets the first answer"
    assert Enrolment.objects.count() == STUDENTS
    assert seats_given() == SEATS
    waiting = Enrolment.objects.filter(state=State.WAITLISTED).order_by("sequence")
    assert list(waiting.values_list("sequence", flat=True)) == list(range(1, STUDENTS - SEATS + 1))
    intake = Intake.objects.get()
    assert (intake.taken, intake.queued) == (SEATS, STUDENTS - SEATS)
    assert AuditEntry.objects.filter(verb="enrol").count() == STUDENTS
    assert (
        User.objects.filter(enrolments__isnull=True, username__startswith="student-").count() == 0
    )


@pytest.fixture
def no_constraint(rush: Rush) -> Iterator[None]:
    """Take the database's own guard away; SQLite rebuilds the table from what the model says."""
    named = [c for c in Intake._meta.constraints if c.name == CONSTRAINT]
    Intake._meta.constraints = [c for c in Intake._meta.constraints if c not in named]
    with connection.schema_editor() as editor:
        editor.remove_constraint(Intake, named[0])
    connection.close()
    yield
    Intake._meta.constraints = [*Intake._meta.constraints, *named]


@pytest.mark.usefixtures("no_constraint")
def test_rush_without_guard_and_constraint_oversells(rush: Rush) -> None:
    with serve(rush, "tests.load.mutants:application", MUTANT="unguarded") as server:
        everybody_at_once(rush, server.url)
    assert seats_given() > SEATS


def test_constraint_alone_keeps_the_seats_but_answers_errors(rush: Rush) -> None:
    with serve(rush, "tests.load.mutants:application", MUTANT="unguarded") as server:
        answers = everybody_at_once(rush, server.url)
    assert seats_given() <= SEATS
    assert answers[500] > 0, "the last wall holds, but it is no way to say no"


@pytest.mark.skipif("not databases.on_sqlite()", reason="DEFERRED is a mode of SQLite")
def test_rush_in_deferred_mode_answers_errors(rush: Rush) -> None:
    with serve(rush, "tests.load.mutants:application", MUTANT="deferred") as server:
        answers = everybody_at_once(rush, server.url)
    assert answers[500] > 0
