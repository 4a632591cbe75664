"""After a restore nothing leaves the site until a keeper has read what was sent meanwhile."""

from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django_tasks_db.models import DBTaskResult

from courses.imports.models import Batch
from courses.imports.states import State
from courses.imports.tasks import take_in
from courses.kit import audit, holds, journal
from courses.kit.jobs import JOBS, tick
from courses.kit.models import Hold
from courses.kit.refusal import AlreadyDone, NotAllowed
from courses.notices.actions import (
    Relayed,
    end_codes,
    make_link,
    relay_batch,
    release_outbox,
    retry_message,
    send_code,
    send_sms,
    settle_sent,
    welcome,
    write_down_sent,
)
from courses.notices.models import Link, Message
from courses.notices.queries import (
    FIRST_SIGN_IN,
    FIRST_SIGN_IN_BY_SMS,
    WAY_BACK,
    find_link,
)
from courses.notices.states import MessageState
from courses.people.actions import forget_again, forget_person, remember_device
from courses.people.models import User
from courses.people.queries import knows_device
from tests.cast import NOW, People, person
from tests.courses.notices.test_relay import fakes, queued

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def hold(people: People) -> Hold:
    """The site held after a restore."""
    return holds.put({}, at=NOW)


def states() -> list[str]:
    """Return where every message is."""
    return list(Message.objects.order_by("pk").values_list("state", flat=True))


def test_held_outbox_sends_nothing_whoever_relays(kinds: None, hold: Hold) -> None:
    queued("a")
    queued("b")
    fake, table = fakes()

    for owner in ("one", "two", "three"):
        assert relay_batch(table, owner=owner, at=LATER) == Relayed()

    assert fake.got == []
    assert states() == ["waiting", "waiting"]


def test_released_outbox_sends_the_rest_once(kinds: None, hold: Hold, people: People) -> None:
    first, second = queued("a"), queued("b")
    fake, table = fakes()

    release_outbox(hold, by=people.admin, at=LATER)
    for owner in ("one", "two"):
        relay_batch(table, owner=owner, at=LATER, size=1)
        relay_batch(table, owner=owner, at=LATER)

    assert [got[3] for got in fake.got] == [str(first.stable_id), str(second.stable_id)]
    assert states() == ["sent", "sent"]
    (line,) = audit.trail(hold)
    assert (line.verb, line.by, line.at, line.facts) == (
        "release_outbox", people.admin, LATER, {"waiting": 2, "given_up": 0},
    )  # fmt: skip


def test_only_a_keeper_releases_and_only_once(hold: Hold, people: People) -> None:
    for who in (people.officer, people.registrar, people.stranger):
        with pytest.raises(NotAllowed):
            release_outbox(hold, by=who, at=LATER)
    assert holds.stands()

    release_outbox(hold, by=people.admin, at=LATER)

    with pytest.raises(AlreadyDone):
        release_outbox(hold, by=people.admin, at=LATER)
    assert (hold.standing, hold.released_at, hold.released_by) == (False, LATER, people.admin)
    assert not holds.stands()


def test_giving_up_keeps_the_copys_messages_back_until_each_is_tried(
    kinds: None, hold: Hold, people: People
) -> None:
    old = queued("a")
    queued("b", at=LATER)
    fake, table = fakes()

    release_outbox(hold, by=people.admin, give_up=True, at=LATER)
    relay_batch(table, owner="r", at=LATER)

    assert states() == ["dead", "sent"]
    retry_message(Message.objects.get(pk=old.pk), by=people.admin, at=LATER)
    relay_batch(table, owner="r", at=LATER)
    assert states() == ["sent", "sent"]
    assert len(fake.got) == 2


