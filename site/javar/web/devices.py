"""Browsers an account knows: a random token in a signed cookie, of which we keep the hash.

Being known opens nothing. It lets limits tell an owner who mistypes from a stranger who guesses,
keeps an owner codes that strangers cannot use up, and lets sign-in by code ask a stranger's
telephone for more.
"""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from allauth.account.signals import user_logged_in
from django.conf import settings
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from courses.people.actions import remember_device
from courses.people.models import User
from courses.people.queries import is_known_to_any, knows_device

SALT = "javar.device"
# As long as an account remembers it: half a year, counted anew from every sign-in.
REMEMBERED = 60 * 60 * 24 * 180


def token_of(request: HttpRequest) -> str | None:
    """Return the hash of the browser's token; None where it has none that we signed."""
    token = request.get_signed_cookie(
        settings.JAVAR_DEVICE_COOKIE, default=None, salt=SALT, max_age=REMEMBERED
    )
    return _hash(token) if token else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def is_known(request: HttpRequest, user: User) -> bool:
    """Tell whether this person has wholly signed in with this browser before."""
    token_hash = token_of(request)
    return token_hash is not None and knows_device(user, token_hash)


def known_by(request: HttpRequest, whose: QuerySet[User] | User | None) -> str:
    """Return the hash of the browser's token where any of these people knows it, or nothing.

    Nobody is asked about with the same statement as somebody: its time says nothing.
    """
    token_hash = token_of(request)
    if token_hash is None:
        return ""
    people = whose if isinstance(whose, QuerySet) else [whose.pk if whose else 0]
    return token_hash if is_known_to_any(token_hash, people) else ""


def remember(
    request: HttpRequest, response: HttpResponse, user: User, *, at: datetime | None = None
) -> None:
    """Let the account know the browser, whose token stays the same for all its accounts."""
    name = settings.JAVAR_DEVICE_COOKIE
    token = request.get_signed_cookie(name, default=None, salt=SALT, max_age=REMEMBERED)
    token = token or secrets.token_urlsafe(24)
    response.set_signed_cookie(
        name, token, salt=SALT, max_age=REMEMBERED, httponly=True,
        secure=settings.SESSION_COOKIE_SECURE, samesite="Lax",
    )  # fmt: skip
    remember_device(user, _hash(token), at=at)


@receiver(user_logged_in)
def _remember_at_sign_in(
    request: HttpRequest, user: User, response: HttpResponse | None = None, **signal: Any
) -> None:
    """Remember at the end of every sign-in, whatever its first factor was."""
    if response is not None:
        remember(request, response, user)
