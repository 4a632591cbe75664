"""Sessions: how long one lasts, where they are noted, and what ends them.

When one began and was last used lies in the session itself, so that no page asks for it; it is
written once a minute at most, together with the row people see in their list.
"""

import ipaddress
from collections.abc import Callable
from datetime import datetime
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.signals import password_changed, password_reset, password_set
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.messages import get_messages, warning
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from courses.kit.faults import fault_of
from courses.kit.http import visitor
from courses.organisations.queries import memberships_of
from courses.people.actions import end_sessions, forget_devices
from courses.people.models import User
from javar.web import second_factor

Answer = Callable[[HttpRequest], HttpResponse]

BEGAN, SEEN, MINUTES = "session_began", "session_seen", "session_minutes"
TOUCHED_EVERY = 60
# The admin asks these of itself while a page stands open; nobody has pressed anything.
NOT_A_PRESS = ("/admin/editing-sessions/",)
# Not the cookies: the one by which the browser is known stays.
CLEAR = '"cache", "storage"'


def minutes_of(user: User) -> tuple[int, int]:
    """Return after how many minutes without a press, and in all, somebody's sessions end."""
    roles = set(memberships_of(user).values_list("role", flat=True)) or {"student"}
    if user.is_superuser or user.is_staff:
        roles.add("keeper")
    rows = [settings.SESSION_MINUTES[role] for role in roles]
    return min(row[0] for row in rows), min(row[1] for row in rows)


def sessions_end(get_response: Answer) -> Answer:
    """End sessions that were left or are old, note the others, and clear up behind them."""

    def answer(request: HttpRequest) -> HttpResponse:
        was_signed_in = request.user.is_authenticated
        if was_signed_in:
            _end_or_note(request, timezone.now())
        key = request.session.session_key
        response = get_response(request)
        if was_signed_in and request.user.is_authenticated and request.session.session_key != key:
            _follow(request, key)
        if was_signed_in and not request.user.is_authenticated:
            response.headers["Clear-Site-Data"] = CLEAR
        return response

    return answer


def _end_or_note(request: HttpRequest, at: datetime) -> None:
    now = int(at.timestamp())
    session = request.session
    began, seen = session.get(BEGAN, now), session.get(SEEN, 0)
    idle, whole = session.get(MINUTES, (None, None))
    if idle is not None and (now - seen > idle * 60 or now - began > whole * 60):
        UserSession.objects.filter(session_key=session.session_key).delete()
        logout(request)
        warning(
            request, _("You have been signed out, because some time has passed. Sign in again.")
        )
        return
    is_press = not request.path.startswith(NOT_A_PRESS)
    if is_press and abs(now - seen) >= TOUCHED_EVERY:
        session.setdefault(BEGAN, now)
        try:
            note(request, visitor(request), at)
        except Exception as error:
            # On a full disk whoever is signed in reads on.
            if request.method not in {"GET", "HEAD"} or fault_of(error) is None:
                raise


def _follow(request: HttpRequest, key: str | None) -> None:
    """Take the noted row along when a session goes on under another key.

    Without it a session would be in no list, and ended by nothing, until the next note.
    """
    rows = UserSession.objects.filter(session_key=key)
    began = rows.values_list("created_at", flat=True).first()
    rows.delete()
    note(request, visitor(request), timezone.now())
    if began:
        UserSession.objects.filter(session_key=request.session.session_key).update(created_at=began)


def note(request: HttpRequest, user: User, at: datetime) -> None:
    """Write down that a session is used; the roles of this moment say how long it may rest."""
    request.session[SEEN] = int(at.timestamp())
    request.session[MINUTES] = list(minutes_of(user))
    request.session[second_factor.OWES] = second_factor.owed(request, user)
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={"user": user, "last_seen_at": at},
        create_defaults={
            "user": user, "created_at": at, "last_seen_at": at,
            "ip": get_adapter().get_client_ip(request),
            "user_agent": request.META.get("HTTP_USER_AGENT", "")[:200],
        },
    )  # fmt: skip


@receiver(user_logged_in)
def _begin(request: HttpRequest, user: User, **signal: Any) -> None:
    """Note a session from its first moment, whichever door it came through."""
    at = timezone.now()
    request.session[BEGAN] = int(at.timestamp())
    note(request, user, at)


@receiver(user_logged_out)
def _leave_nothing(request: HttpRequest, user: User | None, **signal: Any) -> None:
    """Take sentences that were not read yet with the session: the next one is somebody else."""
    if hasattr(request, "_messages"):
        for _unread in get_messages(request):
            pass


@receiver(pre_save, sender=UserSession)
def _shorten_address(instance: UserSession, **signal: Any) -> None:
    """Keep no full address: the network is enough to recognise one's own session by."""
    instance.ip = shortened(instance.ip)


def shortened(address: str) -> str:
    """Return an address without its last part, 10.1.2.0 for 10.1.2.3."""
    bits = 24 if ipaddress.ip_address(address).version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False).network_address)


@receiver([password_changed, password_set, password_reset])
def _end_the_others(request: HttpRequest, user: User, **signal: Any) -> None:
    """A new password ends every other session, and no browser is known any more."""
    end_sessions(user, by=user, keep=request.session.session_key)
    forget_devices(user, by=user)
