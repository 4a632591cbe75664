"""A rush: many students with a seat in sight, one moment, through HTTP with their own sessions."""

import sys
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from courses.curricula.actions import freeze_programme
from courses.curricula.models import ProgrammeVersion
from courses.enrolment.actions import open_intake
from courses.enrolment.models import Enrolment, Intake, SeatPool
from courses.enrolment.states import TAKES_A_SEAT, State
from courses.kit.models import AuditEntry
from courses.notices.models import Notice
from courses.organisations.models import Kind, Organisation
from tests import databases
from tests.cast import body, make_programme, person, prove
from tests.servers import Server, free_port, started

TOKEN = "x" * 32


@dataclass
class Rush:
    """Signed-in students with consent on file, and a school that opens intakes."""

    database: str
    school: Organisation
    version: ProgrammeVersion
    cookies: list[str]

    def some(self, number: int) -> "Rush":
        """Return the same with the first so many students only."""
        return replace(self, cookies=self.cookies[:number])

    def intake(self, seats: int) -> Intake:
        """Open one more intake, with its seats, for the next rush."""
        now = timezone.now()
        return open_intake(
            Intake(
                code=f"rush-{uuid.uuid4().hex[:12]}", school=self.school, version=self.version,
                learners="girls", opens_at=now - timedelta(days=1),
                closes_at=now + timedelta(days=1), starts_on=now.date() + timedelta(days=30),
            ),
            by=None, seats=seats,
        )  # fmt: skip


def prepared(database: str, students: int) -> Rush:
    """Make the students and sign them in, on the database in use; each has a mobile."""
    with transaction.atomic():
        school = body("school", Kind.SCHOOL, learners="girls")
        version = freeze_programme(make_programme(), by=None)
        cookies = []
        for number in range(students):
            student = person(f"student-{number}", age=16)
            prove(student, mobile=f"+98901{number:07d}")
            client = Client()
            client.force_login(student, backend="django.contrib.auth.backends.ModelBackend")
            cookies.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    return Rush(database, school, version, cookies)


def serve(
    database: str, entrance: str = "javar.wsgi", **environment: str
) -> AbstractContextManager[Server]:
    """Serve the site, or a mutant of it, as in production: two processes, many threads."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2",
        "--threads", "16", "--worker-class", "gthread", "--backlog", "1024",
        # The crowd connects, then waits at the gate: on a busy machine longer than a server has
        # patience with whoever says nothing.
        "--log-level", "warning", "--timeout", "90", "--keep-alive", "90", entrance,
    ]  # fmt: skip
    return started(
        command, port=port, database=database, JAVAR_MOST_OPEN_ENROLMENTS="1000", **environment
    )


@dataclass(frozen=True)
class Answer:
    """What one press of the button came to."""

    status: int
    place: str
    seconds: float
    # When the button was pressed, by this process's monotonic clock.
    begun: float = 0.0


def press(
    host: str, path: str, cookie: str, *, gate: threading.Barrier | None = None,
    method: str = "POST", form: str = "", headers: dict[str, str] | None = None,
) -> Answer:  # fmt: skip
    """Press the button once, or send a form or ask for a page; status 0: the connection broke."""
    link = HTTPConnection(host, timeout=60)
    begun = time.monotonic()
    try:
        link.connect()
        if gate is not None:
            gate.wait()
        begun = time.monotonic()
        link.request(
            method,
            path,
            body=form,
            headers={
                "Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}; csrftoken={TOKEN}",
                "X-CSRFToken": TOKEN,
                "Content-Type": "application/x-www-form-urlencoded",
                "Content-Length": str(len(form)),
                **(headers or {}),
            },
        )
        response = link.getresponse()
        place = response.headers.get("Location", "")
        response.read()
        return Answer(response.status, place, time.monotonic() - begun, begun)
    except (OSError, HTTPException):
        return Answer(0, "", time.monotonic() - begun, begun)
    finally:
        link.close()


def everybody_at_once(rush: Rush, intake: Intake, url: str, *, clicks: int = 1) -> list[Answer]:
    """Let everybody press the button `clicks` times in the same moment."""
    host, path = urlsplit(url).netloc, f"/intakes/{intake.public_id}/apply/"
    # The clicks of one person come one after the other, as a finger makes them.
    cookies = [cookie for cookie in rush.cookies for _click in range(clicks)]
    # Whoever cannot even connect would keep the others at the gate for ever.
    gate = threading.Barrier(len(cookies), timeout=90)
    with ThreadPoolExecutor(len(cookies)) as pool:
        return list(pool.map(lambda cookie: press(host, path, cookie, gate=gate), cookies))


def statuses(answers: list[Answer]) -> Counter[int]:
    """Return how often each status came."""
    return Counter(answer.status for answer in answers)


def faults_of(intake: Intake, *, students: int) -> list[str]:
    """Return what is wrong with the books of an intake after a rush; empty: nothing."""
    found = []

    def expect(what: str, seen: Any, wanted: Any) -> None:
        if seen != wanted:
            found.append(f"{what}: {seen}, not {wanted}")

    pool = SeatPool.objects.get(intake=intake)
    seats = pool.seats or 0
    rows = Enrolment.objects.filter(intake=intake)
    keys = [str(key) for key in rows.values_list("pk", flat=True)]
    admitted = rows.filter(state=State.ADMITTED)
    numbers = rows.filter(state=State.WAITLISTED).order_by("sequence")
    told = Notice.objects.filter(key__contains=":", recipient__in=rows.values("student"))
    told = told.filter(path__in=[f"/enrolments/{public}/" for public in rows.values_list(
        "public_id", flat=True)])  # fmt: skip
    lines = AuditEntry.objects.filter(verb="apply", object_id__in=keys)
    expect("rows", rows.count(), students)
    expect("students", rows.values("student").distinct().count(), students)
    expect("admitted", admitted.count(), min(seats, students))
    expect("taken", pool.taken, rows.filter(state__in=TAKES_A_SEAT).count())
    waiting = max(0, students - seats)
    expect("numbers", list(numbers.values_list("sequence", flat=True)), [*range(1, waiting + 1)])
    expect("lines of the trail", lines.count(), students)
    expect("notices", told.count(), students)
    sent = rows.filter(student__messages__kind="enrolment.admitted").distinct()
    expect("messages", set(admitted) - set(sent), set())
    return found


def own_database(what: str) -> str:
    """Return a fresh copy of the migrated template."""
    name = databases.own_name(what)
    databases.drop(name)
    databases.copy(databases.migrated(), name)
    return name
