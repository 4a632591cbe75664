"""Periodic jobs: each room declares its own, one scheduler starts them.

A job is started by inserting its tick, whose unique constraint lets exactly one of several
schedulers win. A scheduler that was down starts each job once, for the present period.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from courses.kit.models import JobTick


@dataclass(frozen=True)
class Job:
    """A function to call once in every period; it must be idempotent."""

    name: str
    every: timedelta
    run: Callable[[datetime], None]

    def period(self, at: datetime) -> str:
        """Return the name of the period a moment lies in."""
        return str(int(at.timestamp() // self.every.total_seconds()))


JOBS: dict[str, Job] = {}


def every(**interval: int) -> Callable[[Callable[[datetime], None]], Callable[[datetime], None]]:
    """Declare a periodic job, e.g. `@every(minutes=1)`; the keywords are timedelta's."""

    def declare(function: Callable[[datetime], None]) -> Callable[[datetime], None]:
        name = f"{function.__module__.split('.')[1]}.{function.__name__}"
        JOBS[name] = Job(name, timedelta(**interval), function)
        return function

    return declare


def tick(at: datetime) -> list[str]:
    """Run every job whose present period has not been started; return their names.

    The tick is written in the job's own transaction: a job that fails leaves no tick and is
    tried again at the next round.
    """
    ran = []
    for job in JOBS.values():
        if JobTick.objects.filter(job=job.name, period=job.period(at)).exists():
            continue
        try:
            with transaction.atomic():
                JobTick.objects.create(job=job.name, period=job.period(at), at=at)
                job.run(at)
        except IntegrityError:
            continue
        ran.append(job.name)
    return ran
