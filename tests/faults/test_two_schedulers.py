"""Two schedulers tick at the same moments: every job runs once a period, whoever wins it."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from courses.kit import jobs
from courses.kit.models import JobTick
from tests import databases
from tests.cast import NOW
from tests.load import rushes

PERIODS, SCHEDULERS = 40, 3


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database whose commits are real."""
    with django_db_blocker.unblock():
        name = rushes.own_database("schedulers")
        with databases.using(name):
            yield
        databases.drop(name)


def test_schedulers_at_the_same_moments_run_a_job_once_a_period(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: Counter[datetime] = Counter()
    job = jobs.Job("kit.counted", timedelta(minutes=1), lambda at: ran.update([at]))
    monkeypatch.setattr(jobs, "JOBS", {job.name: job})
    moments = [NOW + timedelta(minutes=number) for number in range(PERIODS)]
    gate = threading.Barrier(SCHEDULERS)
    won: list[int] = []
    failed: list[BaseException] = []

    def schedule() -> None:
        mine = 0
        try:
            for at in moments:
                gate.wait(30)
                mine += len(jobs.tick(at))
        except BaseException as error:
            failed.append(error)
            gate.abort()
        finally:
            won.append(mine)
            connections.close_all()

    threads = [threading.Thread(target=schedule) for _scheduler in range(SCHEDULERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert ran == Counter(moments)
    assert sum(won) == PERIODS
    assert JobTick.objects.filter(job=job.name).count() == PERIODS
