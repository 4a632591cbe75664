"""Background chores of the whole house."""

from datetime import datetime

from django.contrib.sessions.models import Session

from courses.kit import limits
from courses.kit.jobs import every


@every(hours=24)
def forget_old_sessions(at: datetime) -> None:
    """Delete sessions that have run out; they would pile up for ever."""
    Session.objects.filter(expire_date__lt=at).delete()


@every(hours=24)
def forget_ended_tallies(at: datetime) -> None:
    """Delete the counts of limits whose windows are over."""
    limits.forget_ended(at)
