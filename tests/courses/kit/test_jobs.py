"""Periodic jobs: once a period, by one scheduler, and again when one failed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session

from courses.kit import jobs
from courses.kit.jobs import JOBS, every, tick
from courses.kit.models import JobTick
from courses.kit.tasks import forget_old_sessions
from tests.cast import NOW, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def only_ours() -> Iterator[list[datetime]]:
    """Put one job an hour in the place of the house's; the moments at which it ran."""
    ran: list[datetime] = []
    kept = dict(JOBS)
    JOBS.clear()
    JOBS["kit.ours"] = jobs.Job("kit.ours", timedelta(hours=1), ran.append)
    yield ran
    JOBS.clear()
    JOBS.update(kept)


def test_a_job_runs_once_a_period(only_ours: list[datetime]) -> None:
    moments = [NOW, NOW + timedelta(minutes=59), NOW + timedelta(hours=1)]
    assert [tick(moment) for moment in moments] == [["kit.ours"], [], ["kit.ours"]]
    assert only_ours == [moments[0], moments[2]]
    assert list(JobTick.objects.order_by("pk").values_list("job", "at")) == [
        ("kit.ours", moments[0]),
        ("kit.ours", moments[2]),
    ]


def test_a_job_that_was_missed_runs_once(only_ours: list[datetime]) -> None:
    tick(NOW)
    later = NOW + timedelta(hours=9)
    assert tick(later) == ["kit.ours"]
    assert only_ours == [NOW, later]


def test_a_failing_job_leaves_no_tick_and_runs_again(only_ours: list[datetime]) -> None:
    def fail(at: datetime) -> None:
        person("half-made")
        raise RuntimeError("the printer is out of paper")

    JOBS["kit.ours"] = jobs.Job("kit.ours", timedelta(hours=1), fail)
    with pytest.raises(RuntimeError):
        tick(NOW)
    assert JobTick.objects.count() == 0
    JOBS["kit.ours"] = jobs.Job("kit.ours", timedelta(hours=1), only_ours.append)
    assert tick(NOW) == ["kit.ours"]
    assert only_ours == [NOW]
    assert str(JobTick.objects.get()) == f"kit.ours {JOBS['kit.ours'].period(NOW)}"


def test_a_job_another_scheduler_started_is_left_to_it(only_ours: list[datetime]) -> None:
    """The other one writes its tick after this one has looked, before it writes."""
    job = JOBS["kit.ours"]

    def overtaken(at: datetime) -> None:
        JobTick.objects.create(job="kit.last", period=job.period(at), at=at)

    JOBS.clear()
    JOBS["kit.first"] = jobs.Job("kit.first", job.every, overtaken)
    JOBS["kit.last"] = jobs.Job("kit.last", job.every, only_ours.append)
    assert tick(NOW) == ["kit.first"]
    assert only_ours == []


def test_a_job_is_declared_under_its_room(only_ours: list[datetime]) -> None:
    def sweep(at: datetime) -> None: ...

    sweep.__module__ = "courses.learning.tasks"
    assert every(minutes=5)(sweep) is sweep
    assert JOBS["learning.sweep"] == jobs.Job("learning.sweep", timedelta(minutes=5), sweep)


def test_the_house_has_its_jobs() -> None:
    assert JOBS["kit.forget_old_sessions"].every == timedelta(hours=24)
    assert sorted(tick(NOW)) == sorted(JOBS)
    assert tick(NOW) == []


def test_sessions_that_ran_out_are_forgotten() -> None:
    for name, days in (("old", -1), ("new", 1)):
        Session.objects.create(
            session_key=name, session_data="", expire_date=NOW + timedelta(days=days)
        )
    forget_old_sessions(NOW)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]
