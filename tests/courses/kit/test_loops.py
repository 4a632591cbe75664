"""Endless loops: what they rest, what they write, when they go on."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError, connection

from courses.kit.loops import BEAT_EVERY, Loop, database_answers, rest_after
from courses.kit.models import Heartbeat, Part

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def open_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the test's own connection, which is in a transaction, open between two turns."""
    monkeypatch.setattr("courses.kit.loops.close_old_connections", lambda: None)
    monkeypatch.setattr("courses.kit.loops.connections.close_all", lambda: None)


class Clock:
    """Seconds that pass when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 2))
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    logger = logging.getLogger("javar.relay")
    logger.addHandler(handler)
    yield text
    logger.removeHandler(handler)


def loop_of(clock: Clock, turns: list[Any]) -> Loop:
    """Return a relay's loop whose turns end as told: a value is returned, an error is raised."""

    def turn(at: datetime) -> bool:
        end = turns.pop(0)
        if isinstance(end, Exception):
            raise end
        return bool(end)

    return Loop(turn, part=Part.RELAY, pause=2.0, watch=clock, sleep=clock.sleep)


@contextmanager
def lost_database() -> Iterator[None]:
    def fail(*what: Any) -> None:
        raise OperationalError("unable to open database file")

    with connection.execute_wrapper(fail):
        yield


def test_rest_grows_up_to_half_a_minute_and_is_never_the_same_for_all() -> None:
    grown = [rest_after(failures, pause=2.0, luck=0.0) for failures in range(1, 8)]
    assert grown == [2, 4, 8, 16, 30, 30, 30]
    assert rest_after(10**6, pause=2.0, luck=1.0) == pytest.approx(20)
    assert rest_after(1, pause=0.0, luck=0.0) == 1


def test_turn_with_more_to_do_is_followed_at_once(clock: Clock) -> None:
    loop = loop_of(clock, [True, False])
    assert (loop.take_turn(), loop.take_turn()) == (0.0, 2.0)


def test_loop_says_that_it_lives_at_most_every_few_seconds(clock: Clock) -> None:
    loop = loop_of(clock, [False] * 3)
    loop.take_turn()
    first = Heartbeat.objects.get(part=Part.RELAY).at
    loop.take_turn()
    assert Heartbeat.objects.get().at == first
    clock.now = BEAT_EVERY
    loop.take_turn()
    assert Heartbeat.objects.get().at > first


def test_lost_database_is_waited_for_and_gone_on_with_at_once(
    clock: Clock, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = OperationalError("unable to open database file")
    loop = loop_of(clock, [gone] * 6 + [False])
    answers = iter([False] * 200)
    monkeypatch.setattr("courses.kit.loops.database_answers", lambda: next(answers))
    for _turn in range(6):
        loop.rest(loop.take_turn())
    assert clock.now > 40, "it rested longer each time"
    monkeypatch.setattr("courses.kit.loops.database_answers", lambda: True)
    before = clock.now
    loop.rest(30.0)
    assert clock.now - before == 1.0
    assert loop.take_turn() == 2.0
    lines = written.getvalue().splitlines()
    assert lines[0] == "lost: unable to open database file; trying again"
    assert lines[-1] == "works again after 6 failed turns"


def test_full_disk_is_rested_out(clock: Clock) -> None:
    loop = loop_of(clock, [OperationalError("database or disk is full")])
    loop.rest(loop.take_turn())
    assert len(clock.slept) == 1
    assert 1.3 < clock.slept[0] <= 2.0


def test_mistake_is_written_with_its_traceback_once_a_minute(
    clock: Clock, written: io.StringIO
) -> None:
    loop = loop_of(clock, [ValueError("ours")] * 3 + [ValueError("another"), ValueError("ours")])
    for seconds in (0, 1, 59, 60, 60):
        clock.now = seconds
        loop.take_turn()
    assert written.getvalue().count("Traceback") == 3


def test_database_is_asked_whether_it_answers() -> None:
    assert database_answers() is True
    with lost_database():
        assert database_answers() is False
    assert database_answers() is True
