"""Writing and reading the audit trail."""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

from courses.kit.models import AuditEntry


def record(
    obj: models.Model,
    verb: str,
    *,
    by: models.Model | None,
    at: datetime | None = None,
    from_state: str = "",
    to_state: str = "",
    reason: str = "",
    **facts: Any,
) -> AuditEntry:
    """Add one line about `obj`; call it inside the transaction of the change it tells of.

    `facts` are small, JSON-ready and never sensitive.
    """
    return AuditEntry.objects.create(
        at=at or timezone.now(),
        by=by,  # type: ignore[misc]
        verb=verb,
        object_kind=obj._meta.label_lower,
        object_id=str(obj.pk),
        from_state=str(from_state),
        to_state=str(to_state),
        reason=reason,
        facts=facts,
    )


def record_export(
    about: models.Model,
    what: str,
    *,
    by: models.Model | None,
    form: str,
    rows: int | None,
    at: datetime | None = None,
) -> AuditEntry:
    """Record that somebody took a list away as a file: which, of what, how many rows.

    `what` is a code that tells lists of one object apart; `rows` is None where nobody counted.
    """
    return record(about, "export", by=by, at=at, what=what, form=form, rows=rows)


def trail(obj: models.Model) -> models.QuerySet[AuditEntry]:
    """Return the lines about one object, oldest first."""
    return AuditEntry.objects.filter(
        object_kind=obj._meta.label_lower, object_id=str(obj.pk)
    ).select_related("by")
