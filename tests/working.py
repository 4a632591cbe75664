"""Doing the background work that waits."""

from django_tasks_db.models import DBTaskResult


def work_off() -> None:
    """Do the background work that waits, as the worker would."""
    for waiting in DBTaskResult.objects.all():
        asked = waiting.args_kwargs
        waiting.task.call(*asked["args"], **asked["kwargs"])
        waiting.delete()
