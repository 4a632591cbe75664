"""A site that was restored holds still: nothing leaves it, and time decides nothing.

The copy does not know what was sent, answered and decided after it was made. Until a keeper has
read what the journal says of that and releases the site, the relay sends nothing and no place
lapses because somebody's answer is missing from the copy.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from courses.kit.models import Hold

AfterRestore = Callable[[datetime], object]
AFTER_RESTORE: list[AfterRestore] = []


def after_restore(function: AfterRestore) -> AfterRestore:
    """Declare what must be done once with a restored database, before anybody uses it."""
    AFTER_RESTORE.append(function)
    return function


def present() -> Hold | None:
    """Return the hold that stands, or None."""
    return Hold.objects.filter(standing=True).first()


def stands() -> bool:
    """Tell whether the site holds still."""
    return Hold.objects.filter(standing=True).exists()


def put(report: dict[str, Any], *, at: datetime) -> Hold:
    """Let the site hold still; a hold that stands already is kept."""
    return present() or Hold.objects.create(since=at, report=report)
