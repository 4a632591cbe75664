"""`/.well-known/security.txt`: where somebody who found a weakness writes to (RFC 9116)."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

# The standard asks for less than a year; a site that is looked after renews it every day.
LASTS = timedelta(days=180)


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Say whom to tell; 404 where nobody was named, which is better than a dead address."""
    if not settings.JAVAR_SECURITY_CONTACT:
        raise Http404
    return HttpResponse(
        _text(settings.JAVAR_SECURITY_CONTACT, now=timezone.now()),
        content_type="text/plain; charset=utf-8",
    )


def _text(contact: str, *, now: datetime) -> str:
    """Return the file for a day; within the day it stays the same."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    home = settings.WAGTAILADMIN_BASE_URL.rstrip("/")
    return (
        f"Contact: {contact}\n"
        f"Expires: {midnight + LASTS:%Y-%m-%dT%H:%M:%SZ}\n"
        "Preferred-Languages: fa, en\n"
        f"Canonical: {home}{reverse('security_txt')}\n"
    )
