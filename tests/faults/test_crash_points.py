"""A process that dies at any one statement of a request leaves all of a decision, or nothing.

Luck finds such faults seldom; here every statement of an application, a withdrawal (which offers
the seat to the next) and an acceptance has its turn. The mutant without a transaction shows that
the walk is sharp.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from courses.enrolment import actions
from courses.enrolment.models import Enrolment
from courses.people.models import User
from tests import databases
from tests.faults.books import mismatches
from tests.load import rushes
from tests.load.rushes import Answer, Rush, press
from tests.servers import Server, free_port, started

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="processes are killed as Linux kills them"
)

# In the fast run every seventh statement has its turn, another seventh for each path.
STRIDE = 1 if os.environ.get("JAVAR_DEEP") == "1" else 7
MOST_STATEMENTS = 200


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: Any) -> Iterator[Rush]:
    """Three students with consent on file."""
    with django_db_blocker.unblock():
        name = rushes.own_database("crash")
        with databases.using(name):
            yield rushes.prepared(name, 3)
        databases.drop(name)


@pytest.fixture(autouse=True)
def unblocked(crowd: Rush, django_db_blocker: Any, settings: Any) -> Iterator[None]:
    settings.JAVAR_MOST_OPEN_ENROLMENTS = 1000
    with django_db_blocker.unblock():
        yield


@contextmanager
def crashing(database: str, **environment: str) -> Iterator[Server]:
    """Serve the site with one process, which is born anew whenever it dies."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1",
        "--threads", "2", "--worker-class", "gthread", "--preload", "--log-level", "critical",
        "tests.faults.crashing:application",
    ]  # fmt: skip
    with started(
        command, port=port, database=database, JAVAR_MOST_OPEN_ENROLMENTS="1000", **environment
    ) as server:
        yield server


class World:
    """An intake with one seat, its three students, and how they press buttons."""

    def __init__(self, crowd: Rush, server: Server) -> None:
        self.crowd, self.host = crowd, urlsplit(server.url).netloc
        self.intake = crowd.intake(1)
        self.students = list(User.objects.filter(username__startswith="student-").order_by("pk"))

    def place(self, number: int) -> Enrolment:
        return Enrolment.objects.get(intake=self.intake, student=self.students[number])

    def press(self, number: int, path: str, form: str = "", *, crash: int = 0) -> Answer:
        headers = {"X-Crash": str(crash)} if crash else {}
        return press(self.host, path, self.crowd.cookies[number], form=form, headers=headers)

    def ask(self, number: int, *, crash: int = 0) -> Answer:
        return self.press(number, f"/intakes/{self.intake.public_id}/apply/", crash=crash)


def sit(world: World, number: int) -> None:
    actions.apply_to(world.intake, by=world.students[number], at=timezone.now())


def to_apply(world: World) -> Callable[[int], Answer]:
    """Somebody asks for the one seat."""
    return lambda crash: world.ask(0, crash=crash)


def to_queue(world: World) -> Callable[[int], Answer]:
    """Somebody asks when the seat is taken."""
    sit(world, 1)
    return lambda crash: world.ask(0, crash=crash)


def to_leave(world: World) -> Callable[[int], Answer]:
    """Somebody leaves while two wait: the first of them is offered the seat."""
    for number in (0, 1, 2):
        sit(world, number)
    path = f"/enrolments/{world.place(0).public_id}/leave/"
    return lambda crash: world.press(0, path, "reason=-", crash=crash)


def to_accept(world: World) -> Callable[[int], Answer]:
    """Somebody accepts an offer."""
    for number in (0, 1, 2):
        sit(world, number)
    actions.withdraw(world.place(0), by=world.students[0], at=timezone.now())
    path = f"/enrolments/{world.place(1).public_id}/answer/"
    return lambda crash: world.press(1, path, "answer=accept", crash=crash)


PATHS = [to_apply, to_queue, to_leave, to_accept]


def walk(
    crowd: Rush, server: Server, prepare: Callable[[World], Callable[[int], Answer]], first: int
) -> tuple[int, list[str]]:
    """Let the process die at one statement after another; return how many deaths, and the harm.

    Ends at the first request that lives: it has fewer statements.
    """
    harm: list[str] = []
    for deaths, crash in enumerate(range(first, MOST_STATEMENTS, STRIDE)):
        world = World(crowd, server)
        act = prepare(world)
        answer = act(crash)
        harm += [f"{crash}: {what}" for what in mismatches(world.intake)]
        if answer.status:
            assert answer.status == 302
            return deaths, harm
        # Whoever got no answer presses again, and gets the one there is.
        again = act(0)
        if again.status not in {302, 409}:
            harm.append(f"{crash}: pressed again, answered {again.status}")
        harm += [f"{crash}, pressed again: {what}" for what in mismatches(world.intake)]
    raise AssertionError("the request has too many statements")


@pytest.mark.parametrize("prepare", PATHS, ids=[path.__name__ for path in PATHS])
def test_a_death_at_any_statement_leaves_all_or_nothing(crowd: Rush, prepare: Any) -> None:
    with crashing(crowd.database) as server:
        deaths, harm = walk(crowd, server, prepare, 1 + PATHS.index(prepare))
    assert harm == []
    assert deaths * STRIDE > 10, "the walk went through the decision"


def test_mutant_in_autocommit_leaves_halves_behind(crowd: Rush) -> None:
    with crashing(crowd.database, CRASH_MUTANT="autocommit") as server:
        _deaths, harm = walk(crowd, server, to_apply, 2)
    assert harm != []


def test_outbox_outside_the_transaction_forgets_what_it_owes(crowd: Rush) -> None:
    with crashing(crowd.database, CRASH_MUTANT="told_afterwards") as server:
        _deaths, harm = walk(crowd, server, to_apply, 2)
    assert any("told" in what or "outbox" in what for what in harm)
