"""The endless loops of the background: scheduler, relay, worker.

A loop takes a turn, says that it lives, rests. When a turn fails it rests longer each time, so
that a lost database is neither asked all day nor written about all day; when the database answers
again it goes on at once. A loop never ends by itself.
"""

import logging
import random
import time
from collections.abc import Callable
from datetime import datetime

from django.db import close_old_connections, connection, connections
from django.utils import timezone

from courses.kit.faults import Fault, fault_of, words_of
from courses.kit.models import Heartbeat

# Seconds: between two heartbeats, the longest rest, between two looks whether a lost database is
# back, between two lines about one mistake.
BEAT_EVERY, LONGEST_REST, LOOK_EVERY, SAY_EVERY = 15.0, 30.0, 1.0, 60.0

Turn = Callable[[datetime], bool]


def rest_after(failures: int, *, pause: float, luck: float) -> float:
    """Return the seconds to rest after so many failures in a row: twice as long each time.

    `luck`, from 0 to 1, takes up to a third away, so that what failed together comes back apart.
    """
    longest = min(max(pause, 1.0) * 2 ** (min(failures, 20) - 1), LONGEST_REST)
    return longest * (1 - luck / 3)


def database_answers() -> bool:
    """Tell whether the database can be read; leave no broken connection behind."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # whatever it is, it is no answer
        connections.close_all()
        return False
    return True


class Loop:
    """Turns until the process ends; `turn` tells whether there is more to do at once."""

    def __init__(
        self,
        turn: Turn,
        *,
        part: str,
        pause: float,
        watch: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the work, whose part of the site it is, and the seconds between two turns."""
        self._turn, self._part, self._pause = turn, part, pause
        self._watch, self._sleep = watch, sleep
        self._logger = logging.getLogger(f"javar.{part}")
        self._failures = 0
        self._fault: Fault | None = None
        self._beat_at: float | None = None
        self._said = ("", 0.0)

    def run(self) -> None:
        """Take turns for ever."""
        while True:
            self.rest(self.take_turn())

    def take_turn(self) -> float:
        """Take one turn; return the seconds to rest."""
        try:
            close_old_connections()
            at = timezone.now()
            has_more = self._turn(at)
            self.beat(at)
        except Exception as error:
            return self._fail(error)
        if self._failures:
            self._logger.warning("works again after %s failed turns", self._failures)
        self._failures, self._fault = 0, None
        return 0.0 if has_more else self._pause

    def beat(self, at: datetime) -> None:
        """Write down that this part lives, at most every few seconds."""
        now = self._watch()
        if self._beat_at is None or now - self._beat_at >= BEAT_EVERY:
            Heartbeat.objects.update_or_create(part=self._part, defaults={"at": at})
            self._beat_at = now

    def rest(self, seconds: float) -> None:
        """Rest; end the rest as soon as a database that was lost answers."""
        until = self._watch() + seconds
        while (left := until - self._watch()) > 0:
            lost = self._fault is Fault.LOST
            self._sleep(min(left, LOOK_EVERY) if lost else left)
            if lost and database_answers():
                return

    def _fail(self, error: Exception) -> float:
        self._failures += 1
        self._fault = fault_of(error)
        if self._fault:
            self._logger.error(
                "%s: %s; trying again", self._fault, words_of(error),
                extra={"fault": str(self._fault)},
            )  # fmt: skip
            connections.close_all()
        else:
            self._say_mistake(error)
        return rest_after(self._failures, pause=self._pause, luck=random.random())  # noqa: S311

    def _say_mistake(self, error: Exception) -> None:
        """Write a mistake of ours down with its traceback, the same one at most once a minute."""
        words, now = repr(error), self._watch()
        if words != self._said[0] or now - self._said[1] >= SAY_EVERY:
            self._logger.error("a turn failed; the next one follows", exc_info=error)
            self._said = (words, now)
