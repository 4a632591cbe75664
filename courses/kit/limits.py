"""How often something may happen: counted where all processes meet, under keys nobody can read.

`count(SIGN_IN, "aylin")` counts once and says where the key stands; `check` only looks. A count is
one guarded write in a transaction of its own, so it stays when the request that made it breaks;
inside another transaction it is refused, for there it would be undone together with it. Keys are
kept as keyed hashes: a user name, a number or an address cannot be read back from a row.

A window opens with the first count and is as long as the limit says; when it is over, the next
count opens another. So in any such stretch of time at most twice the number passes.

Counts lie in the database, or in Redis when `JAVAR_REDIS_URL` names one. Where neither answers,
`CannotCount` (or the database's own error) is raised: what must be counted does not happen.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from courses.kit.refusal import Refusal
from courses.kit.tallies import DatabaseTallies, RedisTallies, Tallies


@dataclass(frozen=True)
class Limit:
    """So many in so many seconds; `why` is the reason of the numbers. The name is its own."""

    name: str
    most: int
    seconds: int
    why: str


@dataclass(frozen=True)
class Standing:
    """How often a key was counted in its present window; `key` is the hash it is kept under."""

    limit: Limit
    key: str
    taken: int
    ends_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Tell whether more were counted than may be: what was counted last is refused."""
        return self.taken > self.limit.most

    @property
    def is_full(self) -> bool:
        """Tell whether the next one would be refused."""
        return self.taken >= self.limit.most

    def wait(self, at: datetime | None = None) -> int:
        """Return the seconds until the window is over, at least one."""
        if self.ends_at is None:
            return 1
        return max(1, math.ceil((self.ends_at - (at or timezone.now())).total_seconds()))


class TooMany(Refusal):
    """Something was tried too often; `retry_after` says in how many seconds it may be tried."""

    code = "too_many"
    sentence = _("This was tried too often. Wait a little and try again.")

    def __init__(self, retry_after: int) -> None:
        """Keep how long to wait."""
        super().__init__()
        self.retry_after = retry_after


def tallies() -> Tallies:
    """Return where counts are kept."""
    if settings.JAVAR_REDIS_URL:
        return RedisTallies(settings.JAVAR_REDIS_URL)
    return DatabaseTallies()


def hidden(limit: Limit, key: str) -> str:
    """Return the keyed hash under which a key is counted."""
    return salted_hmac(
        "courses.kit.limits", f"{limit.name}\0{key}", algorithm="sha256"
    ).hexdigest()  # fmt: skip


def count(limit: Limit, key: str, *, at: datetime | None = None) -> Standing:
    """Count once and tell where the key stands; beyond the limit nothing is written any more.

    Raises RuntimeError inside a transaction, CannotCount where Redis is silent.
    """
    name = hidden(limit, key)
    taken, ends_at = tallies().count(name, limit.most, limit.seconds, at or timezone.now())
    return Standing(limit, name, taken, ends_at)


def check(limit: Limit, key: str, *, at: datetime | None = None) -> Standing:
    """Tell where a key stands, without counting."""
    name = hidden(limit, key)
    taken, ends_at = tallies().look(name, at or timezone.now())
    return Standing(limit, name, taken, ends_at)


def count_or_refuse(limit: Limit, key: str, *, at: datetime | None = None) -> Standing:
    """Count once; raise TooMany where that is more than the limit allows."""
    standing = count(limit, key, at=at)
    if standing.is_over:
        raise TooMany(standing.wait(at))
    return standing


def count_all(key: str, *several: Limit, at: datetime | None = None) -> list[Standing]:
    """Count once by each limit, the shortest first; raise TooMany, with nothing counted, where one
    is reached: what is refused today uses up nothing of the day after.
    """
    counted: list[Standing] = []
    for limit in several:
        try:
            counted.append(count_or_refuse(limit, key, at=at))
        except TooMany:
            for standing in counted:
                give_back(standing)
            raise
    return counted


def give_back(standing: Standing) -> None:
    """Take one count back, if its window still stands: it turned out not to count."""
    if standing.ends_at is not None:
        tallies().give_back(standing.key, standing.ends_at)


def forget_ended(at: datetime) -> None:
    """Delete the windows that are over; Redis does so by itself."""
    DatabaseTallies().forget_ended(at)
