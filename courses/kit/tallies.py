"""Where counts of limits are kept: in the database, or in Redis."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Case, F, Value, When

from courses.kit.models import Tally


class CannotCount(Exception):  # noqa: N818 - the house says what happened, not that it is an error
    """Nobody answers where counts are kept, so nothing that is counted may happen."""


class Tallies(Protocol):
    """A keeper of counts. Every count comes with the moment its window ends."""

    def count(self, key: str, most: int, seconds: int, at: datetime) -> tuple[int, datetime]:
        """Count once, unless more than `most` are counted already; return the count."""

    def look(self, key: str, at: datetime) -> tuple[int, datetime | None]:
        """Return the count of the present window."""

    def give_back(self, key: str, ends_at: datetime) -> None:
        """Take one count back from the window that ends then."""


class DatabaseTallies:
    """Keeps a row a key. The UPDATE decides; whoever comes second waits for the first."""

    def count(self, key: str, most: int, seconds: int, at: datetime) -> tuple[int, datetime]:
        """Count once in a transaction of its own."""
        taken, ends_at = self.look(key, at)
        if ends_at is not None and taken > most:
            return taken, ends_at
        end = at + timedelta(seconds=seconds)
        with transaction.atomic(durable=True):
            if not self._add(key, at, end):
                # Of two that come first, one inserts; both then add to the one row.
                Tally.objects.bulk_create(
                    [Tally(key=key, taken=0, ends_at=end)], ignore_conflicts=True
                )
                self._add(key, at, end)
            row = Tally.objects.get(key=key)
        return row.taken, row.ends_at

    def _add(self, key: str, at: datetime, end: datetime) -> int:
        is_over = When(ends_at__lte=at, then=Value(1))
        return Tally.objects.filter(key=key).update(
            taken=Case(is_over, default=F("taken") + 1),
            ends_at=Case(When(ends_at__lte=at, then=Value(end)), default=F("ends_at")),
        )

    def look(self, key: str, at: datetime) -> tuple[int, datetime | None]:
        """Read the row."""
        row = Tally.objects.filter(key=key, ends_at__gt=at).first()
        return (row.taken, row.ends_at) if row else (0, None)

    def give_back(self, key: str, ends_at: datetime) -> None:
        """Subtract one, never below nothing."""
        Tally.objects.filter(key=key, ends_at=ends_at, taken__gt=0).update(taken=F("taken") - 1)

    def forget_ended(self, at: datetime) -> None:
        """Delete the rows whose windows are over."""
        Tally.objects.filter(ends_at__lte=at).delete()


# One step for Redis: nobody comes between the count and its end.
COUNT = """
local taken = tonumber(redis.call('GET', KEYS[1]) or '0')
if taken <= tonumber(ARGV[1]) then
  taken = redis.call('INCR', KEYS[1])
  if taken == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
end
return {taken, redis.call('PEXPIRETIME', KEYS[1])}
"""
GIVE_BACK = """
if redis.call('PEXPIRETIME', KEYS[1]) == tonumber(ARGV[1])
  and tonumber(redis.call('GET', KEYS[1]) or '0') > 0
then redis.call('DECR', KEYS[1]) end
"""
# A sign-in does not wait longer for a silent Redis.
PATIENCE = 2.0


@lru_cache
def _client(url: str) -> Any:
    import redis  # noqa: PLC0415 - only where it is named is it installed

    return redis.Redis.from_url(
        url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, decode_responses=True
    )


class RedisTallies:
    """Keeps a number a key, which Redis drops at its end. The clock is Redis's own."""

    def __init__(self, url: str) -> None:
        """Name the server; the connection is made at the first count."""
        self.url = url

    def _run(self, script: str, key: str, *values: object) -> Any:
        import redis  # noqa: PLC0415

        try:
            return _client(self.url).eval(script, 1, f"javar:tally:{key}", *values)
        except redis.RedisError as error:
            raise CannotCount(type(error).__name__) from error

    def count(self, key: str, most: int, seconds: int, at: datetime) -> tuple[int, datetime]:
        """Count in one script."""
        taken, end = self._run(COUNT, key, most, seconds * 1000)
        return taken, _moment(end)

    def look(self, key: str, at: datetime) -> tuple[int, datetime | None]:
        """Read number and end together."""
        script = "return {redis.call('GET', KEYS[1]), redis.call('PEXPIRETIME', KEYS[1])}"
        taken, end = self._run(script, key)
        return (int(taken), _moment(end)) if taken is not None else (0, None)

    def give_back(self, key: str, ends_at: datetime) -> None:
        """Subtract one in one script."""
        self._run(GIVE_BACK, key, round(ends_at.timestamp() * 1000))


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
