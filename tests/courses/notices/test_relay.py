"""The relay: leased, resting longer each time, given up, tried again under the same id."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from courses.kit.audit import trail
from courses.kit.calendars import TEHRAN
from courses.kit.refusal import IllegalMove, NotAllowed
from courses.notices import queries, rules
from courses.notices.actions import Relayed, relay_batch, retry_message, send_sms, tell
from courses.notices.actions import relay as relay_module
from courses.notices.models import Message
from courses.notices.refusals import BeingSent
from courses.notices.senders import SendingFailed
from courses.notices.states import MOVES, Channel, MessageState
from courses.people.models import User
from tests.cast import NOW, People
from tests.courses.notices.conftest import EMAIL, MOBILE

pytestmark = pytest.mark.django_db


@dataclass
class Fake:
    """A sender at the network's edge: keeps what it is given, fails as told."""

    failures: list[Exception] = field(default_factory=list)
    got: list[tuple[str, str, str, str]] = field(default_factory=list)

    def send(self, *, to: str, text: str, subject: str, stable_id: str) -> None:
        """Keep or fail."""
        if self.failures:
            raise self.failures.pop(0)
        self.got.append((to, subject, text, stable_id))


def fakes(*failures: Exception) -> tuple[Fake, dict[str, Fake]]:
    """Return a sender and the table in which it carries everything."""
    fake = Fake(list(failures))
    return fake, {Channel.SMS: fake, Channel.MAIL: fake}


def queued(key: str = "k", *, to: str = MOBILE, at: datetime = NOW) -> Message:
    """Queue an urgent SMS to somebody without an account."""
    send_sms(to, "test.urgent", key=key, at=at)
    return Message.objects.get(key=key, to=to)


def test_relay_sends_and_forgets_the_text(aylin: User) -> None:
    tell(aylin, "test.sms", key="k", path="/my/", at=NOW, n=1)
    ids = {m.channel: (str(m.stable_id), m.subject, m.text) for m in Message.objects.all()}
    fake, table = fakes()
    assert relay_batch(table, owner="r", at=NOW) == Relayed(claimed=2, sent=2)
    assert fake.got == [
        (MOBILE, *ids["sms"][1:], ids["sms"][0]),
        (EMAIL, *ids["mail"][1:], ids["mail"][0]),
    ]
    rows = Message.objects.values_list(
        "state", "text", "subject", "attempts", "sent_at", "lease_until", "lease_owner"
    )
    assert list(rows) == [("sent", "", "", 1, NOW, None, "")] * 2
    assert relay_batch(table, owner="r", at=NOW) == Relayed()


def test_relay_sends_nothing_before_its_time_and_the_oldest_first(kinds: None) -> None:
    for minutes in (2, 1, 3):
        queued(f"k{minutes}", at=NOW + timedelta(minutes=minutes), to=f"+98914000000{minutes}")
    fake, table = fakes()
    assert relay_batch(table, owner="r", at=NOW) == Relayed()
    at = NOW + timedelta(minutes=2)
    assert relay_batch(table, owner="r", at=at, size=1) == Relayed(claimed=1, sent=1)
    assert relay_batch(table, owner="r", at=at) == Relayed(claimed=1, sent=1)
    assert [got[0][-1] for got in fake.got] == ["1", "2"]


def test_a_held_message_is_nobody_elses_until_the_lease_is_over(kinds: None, settings: Any) -> None:
    settings.JAVAR_RELAY_LEASE = 60.0
    message = queued()

    class Dies(BaseException):
        """The process ends between sending and marking."""

    fake, table = fakes()

    class Deadly(Fake):
        def send(self, **what: str) -> None:
            super().send(**what)
            raise Dies

    deadly = Deadly()
    with pytest.raises(Dies):
        relay_batch({Channel.SMS: deadly}, owner="first", at=NOW)
    message.refresh_from_db()
    assert (message.state, message.lease_owner, message.lease_until) == (
        "waiting", "first", NOW + timedelta(seconds=60),
    )  # fmt: skip
    for seconds in (0, 59, 60):
        at = NOW + timedelta(seconds=seconds)
        assert relay_batch(table, owner="second", at=at) == Relayed()
    after = NOW + timedelta(seconds=61)
    assert relay_batch(table, owner="second", at=after) == Relayed(claimed=1, sent=1)
    assert deadly.got == fake.got, "the same id, the same words"


