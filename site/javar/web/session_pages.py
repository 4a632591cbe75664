"""Where somebody is signed in: listed, one ended, all ended; and what came to the door lately."""

from dataclasses import dataclass
from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from courses.kit.http import page, say, visitor
from courses.people.actions import end_session, end_sessions
from courses.people.models import SignInEvent
from courses.people.queries import failed_tries_at, sessions_of, sign_ins_of

# Of each kind: who fails a hundred times does not push what came in out of sight.
LATEST = 8

# The first that is named wins: Edge says that it is Chrome, Chrome that it is Safari.
BROWSERS = (
    ("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("Chrome", "Chrome"), ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """One open session, as its owner recognises it."""

    pk: int
    browser: str
    since: datetime
    last_seen: datetime
    is_this: bool


@dataclass(frozen=True)
class Visit:
    """One line of the sign-in log, as whoever was there recognises it."""

    what: str
    ways: list[str]
    at: datetime
    browser: str

    @classmethod
    def of(cls, event: SignInEvent) -> "Visit":
        """Put a line into words."""
        browser = event.agent.replace(", ", " · ") or _("an unknown browser")
        return cls(event.get_kind_display(), event.ways, event.at, browser)


@login_required
@never_cache
@require_safe
def session_list(request: HttpRequest) -> HttpResponse:
    """Show where this person is signed in."""
    places = [
        Place(
            row.pk, browser_of(row.user_agent), row.created_at, row.last_seen_at,
            row.session_key == request.session.session_key,
        )
        for row in sessions_of(visitor(request))
    ]  # fmt: skip
    return page(
        request,
        "account/session_list.html",
        {
            "places": places,
            "came_in": [Visit.of(event) for event in sign_ins_of(visitor(request))[:LATEST]],
            "failed": [Visit.of(event) for event in failed_tries_at(visitor(request))[:LATEST]],
        },
    )


@login_required
@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own sessions; of another's, nothing is known."""
    row = get_object_or_404(UserSession, pk=pk, user=visitor(request))
    is_this = row.session_key == request.session.session_key
    end_session(row, by=visitor(request))
    if is_this:
        get_adapter(request).logout(request)
        return redirect("account_login")
    say(request, _("It is signed out there."))
    return redirect("accounts:session_list")


@login_required
@require_POST
def session_end_all(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere, here too."""
    end_sessions(visitor(request), by=visitor(request))
    logout(request)
    say(request, _("You are signed out everywhere."))
    return redirect("account_login")


def browser_of(user_agent: str) -> str:
    """Return a browser and its system by their names."""
    browser = next((name for sign, name in BROWSERS if f"{sign}/" in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    return " · ".join(filter(None, [browser, system])) or _("an unknown browser")
