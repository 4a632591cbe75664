"""Reading batches."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from courses.imports.models import Batch, Row
from courses.imports.states import LEAVE_OUT, WORKING, Outcome, State, Verdict
from courses.kit.audit import trail


def of_subject(kind: str, subject: str) -> QuerySet[Batch]:
    """Return the batches of one subject, newest first."""
    return Batch.objects.filter(kind=kind, subject=subject).select_related("made_by")


def waiting_twin(batch: Batch) -> Batch | None:
    """Return a batch of the same file that waits for its maker's decision, or None."""
    return Batch.objects.filter(
        kind=batch.kind, subject=batch.subject, made_by=batch.made_by, digest=batch.digest,
        state__in=[State.CHECKING, State.CHECKED],
    ).first()  # fmt: skip


def verdicts(batch: Batch) -> dict[str, int]:
    """Return how many rows the check found new, here already, uncertain, and with faults."""
    return _counted(batch, "verdict", Verdict.values)


def undecided(batch: Batch) -> int:
    """Return of how many rows nobody has said who they are."""
    return Row.objects.filter(batch=batch, verdict=Verdict.LOOK, answer="").count()


def to_take_in(batch: Batch) -> int:
    """Return how many rows would come in now: the new ones, and those somebody decided."""
    decided = Q(verdict=Verdict.LOOK) & ~Q(answer__in=["", LEAVE_OUT])
    return Row.objects.filter(Q(verdict=Verdict.NEW) | decided, batch=batch).count()


def outcomes(batch: Batch) -> dict[str, int]:
    """Return how many rows came to what."""
    return _counted(batch, "outcome", Outcome.values)


def _counted(batch: Batch, column: str, values: Iterable[str]) -> dict[str, int]:
    rows = Row.objects.filter(batch=batch).order_by().values_list(column).annotate(n=Count("pk"))
    found = dict(rows)
    return {value: found.get(value, 0) for value in values}


def standing_still(before: datetime) -> QuerySet[Batch]:
    """Return the batches whose worker has not been heard of since a moment."""
    return Batch.objects.filter(state__in=sorted(WORKING), beat_at__lt=before)


def to_forget(at: datetime, *, file_after: timedelta) -> QuerySet[Batch]:
    """Return the batches whose file nobody needs any more."""
    old = Q(applied_at__lt=at - file_after) | Q(
        applied_at__isnull=True, made_at__lt=at - file_after
    )
    return Batch.objects.filter(old).exclude(table="").exclude(state__in=sorted(WORKING))


def last_reason(batch: Batch) -> str:
    """Return why the last step could not be done, or nothing."""
    last = trail(batch).last()
    return last.reason if last else ""
