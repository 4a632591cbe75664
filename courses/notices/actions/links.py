"""Links with which somebody without an account does one thing."""

import secrets
from datetime import datetime

from django.utils import timezone

from courses.kit.moments import not_before
from courses.notices.models import Link
from courses.notices.queries import hash_of

TOKEN_BYTES = 15


def make_link(
    purpose: str, subject: str, *, expires_at: datetime, at: datetime | None = None
) -> str:
    """Make a link for one purpose about one subject; return its token, 20 signs fit for a URL.

    The token is returned here and never again: only its hash is kept.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    Link.objects.create(
        token_hash=hash_of(token), purpose=purpose, subject=subject, expires_at=expires_at,
        made_at=at or timezone.now(),
    )  # fmt: skip
    return token


def close_links(purpose: str, subject: str, at: datetime | None = None) -> int:
    """Close every open link of one purpose about one subject; return how many were open."""
    return Link.objects.filter(purpose=purpose, subject=subject, closed_at__isnull=True).update(
        closed_at=not_before("made_at", at or timezone.now())
    )
