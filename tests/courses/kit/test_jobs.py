"""Periodic jobs: once a period, by one scheduler, and again when one failed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError

from courses.kit import jobs
from courses.kit.jobs import JOBS, every, tick
from courses.kit.models import JobTick
from courses.kit.tasks import forget_old_sessions
from courses.people.models import User
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


def failing(at: datetime) -> None:
    """Write something, then break a constraint."""
    person("half-made")
    person("half-made")


def test_a_failing_job_leaves_no_tick_and_runs_again(only_ours: list[datetime]) -> None:
    JOBS["kit.ours"] = jobs.Job("kit.ours", timedelta(hours=1), failing)
    with pytest.raises(ExceptionGroup) as caught:
        tick(NOW)
    assert [type(error) for error in caught.value.exceptions] == [IntegrityError]
    assert (JobTick.objects.count(), User.objects.filter(username="half-made").count()) == (0, 0)
    JOBS["kit.ours"] = jobs.Job("kit.ours", timedelta(hours=1), only_ours.append)
    assert tick(NOW) == ["kit.ours"]
    assert only_ours == [NOW]
    assert str(JobTick.objects.get()) == f"kit.ours {JOBS['kit.ours'].period(NOW)}"


def test_the_others_do_not_wait_for_a_job_that_fails(only_ours: list[datetime]) -> None:
    ours = JOBS.pop("kit.ours")
    JOBS["kit.first"] = jobs.Job("kit.first", timedelta(hours=1), failing)
    JOBS["kit.ours"] = ours
    for moment in (NOW, NOW + timedelta(hours=1)):
        with pytest.raises(ExceptionGroup):
            tick(moment)
    assert only_ours == [NOW, NOW + timedelta(hours=1)]
    assert list(JobTick.objects.values_list("job", flat=True)) == ["kit.ours", "kit.ours"]


class Overtaken(jobs.Job):
    """A job another scheduler starts after this one has looked, before it writes its tick."""

    def period(self, at: datetime) -> str:
        """Return the period; asked a second time, the other one has been there."""
        period = super().period(at)
        ASKED.append(at)
        if len(ASKED) == 2:
            JobTick.objects.create(job=self.name, period=period, at=at)
        return period


ASKED: list[datetime] = []


def test_a_job_another_scheduler_started_is_left_to_it(only_ours: list[datetime]) -> None:
    ASKED.clear()
    JOBS["kit.ours"] = Overtaken("kit.ours", timedelta(hours=1), only_ours.append)
    assert tick(NOW) == []
    assert (only_ours, JobTick.objects.count()) == ([], 1)


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