def test_message_the_journal_saw_is_marked_and_never_sent_again(
    kinds: None, hold: Hold, people: People
) -> None:
    went, waits, rests = queued("a"), queued("b"), queued("c")
    Message.objects.filter(pk=rests.pk).update(lease_until=LATER, lease_owner="gone")
    line = {"kind": "sent", "id": str(went.stable_id), "channel": "sms", "at": LATER.isoformat()}
    unknown = line | {"id": "6f6f0e5e-0000-4000-8000-000000000000"}
    fake, table = fakes()

    found = settle_sent([line, unknown, line], at=LATER)

    assert [one["id"] for one in found["settled"]] == [str(went.stable_id)]
    assert [one["id"] for one in found["younger"]] == [unknown["id"]]
    went.refresh_from_db()
    assert (went.state, went.sent_at, went.text, went.in_journal) == ("sent", LATER, "", True)
    release_outbox(hold, by=people.admin, at=LATER)
    relay_batch(table, owner="r", at=LATER)
    assert [got[3] for got in fake.got] == [str(waits.stable_id), str(rests.stable_id)]


def test_relay_writes_into_the_journal_before_it_marks(kinds: None, settings: Any) -> None:
    message = queued()
    seen: list[tuple[str, bool]] = []

    class Looks:
        def send(self, **facts: str) -> None:
            seen.append((Message.objects.get().state, Path(settings.JAVAR_JOURNAL_DIR).exists()))

    relay_batch({"sms": Looks()}, owner="r", at=NOW)

    assert seen == [("waiting", False)]
    (line,) = [line for line in journal.read() if line["kind"] == "sent"]
    del line["w"]
    assert line == {
        "kind": "sent", "id": str(message.stable_id), "channel": "sms", "at": NOW.isoformat(),
    }  # fmt: skip
    assert Message.objects.get().in_journal is True


