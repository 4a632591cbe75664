"""`/healthz` and `/readyz`: what they tell programs, and what they never do."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from courses.kit.models import Heartbeat, Part
from courses.notices.models import Message
from courses.notices.queries import outbox_age
from courses.notices.states import MessageState
from javar.upkeep.health import BEAT_LATE_AFTER, look_at_all
from tests.cast import NOW, People

pytestmark = pytest.mark.django_db

VITAL = {"database", "migrations", "database_writable", "worker", "scheduler", "relay", "disk",
         "files_writable"}  # fmt: skip


@pytest.fixture
def living(db: None) -> datetime:
    """Every part has just said that it lives; this very moment."""
    now = timezone.now()
    for part in Part:
        Heartbeat.objects.create(part=part, at=now)
    return now


def task(**facts: Any) -> DBTaskResult:
    """Return a task as it lies in the queue."""
    values = {
        "args_kwargs": {"args": [], "kwargs": {}}, "task_path": "courses.imports.tasks.check",
        "backend_name": "default", "run_after": NOW, "exception_class_path": "", "traceback": "",
    }  # fmt: skip
    found: DBTaskResult = DBTaskResult.objects.create(**(values | facts))
    return found


def bad(at: datetime) -> set[str]:
    """Return the names of what is not good."""
    return {look.name for look in look_at_all(at) if not look.is_good}


def ask(path: str, **more: Any) -> Any:
    cache.clear()
    return Client().get(path, **more)


@contextmanager
def lost() -> Iterator[None]:
    def fail(*what: Any) -> None:
        raise OperationalError("unable to open database file")

    with connection.execute_wrapper(fail):
        yield


def test_life_is_said_without_asking_the_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0), lost():
        answer = ask("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"alive": True})
    assert answer["Cache-Control"] == "no-store"
    assert answer.cookies == {}


def test_site_that_does_well_is_ready(living: datetime) -> None:
    answer = ask("/readyz")
    found = answer.json()
    assert (answer.status_code, found["ready"], found["warnings"]) == (200, True, [])
    assert found["checks"].keys() == VITAL | {"outbox", "tasks", "imports"}
    assert answer.cookies == {}


def test_lost_database_is_not_ready_and_is_named(living: datetime) -> None:
    with lost():
        answer = ask("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"].keys() == {"database", "disk", "files_writable"}
    assert answer.json()["checks"]["database"] == {"ok": False, "fault": "lost"}


@pytest.mark.parametrize("part", list(Part))
def test_part_that_is_not_heard_of_is_missed(living: datetime, part: Part) -> None:
    at = living + BEAT_LATE_AFTER + timedelta(seconds=1)
    Heartbeat.objects.exclude(part=part).update(at=at)
    assert bad(at) == {str(part)}
    Heartbeat.objects.filter(part=part).delete()
    assert bad(at) == {str(part)}


def test_worker_at_a_long_task_is_not_missed(living: datetime) -> None:
    at = living + timedelta(minutes=10)
    Heartbeat.objects.exclude(part=Part.WORKER).update(at=at)
    running = task(status="RUNNING", started_at=living)
    assert bad(at) == set()
    later = at + timedelta(minutes=25)
    Heartbeat.objects.exclude(part=Part.WORKER).update(at=later)
    assert bad(later) == {"worker", "tasks"}, "what runs for ever has lost its worker"
    running.delete()


def test_migration_that_is_missing_is_seen_and_nothing_else_is_asked(living: datetime) -> None:
    last = MigrationRecorder.Migration.objects.filter(app="kit").order_by("-name")[0]
    last.delete()
    answer = ask("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == {"ok": False, "apps_pending": 1}
    assert "worker" not in answer.json()["checks"]


def test_full_disk_and_a_folder_that_takes_nothing_are_not_ready(
    living: datetime, settings: Any, tmp_path: Any
) -> None:
    settings.JAVAR_LEAST_DISK = 10**9
    assert bad(living) == {"disk"}
    settings.VAR = tmp_path / "gone"
    assert bad(living) == {"disk", "files_writable"}


def message(people: People, **facts: Any) -> Message:
    values = {
        "recipient": people.aylin, "kind": "-", "key": "k", "channel": "sms",
        "to": "+989000000000", "made_at": NOW, "not_before": NOW,
    }  # fmt: skip
    return Message.objects.create(**(values | facts))


def test_message_that_waits_too_long_is_a_warning(living: datetime, people: People) -> None:
    message(people, made_at=living, not_before=living - timedelta(minutes=16))
    found = ask("/readyz").json()
    assert (found["ready"], found["warnings"]) == (True, ["outbox"])
    assert found["checks"]["outbox"]["oldest_s"] >= 16 * 60


def test_age_of_the_outbox_counts_what_may_go(people: People) -> None:
    hour = timedelta(hours=1)
    assert outbox_age(at=NOW) == timedelta()
    quiet = message(people, made_at=NOW - 9 * hour, not_before=NOW + hour)
    assert outbox_age(at=NOW) == timedelta()
    assert outbox_age(at=NOW + 2 * hour) == hour
    Message.objects.filter(pk=quiet.pk).update(attempts=1)
    assert outbox_age(at=NOW) == 9 * hour
    Message.objects.filter(pk=quiet.pk).update(state=MessageState.DEAD)
    assert outbox_age(at=NOW) == timedelta()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"status": "FAILED", "finished_at": NOW}, {"late": 0, "stuck": 0, "failed": 1}),
        ({"status": "RUNNING", "started_at": NOW}, {"late": 0, "stuck": 1, "failed": 0}),
        ({"status": "READY"}, {"late": 1, "stuck": 0, "failed": 0}),
        ({"status": "SUCCESSFUL", "finished_at": NOW}, {"late": 0, "stuck": 0, "failed": 0}),
    ],
    ids=["failed", "stuck", "late", "done"],
)
def test_tasks_that_stand_still_are_counted(
    living: datetime, facts: dict[str, Any], said: dict[str, int]
) -> None:
    row = task(**facts)
    DBTaskResult.objects.filter(pk=row.pk).update(enqueued_at=NOW - timedelta(days=1))
    numbers = next(look.numbers for look in look_at_all(timezone.now()) if look.name == "tasks")
    assert numbers == said


def test_many_who_ask_cost_one_look(living: datetime, django_assert_num_queries: Any) -> None:
    assert ask("/readyz").status_code == 200
    with django_assert_num_queries(0):
        assert Client().get("/readyz").status_code == 200


def test_machine_may_ask_itself_and_strangers_hosts_may_not(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["javar.example"]
    for host in ("javar.example", "127.0.0.1:8000", "localhost", "[::1]:80"):
        assert Client().get("/healthz", headers={"host": host}).status_code == 200
    assert Client().get("/healthz", headers={"host": "evil.example"}).status_code == 400


def test_doors_answer_before_redirects_to_https_and_only_to_reading(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/healthz").status_code == 200
    assert Client().head("/healthz").status_code == 200
    assert Client().post("/healthz").status_code == 405
    assert Client().post("/readyz").status_code == 405


def test_answer_names_nobody(living: datetime, people: People) -> None:
    message(people, last_error="aylin", attempts=3)
    task(status="FAILED", finished_at=NOW, traceback="aylin", exception_class_path="aylin")
    text = ask("/readyz").content.decode()
    assert "aylin" not in text
    assert "+98900" not in text
