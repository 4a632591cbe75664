"""Background chores of accounts, and what the journal keeps of people.

It keeps who was erased, so that no restored copy brings them back.
"""

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from courses.kit import journal
from courses.kit.holds import after_restore
from courses.kit.jobs import every
from courses.people import actions
from courses.people.models import Device
from courses.people.sign_ins import forget_old_sign_ins

# As long as the browser keeps its own half.
REMEMBERED = timedelta(days=180)

journal.keep("people.user", "erased", "forget_person")


@journal.replayed("erased", all_lines=True)
def erase_again(lines: list[journal.Line], at: datetime) -> journal.Found:
    """Erase again whom a restored copy still knows; say who could not be."""
    return actions.forget_again({line["id"] for line in lines if line.get("id")}, at=at)


@every(hours=24)
def forget_lost_devices(at: datetime) -> None:
    """Forget browsers that nobody has signed in with for half a year."""
    Device.objects.filter(last_seen__lt=at - REMEMBERED).delete()


@after_restore
def forget_all_devices(at: datetime) -> None:
    """Let no account of a copy know a browser: it may have been forgotten since, for a reason."""
    Device.objects.all().delete()


@every(hours=24)
def forget_ended_sessions(at: datetime) -> None:
    """Drop the rows of sessions that are over; what is listed is what is open."""
    alive = Session.objects.filter(expire_date__gte=at)
    UserSession.objects.exclude(session_key__in=alive.values("session_key")).delete()


@every(hours=24)
def end_the_sign_in_log(at: datetime) -> None:
    """Delete lines of the sign-in log that are older than the installation keeps."""
    forget_old_sign_ins(at=at)
