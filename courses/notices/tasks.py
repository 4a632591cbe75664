"""Periodic jobs of the notices: thin entrances."""

import logging
from datetime import datetime

from courses.kit import journal
from courses.kit.holds import after_restore
from courses.kit.jobs import every
from courses.notices import actions

logger = logging.getLogger("javar.journal")


@every(hours=24)
def forget_old_codes(at: datetime) -> None:
    """Delete codes that no ceiling counts any more, and the numbers with them."""
    actions.forget_codes(at=at)


@every(minutes=1)
def write_down_sent(at: datetime) -> None:
    """Write into the journal what the relays could not."""
    try:
        actions.write_down_sent(at=at)
    except OSError as error:
        logger.error("the journal cannot be written: %s", error.strerror)


@journal.replayed("sent")
def settle_sent(lines: list[journal.Line], at: datetime) -> journal.Found:
    """Mark what the journal saw going out after the copy was made."""
    return actions.settle_sent(lines, at=at)


@after_restore
def end_codes(at: datetime) -> None:
    """Let no code outlive a restore: it may have been used meanwhile."""
    actions.end_codes(at=at)


@after_restore
def close_ways_in(at: datetime) -> None:
    """Let no link into an account outlive a restore either."""
    actions.close_ways_in(at=at)


@every(hours=24)
def mail_the_head(at: datetime) -> None:
    """Mail the head of the audit trail's chain to whom the installation names."""
    actions.mail_the_head(at=at)