def test_a_relay_that_lost_its_lease_marks_nothing(kinds: None, settings: Any) -> None:
    settings.JAVAR_RELAY_LEASE = 60.0
    message = queued()
    later = NOW + timedelta(seconds=61)
    _other, others = fakes()

    class Slow(Fake):
        def send(self, **what: str) -> None:
            assert relay_batch(others, owner="second", at=later) == Relayed(claimed=1, sent=1)
            raise SendingFailed("too slow", retry=False)

    relay_batch({Channel.SMS: Slow()}, owner="first", at=NOW)
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.last_error) == ("sent", later, "")


def test_two_relays_that_chose_the_same_rows_share_them(
    kinds: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued()
    fake, table = fakes()
    real = queries.due
    calls = []

    def due(*, at: datetime) -> Any:
        calls.append(at)
        # The second relay comes between the first one's choosing and its UPDATE.
        if len(calls) == 3:
            assert relay_batch(table, owner="second", at=at) == Relayed(claimed=1, sent=1)
        return real(at=at)

    monkeypatch.setattr(relay_module.queries, "due", due)
    assert relay_batch(table, owner="first", at=NOW) == Relayed()
    assert len(fake.got) == 1


def test_a_slow_relay_gives_back_what_it_cannot_send_in_time(kinds: None, settings: Any) -> None:
    settings.JAVAR_RELAY_LEASE = 100.0
    for number in range(4):
        queued(f"k{number}")
    seconds = iter([0.0, 10.0, 50.0, 50.1])
    fake, table = fakes()
    done = relay_batch(table, owner="r", at=NOW, watch=lambda: next(seconds))
    assert done == Relayed(claimed=4, sent=2, returned=2)
    rest = Message.objects.filter(state="waiting").values_list(
        "attempts", "lease_until", "lease_owner"
    )
    assert list(rest) == [(0, None, "")] * 2
    assert relay_batch(table, owner="r", at=NOW) == Relayed(claimed=2, sent=2)
    assert len({got[3] for got in fake.got}) == 4


def test_a_failed_message_rests_longer_each_time_and_is_given_up(kinds: None) -> None:
    message = queued()
    at, rests = NOW, []
    for attempt in range(1, 9):
        fake, table = fakes(SendingFailed(f"gateway answered {attempt}", retry=True))
        expected = Relayed(claimed=1, dead=1) if attempt == 8 else Relayed(claimed=1, failed=1)
        assert relay_batch(table, owner="r", at=at) == expected
        assert relay_batch(table, owner="r", at=at) == Relayed(), "it rests"
        message.refresh_from_db()
        assert (message.attempts, message.last_error) == (attempt, f"gateway answered {attempt}")
        rests.append(message.not_before - at)
        at = message.not_before
        assert fake.got == []
    assert (message.state, message.lease_until, message.sent_at) == ("dead", None, None)
    assert message.text == "Now", "it may be tried again"
    minutes = [1, 4, 16, 64, 256, 360, 360, 360]
    near = [0.75 <= rest / timedelta(minutes=m) <= 1.25 for rest, m in zip(rests, minutes)]  # noqa: B905
    assert near == [True] * 8
    assert relay_batch(fakes()[1], owner="r", at=at + timedelta(days=9)) == Relayed()


def test_rests_differ_between_messages_and_never_for_one() -> None:
    first = timedelta(minutes=1)
    ids = [uuid.UUID(int=number) for number in range(20)]
    rests = [rules.rest_after(1, found, first=first) for found in ids]
    assert rests == [rules.rest_after(1, found, first=first) for found in ids]
    assert len(set(rests)) > 15


def test_what_cannot_get_better_is_given_up_at_once(kinds: None) -> None:
    message = queued()
    _fake, table = fakes(SendingFailed("gateway answered 400", retry=False))
    assert relay_batch(table, owner="r", at=NOW) == Relayed(claimed=1, dead=1)
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("dead", 1)


def test_a_mistake_of_ours_does_not_hold_up_the_others(
    kinds: None, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = queued("a"), queued("b")
    fake, table = fakes(ValueError("secret text"))
    assert relay_batch(table, owner="r", at=NOW) == Relayed(claimed=2, sent=1, failed=1)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.last_error) == ("waiting", "ValueError")
    assert (second.state, len(fake.got)) == ("sent", 1)
    assert caplog.messages == [f"message {first.stable_id} could not be sent"]


def dead(key: str = "k") -> Message:
    """Make a message that was given up."""
    message = queued(key)
    relay_batch(fakes(SendingFailed("no", retry=False))[1], owner="r", at=NOW)
    message.refresh_from_db()
    return message


def test_retry_sends_under_the_same_id(people: People, kinds: None) -> None:
    message = dead()
    at = NOW + timedelta(hours=1)
    found = retry_message(message, by=people.admin, at=at)
    assert (found.state, found.attempts, found.not_before) == ("waiting", 0, at)
    line = trail(message).get()
    assert (line.verb, line.by, line.from_state, line.to_state, line.facts) == (
        "retry", people.admin, "dead", "waiting", {"attempts": 1, "error": "no"},
    )  # fmt: skip
    fake, table = fakes()
    relay_batch(table, owner="r", at=at)
    assert fake.got == [(MOBILE, "", "Now", str(message.stable_id))]


def test_a_resting_message_may_be_tried_now(people: People, kinds: None) -> None:
    message = queued()
    relay_batch(fakes(SendingFailed("no", retry=True))[1], owner="r", at=NOW)
    retry_message(message, by=people.admin, at=NOW)
    assert relay_batch(fakes()[1], owner="r", at=NOW) == Relayed(claimed=1, sent=1)


def test_retry_refuses_what_is_sent_or_held_and_who_keeps_nothing(
    people: People, kinds: None
) -> None:
    message = queued()
    with pytest.raises(NotAllowed):
        retry_message(message, by=people.officer, at=NOW)
    Message.objects.update(lease_until=NOW + timedelta(minutes=1), lease_owner="r")
    with pytest.raises(BeingSent):
        retry_message(message, by=people.admin, at=NOW)
    at = NOW + timedelta(minutes=2)
    assert retry_message(message, by=people.admin, at=at).lease_owner == ""
    relay_batch(fakes()[1], owner="r", at=at)
    with pytest.raises(IllegalMove):
        retry_message(message, by=people.admin, at=at)
    assert trail(message).count() == 1


def test_moves_of_a_message_are_these() -> None:
    table = {
        (verb, state): MOVES.allows(verb, state)
        for verb in (move.verb for move in MOVES)
        for state in MessageState
    }
    assert {pair for pair, allowed in table.items() if allowed} == {
        ("send", "waiting"), ("give_up", "waiting"), ("rest", "waiting"), ("retry", "waiting"),
        ("retry", "dead"), ("settle", "waiting"), ("settle", "dead"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "sent"},
        {"state": "sent", "sent_at": NOW},
        {"sent_at": NOW},
        {"state": "lost"},
        {"channel": "fax"},
        {"to": ""},
        {"lease_owner": "r"},
        {"lease_until": NOW},
        {"state": "dead", "lease_owner": "r", "lease_until": NOW},
    ],
    ids=str,
)
def test_database_refuses_what_cannot_be(kinds: None, changes: dict[str, Any]) -> None:
    queued()
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.update(**changes)


