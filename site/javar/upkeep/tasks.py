"""Tasks of the background that stand still: finding them, letting them run again.

A task does one thing whose every part is idempotent (a house rule: an import goes on from its
row, a run is repeated to the same bytes), so running it again is safe; it is done at most
`MOST_TRIES` times without somebody's asking.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from courses.kit import audit
from courses.kit.refusal import Refusal
from courses.kit.rights import must
from courses.people.models import User

MOST_TRIES = 5
# A task that has run for so long has lost its worker, or never ends.
STUCK_AFTER = timedelta(minutes=30)
# A task that could have begun for so long has no worker.
LATE_AFTER = timedelta(minutes=10)


class NotStuck(Refusal):
    """The task has been done, or is at work."""

    code = "task_not_stuck"
    sentence = _("This task does not stand still any more.")


def failed() -> QuerySet[DBTaskResult]:
    """Return the tasks that ended with an error, newest first."""
    return DBTaskResult.objects.failed().order_by("-finished_at")


def stuck(at: datetime) -> QuerySet[DBTaskResult]:
    """Return the tasks that have run for too long, oldest first."""
    return DBTaskResult.objects.running().filter(started_at__lt=at - STUCK_AFTER).order_by(
        "started_at"
    )  # fmt: skip


def late(at: datetime) -> QuerySet[DBTaskResult]:
    """Return the tasks that nobody has begun, oldest first."""
    return DBTaskResult.objects.ready().filter(enqueued_at__lt=at - LATE_AFTER).order_by(
        "enqueued_at"
    )  # fmt: skip


def let_go_of(worker: str, *, at: datetime) -> int:
    """Let the tasks a worker had begun and cannot have finished wait again; return how many.

    Called by that worker itself between two tasks. What was tried too often ends as failed.
    """
    count = 0
    for task in DBTaskResult.objects.running():
        if not task.worker_ids or task.worker_ids[-1] != worker:
            continue
        again = len(task.worker_ids) < MOST_TRIES
        count += DBTaskResult.objects.running().filter(pk=task.pk).update(
            status=TaskResultStatus.READY if again else TaskResultStatus.FAILED,
            started_at=None if again else task.started_at,
            finished_at=None if again else at,
        )  # fmt: skip
    return count


@transaction.atomic
def retry_task(task: DBTaskResult, *, by: User, at: datetime) -> DBTaskResult:
    """Let a task that failed or stands still run again.

    Raises NotAllowed for who keeps nothing, NotStuck when it has been let or has ended meanwhile.
    """
    must(by, "site.keep")
    still = DBTaskResult.objects.filter(pk=task.pk)
    waits = {
        "status": TaskResultStatus.READY, "started_at": None, "finished_at": None,
        "exception_class_path": "", "traceback": "",
    }  # fmt: skip
    moved = still.filter(pk__in=failed().values("pk")).update(**waits)
    moved = moved or still.filter(pk__in=stuck(at).values("pk")).update(**waits)
    if not moved:
        raise NotStuck
    audit.record(task, "retry", by=by, at=at, path=task.task_path)
    task.refresh_from_db()
    return task
