"""The keeper's page: each thing that stands still is a sentence with what to do."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from courses.kit import audit, holds
from courses.kit.models import Heartbeat, Part
from courses.kit.refusal import NotAllowed
from courses.notices.actions import send_code
from courses.notices.models import Code, Message
from courses.notices.queries import PROVE
from courses.notices.states import CodeShare, MessageState
from javar.upkeep import report, tasks
from tests.cast import NOW, People, SignIn
from tests.pages import said
from tests.site.test_health import task

pytestmark = pytest.mark.django_db

PATH = "/my/upkeep/"


@pytest.fixture
def well(settings: Any, tmp_path: Path) -> datetime:
    """A site that does well at this very moment, backed up in the night."""
    now = timezone.now()
    for part in Part:
        Heartbeat.objects.create(part=part, at=now)
    settings.JAVAR_BACKUP_DIR = str(tmp_path)
    backed_up(tmp_path, now - timedelta(hours=3))
    return now


def backed_up(folder: Path, at: datetime, *, ok: bool = True) -> None:
    """Write what the backup writes of itself."""
    line = {"ok": ok, "at": at.isoformat(), "path": "-", "size": 1}
    (folder / "last.json").write_text(json.dumps(line | {"good": line}))


def titles(at: datetime) -> list[str]:
    return [line.title for line in report.lines(report.look(at), at)]


def test_site_that_does_well_asks_nothing_of_its_keeper(
    well: datetime, people: People, signed_in: SignIn
) -> None:
    page = signed_in(people.admin).get(PATH).content.decode()
    assert titles(well) == []
    assert said("Nothing stands still") in page
    # No part of a test seals the trail.
    assert page.count(f"<dd>{said('never')}</dd>") == 1


@pytest.mark.parametrize(
    ("part", "title"),
    [
        (Part.WORKER, "The worker is not heard of"),
        (Part.SCHEDULER, "The scheduler is not heard of"),
        (Part.RELAY, "The relay is not heard of"),
    ],
)
def test_part_that_is_not_heard_of_is_named_with_its_command(
    well: datetime, part: Part, title: str
) -> None:
    at = well + timedelta(minutes=5)
    Heartbeat.objects.exclude(part=part).update(at=at)
    (line,) = report.lines(report.look(at), at)
    assert line.title == said(title)
    assert line.since == pytest.approx(well, abs=timedelta(seconds=1))
    assert line.command == f"systemctl status javar-{part}"


def test_worst_comes_first_and_everything_is_said(
    well: datetime, people: People, settings: Any, tmp_path: Path
) -> None:
    settings.JAVAR_LEAST_DISK, settings.JAVAR_CODES_A_DAY = 10**9, 0
    backed_up(tmp_path, well - timedelta(days=2))
    Heartbeat.objects.filter(part=Part.RELAY).delete()
    for key, state in (("a", MessageState.WAITING), ("b", MessageState.DEAD)):
        Message.objects.create(
            recipient=people.aylin, kind="-", key=key, channel="sms", to="+989000000000",
            state=state, made_at=NOW, not_before=NOW,
        )  # fmt: skip
    task(status="FAILED", finished_at=NOW)
    assert titles(well) == [
        said("The disk is nearly full"), said("The relay is not heard of"),
        said("%(count)s message waits") % {"count": "۱"},
        said("%(count)s message was given up") % {"count": "۱"},
        said("%(count)s task did not end well") % {"count": "۱"},
        said("The last backup is old"), said("Today's ceiling of codes is reached"),
    ]  # fmt: skip
    assert Code.objects.count() == 0


def test_keeper_is_told_which_share_of_the_codes_ran_out(
    well: datetime, people: People, settings: Any, tmp_path: Path
) -> None:
    settings.JAVAR_CODES_A_DAY = 4
    for place in range(3):
        send_code(
            PROVE, f"{place}", to=f"+98915000000{place}", channel="mail", at=well,
            goes_out=place < 2,
        )  # fmt: skip
    (line,) = report.lines(report.look(well), well)
    assert line.title == said("Today's ceiling of codes is reached")
    words = {share: said(str(share.label)) in line.text for share in CodeShare}
    assert words == {CodeShare.STRANGERS: False, CodeShare.KNOWN: False, CodeShare.PROVE: True}


def test_backup_that_is_missing_or_failed_is_said(well: datetime, tmp_path: Path) -> None:
    backed_up(tmp_path, well, ok=False)
    assert titles(well) == [said("The last backup failed")]
    (tmp_path / "last.json").unlink()
    assert titles(well) == [said("There is no backup")]


def test_site_in_use_whose_trail_nobody_outside_holds_warns_its_keeper(
    well: datetime, people: People, signed_in: SignIn, settings: Any
) -> None:
    assert titles(well) == []
    settings.DEVELOPMENT = False
    assert titles(well) == [said("Nobody outside gets the audit trail's head")]
    page = signed_in(people.admin).get(PATH).content.decode()
    assert "JAVAR_TRAIL_MAIL" in page
    settings.JAVAR_TRAIL_MAIL = "auditor@javar.example"
    assert titles(well) == []


def test_restored_site_says_first_that_it_holds_still(well: datetime, people: People) -> None:
    Message.objects.create(
        recipient=people.aylin, kind="-", key="-", channel="sms", to="+989000000000", made_at=NOW,
        not_before=NOW,
    )  # fmt: skip
    holds.put({}, at=well)
    assert titles(well) == [said("The site was restored and holds still")]


def test_keeper_is_led_to_the_page_and_nobody_else_is(
    well: datetime, people: People, signed_in: SignIn
) -> None:
    Heartbeat.objects.filter(part=Part.RELAY).delete()
    for user, leads in ((people.admin, True), (people.officer, False), (people.aylin, False)):
        page = signed_in(user).get("/my/").content.decode()
        assert (f'href="{PATH}"' in page) is leads
        assert (said("The relay is not heard of") in page) is leads
    assert signed_in(people.officer).get(PATH).status_code == 404


def test_failed_task_is_let_run_again_once_and_it_is_written_down(
    well: datetime, people: People, signed_in: SignIn
) -> None:
    failed = task(
        status="FAILED", finished_at=NOW, exception_class_path="builtins.ValueError",
        traceback="secret of aylin", worker_ids=["w"],
    )  # fmt: skip
    client = signed_in(people.admin)
    page = client.get(PATH).content.decode()
    assert "imports.check" in page
    assert "ValueError" in page
    assert "aylin" not in page
    path = f"{PATH}tasks/{failed.pk}/retry/"
    assert client.post(path).status_code == 302
    failed.refresh_from_db()
    assert (failed.status, failed.finished_at, failed.traceback) == ("READY", None, "")
    line = audit.trail(failed).get()
    assert (line.verb, line.by, line.facts) == (
        "retry", people.admin, {"path": "courses.imports.tasks.check"}
    )  # fmt: skip
    assert client.post(path).status_code == 409
    assert audit.trail(failed).count() == 1


def test_task_at_work_is_not_run_a_second_time(people: People) -> None:
    running = task(status="RUNNING", started_at=NOW, worker_ids=["w"])
    with pytest.raises(tasks.NotStuck):
        tasks.retry_task(running, by=people.admin, at=NOW + timedelta(minutes=29))
    with pytest.raises(NotAllowed):
        tasks.retry_task(running, by=people.officer, at=NOW + timedelta(minutes=31))
    tasks.retry_task(running, by=people.admin, at=NOW + timedelta(minutes=31))
    running.refresh_from_db()
    assert (running.status, running.started_at) == ("READY", None)


def test_worker_lets_go_of_its_own_broken_task_until_it_was_tried_enough() -> None:
    mine = task(status="RUNNING", started_at=NOW, worker_ids=["me"])
    poison = task(status="RUNNING", started_at=NOW, worker_ids=["a", "b", "c", "d", "me"])
    theirs = task(status="RUNNING", started_at=NOW, worker_ids=["me", "other"])
    assert tasks.let_go_of("me", at=NOW) == 2
    found = dict(DBTaskResult.objects.values_list("pk", "status"))
    assert found == {mine.pk: "READY", poison.pk: "FAILED", theirs.pk: "RUNNING"}