def test_messages_are_named_and_masked(aylin: User) -> None:
    tell(aylin, "test.sms", key="k", path="/", at=NOW, n=1)
    sms, mail = Message.objects.all()
    assert str(sms) == f"sms test.sms {sms.stable_id}"
    assert (sms.masked_to, mail.masked_to) == ("0914 ••• 00", "a•••@example.org")


def test_outbox_health(kinds: None) -> None:
    empty = queries.outbox_health(at=NOW)
    assert (empty.waiting, empty.oldest, empty.stuck, empty.dead) == (0, None, [], [])
    given_up = dead("dead")
    old = queued("old", at=NOW - timedelta(minutes=16))
    queued("new")
    failing = queued("failing", at=NOW - timedelta(minutes=1))
    Message.objects.filter(pk=failing.pk).update(attempts=1)
    health = queries.outbox_health(at=NOW, most=1)
    assert (health.waiting, health.oldest) == (3, old)
    assert (health.stuck, health.stuck_count) == ([old], 2)
    assert (health.dead, health.dead_count) == ([given_up], 1)


@pytest.mark.parametrize(("kind", "hour"), [("test.sms", 8), ("test.urgent", 21)])
def test_what_rests_does_not_wake_anybody(aylin: User, kind: str, hour: int) -> None:
    """It failed at 21:25, and nobody is disturbed from 21:30 to 8:00 in Tehran."""
    late = datetime(2026, 11, 24, 17, 55, tzinfo=UTC)
    tell(aylin, kind, key="k", path="/", at=late, n=1)
    Message.objects.update(attempts=2)
    failures = [SendingFailed("no", retry=True)] * 2
    assert relay_batch(fakes(*failures)[1], owner="r", at=late).failed == 2
    assert {m.not_before.astimezone(TEHRAN).hour for m in Message.objects.all()} == {hour}
