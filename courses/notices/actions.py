"""Telling people, and their reading."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from courses.notices.kinds import KINDS
from courses.notices.models import Notice
from courses.people.models import User


def tell(
    recipient: User,
    kind: str,
    *,
    key: str,
    path: str,
    at: datetime | None = None,
    **values: Any,
) -> None:
    """Tell a person something once; call it inside the transaction of the event itself.

    `key` names the event; telling it again changes nothing.
    """
    if kind not in KINDS:
        raise KeyError(kind)
    Notice.objects.bulk_create(
        [
            Notice(
                recipient=recipient,
                kind=kind,
                values=values,
                path=path,
                key=key,
                told_at=at or timezone.now(),
            )
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def mark_read(user: User, *, at: datetime | None = None) -> int:
    """Mark everything a person has been told as read; return how many were new."""
    return Notice.objects.filter(recipient=user, read_at__isnull=True).update(
        read_at=at or timezone.now()
    )
