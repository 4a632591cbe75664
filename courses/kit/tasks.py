"""Background chores of the whole house."""

import logging
from datetime import datetime

from django.contrib.sessions.models import Session

from courses.kit import journal, limits
from courses.kit.holds import after_restore
from courses.kit.jobs import every
from courses.kit.trail import heads, seals

logger = logging.getLogger("javar.journal")


@every(hours=24)
def forget_old_sessions(at: datetime) -> None:
    """Delete sessions that have run out; they would pile up for ever."""
    Session.objects.filter(expire_date__lt=at).delete()


@every(hours=24)
def forget_ended_tallies(at: datetime) -> None:
    """Delete the counts of limits whose windows are over."""
    limits.forget_ended(at)


@every(minutes=1)
def keep_journal(at: datetime) -> None:
    """Carry what the trail says into the journal outside the database."""
    try:
        journal.sweep(at=at)
    except OSError as error:
        logger.error("the journal cannot be written: %s", error.strerror)


@after_restore
def end_sessions(at: datetime) -> None:
    """Sign everybody out: who ended a session after the copy was made has ended it."""
    Session.objects.all().delete()


@every(minutes=2)
def seal_the_trail(at: datetime) -> None:
    """Chain what was written to the audit trail since the last seal."""
    seals.seal_all(at=at)


@every(hours=24)
def carry_out_the_head(at: datetime) -> None:
    """Write the head of the trail's chain to a file outside the database."""
    heads.export_head(at=at)


@after_restore
def void_later_heads(at: datetime) -> None:
    """Write down that heads later than the restored chain's are void: those seals are gone."""
    heads.note_restore(by="restore", at=at)