def test_message_whose_mark_was_lost_stands_in_the_journal(
    kinds: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = queued()
    _fake, table = fakes()

    def killed(*args: object, **changes: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("courses.notices.actions.relay._mark", killed)

    with pytest.raises(KeyboardInterrupt):
        relay_batch(table, owner="r", at=NOW)

    assert states() == ["waiting"]
    assert [line["id"] for line in journal.read() if line["kind"] == "sent"] == [
        str(message.stable_id)
    ]


def test_journal_out_of_reach_holds_up_no_message_and_is_caught_up(
    kinds: None, settings: Any, tmp_path: Path
) -> None:
    message = queued()
    fake, table = fakes()
    before, settings.JAVAR_JOURNAL_DIR = settings.JAVAR_JOURNAL_DIR, tmp_path / "file"
    (tmp_path / "file").write_text("in the way")

    relay_batch(table, owner="r", at=NOW)

    assert (len(fake.got), Message.objects.get().in_journal) == (1, False)
    settings.JAVAR_JOURNAL_DIR = before
    assert write_down_sent(at=LATER) == 1
    assert write_down_sent(at=LATER) == 0
    assert [line["id"] for line in journal.read() if line["kind"] == "sent"] == [
        str(message.stable_id)
    ]


def test_codes_end_and_are_called_back(kinds: None, hold: Hold) -> None:
    code = send_code(
        "notices.sign_in_code", "x", to="+989140000009", channel="sms", at=NOW
    )  # fmt: skip

    assert end_codes(at=NOW) == 1
    assert end_codes(at=NOW) == 0

    code.refresh_from_db()
    assert code.expires_at - code.made_at == timedelta(microseconds=1)
    message = Message.objects.get(key=f"code:{code.public_id}")
    assert (message.state, message.text) == (MessageState.DEAD, "")


def test_restored_copy_lets_nobody_in_by_an_old_link_or_browser(people: People) -> None:
    """Before, a link that had been used, or taken away, after the copy opened the account again."""
    newcomer = person("newcomer")
    newcomer.mobile = "+989140000009"
    newcomer.save()
    shown = welcome(newcomer, by=None, at=NOW).split("/")[2]
    back = make_link(WAY_BACK, str(people.aylin.public_id), expires_at=LATER, at=NOW)
    other = make_link("enrolment.offer", "x", expires_at=LATER, at=NOW)
    remember_device(people.aylin, "h", at=NOW)

    for function in holds.AFTER_RESTORE:
        function(NOW)

    assert find_link(shown, FIRST_SIGN_IN, at=NOW) is None
    assert find_link(back, WAY_BACK, at=NOW) is None
    assert find_link(other, "enrolment.offer", at=NOW) is not None
    ends = Link.objects.values_list("purpose", "closed_at").order_by("purpose")
    assert list(ends) == [
        ("enrolment.offer", None), (FIRST_SIGN_IN, NOW), (FIRST_SIGN_IN_BY_SMS, NOW),
        (WAY_BACK, NOW),
    ]  # fmt: skip
    message = Message.objects.get(kind="notices.welcome")
    assert (message.state, message.text) == (MessageState.DEAD, "")
    assert not knows_device(people.aylin, "h")


def test_time_decides_nothing_while_the_site_is_held(hold: Hold, people: People) -> None:
    waiting = {name for name, job in JOBS.items() if job.decides}
    assert waiting == {
        "enrolment.let_time_decide", "enrolment.remind", "matching.lapse_silent_places",
        "matching.remind_of_answers", "matching.take_up_lost_runs", "imports.take_up_lost_imports",
    }  # fmt: skip

    assert waiting & set(tick(NOW)) == set()

    release_outbox(hold, by=people.admin, at=LATER)
    assert waiting <= set(tick(NOW))


@pytest.mark.parametrize(
    ("room", "task", "arguments"),
    [
        ("matching", "finish_run", {"run_id": 0}),
        ("matching", "publish_round", {"round_id": 0}),
        ("imports", "take_in", {"batch_id": 0, "attempt": 1, "by_id": 0}),
        ("imports", "take_back", {"batch_id": 0, "attempt": 1, "by_id": 0}),
    ],
)
def test_work_of_before_the_copy_rests_while_the_site_is_held(
    hold: Hold, people: People, room: str, task: str, arguments: dict[str, int]
) -> None:
    """It touches nothing: what it is asked to do is not even looked up. Its job asks again."""
    work = import_module(f"courses.{room}.tasks")

    getattr(work, task).func(**arguments)

    release_outbox(hold, by=people.admin, at=LATER)
    with pytest.raises(ObjectDoesNotExist):
        getattr(work, task).func(**arguments)


def test_import_that_rested_is_asked_for_again(hold: Hold, people: People) -> None:
    batch = Batch.objects.create(
        kind="x", subject="s", made_by=people.admin, made_at=NOW, beat_at=NOW, total=0,
        state=State.APPLYING, attempt=1,
    )  # fmt: skip
    tick(LATER)
    take_in.func(batch_id=batch.pk, attempt=1, by_id=people.admin.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.beat_at) == (State.APPLYING, NOW)
    asked = DBTaskResult.objects.filter(task_path="courses.imports.tasks.take_in")
    before = asked.count()

    release_outbox(hold, by=people.admin, at=LATER)
    tick(LATER)

    assert (before, asked.count()) == (0, 1)


def test_site_is_held_once_at_a_time(hold: Hold) -> None:
    assert holds.put({"other": 1}, at=LATER) == hold
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.create(since=LATER)


def test_erased_people_are_erased_again(people: People) -> None:
    gone, known, used = person("gone"), person("known"), person("used")
    forget_person(known, by=None, at=NOW)
    User.objects.filter(pk=used.pk).update(last_login=NOW)
    ids = {str(one.public_id) for one in (gone, known, used)} | {
        "6f6f0e5e-0000-4000-8000-000000000000"
    }

    found = forget_again(ids, at=LATER)

    assert found == {
        "erased_again": [{"id": str(gone.public_id)}],
        "not_erased": [{"id": str(used.public_id), "why": "account_in_use"}],
    }
    gone.refresh_from_db()
    assert (gone.first_name, gone.is_active) == ("", False)
    assert [line.at for line in audit.trail(gone).filter(verb="forget_person")] == [LATER]


def test_control_an_outbox_that_is_not_held_sends(kinds: None) -> None:
    send_sms("+989140000000", "test.urgent", key="k", at=NOW)
    fake, table = fakes()

    relay_batch(table, owner="r", at=NOW)

    assert len(fake.got) == 1
