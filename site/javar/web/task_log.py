"""What the worker logs: its lines carry the task's number, and a failure is told once."""

import logging
from typing import Any

from django.dispatch import receiver
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.signals import task_enqueued, task_finished, task_started
from django_tasks_db.models import DBTaskResult

from courses.kit.scrubbing import scrub
from courses.kit.tracing import begin, trace

logger = logging.getLogger("javar.tasks")


@receiver(task_enqueued)
def say_enqueued(sender: Any, task_result: TaskResult, **kwargs: Any) -> None:
    """Write down which request asked for a task: the thread from one to the other."""
    logger.info("task %s asked for: %s", task_result.id, task_result.task.module_path)


@receiver(task_started)
def begin_task(sender: Any, task_result: TaskResult, **kwargs: Any) -> None:
    """Let the worker's lines carry the task's number; within a request, the request's stays."""
    if not trace():
        begin(f"task-{task_result.id}")


@receiver(task_finished)
def end_task(sender: Any, task_result: TaskResult, **kwargs: Any) -> None:
    """Say that a task failed, and scrub what the library has kept of the failure."""
    if task_result.status == TaskResultStatus.FAILED and task_result.errors:
        told = scrub(task_result.errors[-1].traceback)
        DBTaskResult.objects.filter(pk=task_result.id).update(traceback=told)
        path = task_result.task.module_path
        logger.error("task %s failed: %s\n%s", task_result.id, path, told)
    if trace() == f"task-{task_result.id}":
        begin("")
