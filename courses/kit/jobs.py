"""Periodic jobs: each room declares its own, one scheduler starts them.

A job is started by inserting its tick, whose unique constraint lets exactly one of several
schedulers win. A scheduler that was down starts each job once, for the present period.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from courses.kit import holds
from courses.kit.models import JobTick
from courses.kit.tracing import traced


@dataclass(frozen=True)
class Job:
    """A function to call once in every period; it must be idempotent.

    A job that `decides` from somebody's silence waits while the site is held after a restore.
    """

    name: str
    every: timedelta
    run: Callable[[datetime], None]
    decides: bool = False

    def period(self, at: datetime) -> str:
        """Return the name of the period a moment lies in."""
        return str(int(at.timestamp() // self.every.total_seconds()))


JOBS: dict[str, Job] = {}


def every(
    *, decides: bool = False, **interval: int
) -> Callable[[Callable[[datetime], None]], Callable[[datetime], None]]:
    """Declare a periodic job, e.g. `@every(minutes=1)`; the other keywords are timedelta's."""

    def declare(function: Callable[[datetime], None]) -> Callable[[datetime], None]:
        name = f"{function.__module__.split('.')[1]}.{function.__name__}"
        JOBS[name] = Job(name, timedelta(**interval), function, decides)
        return function

    return declare


def tick(at: datetime) -> list[str]:
    """Run every job whose present period has not been started; return their names.

    The tick is written in the job's own transaction: a job that fails leaves no tick and is
    tried again at the next round. The others do not wait for it: what failed is raised, as a
    group, when all have had their turn.
    """
    ran: list[str] = []
    failed: list[Exception] = []
    for job in JOBS.values():
        try:
            if _start(job, at):
                ran.append(job.name)
        except Exception as error:
            failed.append(error)
    if failed:
        raise ExceptionGroup("periodic jobs failed", failed)
    return ran


def _start(job: Job, at: datetime) -> bool:
    """Run a job whose present period nobody has started; tell whether it ran."""
    if JobTick.objects.filter(job=job.name, period=job.period(at)).exists():
        return False
    if job.decides and holds.stands():
        return False
    with traced(f"job-{job.name}"), transaction.atomic():
        _tick, ours = JobTick.objects.get_or_create(
            job=job.name, period=job.period(at), defaults={"at": at}
        )
        if ours:
            job.run(at)
    return ours
