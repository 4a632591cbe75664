"""The outbox: what is written with an event, and how the relay carries it out."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from courses.kit.audit import trail
from courses.kit.refusal import IllegalMove, NotAllowed
from courses.notices import queries, rules
from courses.notices.actions import (
    Relayed,
    choose_channels,
    relay_batch,
    retry_message,
    send_sms,
    tell,
)
from courses.notices.actions import relay as relay_module
from courses.notices.kinds import KINDS, NoticeKind
from courses.notices.models import Message, Notice
from courses.notices.refusals import BeingSent
from courses.notices.senders import SendingFailed
from courses.notices.states import MOVES, Channel, MessageState
from courses.people.models import User
from tests.cast import NOW, People
from tests.courses.notices.conftest import EMAIL, MOBILE

pytestmark = pytest.mark.django_db

BASE = "http://127.0.0.1:8000"
# 18:00 UTC is 21:30 in Tehran, 4:30 UTC is 8:00.
EVENING, MORNING = NOW.replace(hour=18), NOW.replace(hour=4, minute=30)


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


# --- written with the event


def test_tell_writes_notice_and_messages(aylin: User) -> None:
    tell(aylin, "test.sms", key="k", path="/my/", at=NOW, link="/offer/secret/", n=3)
    assert Notice.objects.get().values == {"n": 3}
    rows = Message.objects.values_list(
        "channel", "to", "recipient", "kind", "key", "subject", "text", "state", "not_before",
        "attempts", "lease_until", "lease_owner", "made_at", "sent_at",
    )  # fmt: skip
    rest = ("waiting", NOW, 0, None, "", NOW, None)
    address = f"{BASE}/offer/secret/"
    mail = Message.objects.get(channel="mail")
    assert list(rows) == [
        ("sms", MOBILE, aylin.pk, "test.sms", "k", "", f"Short ۳ {address}", *rest),
        ("mail", EMAIL, aylin.pk, "test.sms", "k", mail.subject, mail.text, *rest),
    ]
    assert mail.text.split("\n\n")[:2] == ["Long ۳", address]
    assert "secret" not in str(Notice.objects.values())


def test_mail_without_a_link_leads_to_the_notices_own_page(aylin: User) -> None:
    tell(aylin, "test.legal", key="k", path="/my/one/", at=NOW, n=1)
    assert Message.objects.get(channel="sms").text == "Legal ۱"
    assert f"\n\n{BASE}/my/one/\n\n" in Message.objects.get(channel="mail").text


def test_an_event_that_fails_tells_nobody(aylin: User) -> None:
    with transaction.atomic():
        tell(aylin, "test.sms", key="k", path="/", at=NOW, n=1)
        send_sms("+989140000009", "test.sms", key="k", at=NOW, n=1)
        assert (Notice.objects.count(), Message.objects.count()) == (1, 3)
        transaction.set_rollback(True)
    assert (Notice.objects.count(), Message.objects.count()) == (0, 0)


def test_the_same_event_goes_out_once(aylin: User) -> None:
    for n in (1, 2):
        tell(aylin, "test.sms", key="k", path="/", at=NOW, n=n)
        send_sms("+989140000009", "test.sms", key="k", at=NOW, n=n)
    texts = Message.objects.filter(channel="sms").values_list("to", "text")
    assert list(texts) == [(MOBILE, "Short ۱ "), ("+989140000009", "Short ۱ ")]
    assert Message.objects.count() == 3
    tell(aylin, "test.sms", key="k2", path="/", at=NOW, n=1)
    assert Message.objects.count() == 5


def test_an_unknown_kind_sends_nothing(aylin: User) -> None:
    with pytest.raises(KeyError):
        send_sms(MOBILE, "test.nonsense", key="k", at=NOW)
    assert Message.objects.count() == 0


def test_a_plain_kind_stays_in_the_site(aylin: User) -> None:
    tell(aylin, "test.plain", key="k", path="/", at=NOW, n=1)
    assert (Notice.objects.count(), Message.objects.count()) == (1, 0)


def test_without_mobile_and_email_nothing_goes_out(people: People, kinds: None) -> None:
    tell(people.sara, "test.legal", key="k", path="/", at=NOW, n=1)
    assert (Notice.objects.count(), Message.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-11-24T10:00:00+00:00", "۳ آذر ۱۴۰۵، ساعت ۱۳:۳۰"),
        ("2026-11-24T08:05:00", "۳ آذر ۱۴۰۵، ساعت ۸:۰۵"),
        ("2026-11-24", "۳ آذر ۱۴۰۵"),
        ("2026-13-44", "2026-13-44"),
        ("24 November", "24 November"),
        ("", ""),
    ],
)
def test_dates_are_said_in_words(kinds: None, moment: str, said: str) -> None:
    assert KINDS["test.plain"].says({"n": moment}) == f"Plain {said}"


@pytest.mark.parametrize("language", ["en"])
def test_dates_are_gregorian_in_english(kinds: None, language: str) -> None:
    from django.utils import translation  # noqa: PLC0415

    with translation.override(language):
        said = KINDS["test.plain"].says({"n": "2026-11-24T10:00:00+00:00"})
    assert said == "Plain 24 November 2026, at 13:30"


# --- which ways


def kind(*, sms: str | None = None, legal: bool = False) -> NoticeKind:
    """Return the kind x.y."""
    return NoticeKind("x.y", "long", sms, legal, group="x")


SMS, MAIL = (Channel.SMS, "m"), (Channel.MAIL, "e")
NO_SMS, NO_MAIL = {("x.y", "sms"): False}, {("x.y", "mail"): False}
ALL = {("x.y", "sms"): True, ("x.y", "mail"): True}


@pytest.mark.parametrize(
    ("of", "mobile", "email", "chosen", "expected"),
    [
        (kind(), "m", "e", {}, []),
        (kind(), "m", "e", ALL, [SMS, MAIL]),
        (kind(), None, "e", ALL, [MAIL]),
        (kind(sms="s"), "m", "e", {}, [SMS, MAIL]),
        (kind(sms="s"), "m", "", {}, [SMS]),
        (kind(sms="s"), None, "e", {}, [MAIL]),
        (kind(sms="s"), None, "", {}, []),
        (kind(sms="s"), "m", "e", NO_SMS, [MAIL]),
        (kind(sms="s"), "m", "e", NO_MAIL, [SMS]),
        (kind(sms="s"), "m", "e", NO_SMS | NO_MAIL, []),
        (kind(sms="s"), "m", "e", {("x.z", "sms"): False, ("x.z", "mail"): False}, [SMS, MAIL]),
        (kind(legal=True), "m", "e", {}, [SMS, MAIL]),
        (kind(legal=True), "m", "e", NO_SMS | NO_MAIL, [SMS]),
        (kind(legal=True), None, "e", NO_SMS | NO_MAIL, [MAIL]),
        (kind(legal=True), None, "", {}, []),
    ],
)
def test_ways_out(
    of: NoticeKind, mobile: str | None, email: str, chosen: rules.Choices, expected: Any
) -> None:
    assert rules.ways(of, mobile=mobile, email=email, chosen=chosen) == expected


def test_tell_respects_what_was_chosen(aylin: User) -> None:
    chosen = {
        ("test.plain", "mail"): True, ("test.sms", "sms"): False, ("test.sms", "mail"): False,
        ("test.legal", "sms"): False, ("test.legal", "mail"): False, ("test.urgent", "sms"): True,
    }  # fmt: skip
    choose_channels(aylin, chosen, quiet=None, by=aylin, at=NOW)
    for code in ("test.plain", "test.sms", "test.legal", "test.urgent"):
        tell(aylin, code, key=code, path="/", at=NOW, n=1)
    sent = Message.objects.values_list("kind", "channel")
    assert list(sent) == [
        ("test.plain", "mail"), ("test.legal", "sms"), ("test.urgent", "sms"),
        ("test.urgent", "mail"),
    ]  # fmt: skip
    assert Notice.objects.count() == 4


# --- quiet hours

NIGHT, NOON, NONE = (time(21, 30), time(8)), (time(12), time(15)), (time(9), time(9))
TOMORROW = timedelta(days=1)


@pytest.mark.parametrize(
    ("at", "quiet", "expected"),
    [
        (EVENING - timedelta(minutes=1), NIGHT, EVENING - timedelta(minutes=1)),
        (EVENING, NIGHT, MORNING + TOMORROW),
        (NOW.replace(hour=20, minute=29), NIGHT, MORNING + TOMORROW),
        (NOW.replace(hour=20, minute=30), NIGHT, MORNING + TOMORROW),
        (MORNING - timedelta(minutes=1), NIGHT, MORNING),
        (MORNING, NIGHT, MORNING),
        (NOW, NIGHT, NOW),
        (NOW, NOON, NOW.replace(hour=11, minute=30)),
        (NOW.replace(hour=8, minute=30), NOON, NOW.replace(hour=11, minute=30)),
        (NOW.replace(hour=11, minute=30), NOON, NOW.replace(hour=11, minute=30)),
        (EVENING, NOON, EVENING),
        (EVENING, NONE, EVENING),
    ],
)
def test_nobody_is_disturbed_in_quiet_hours(
    at: datetime, quiet: tuple[time, time], expected: datetime
) -> None:
    assert rules.after_quiet_hours(at, quiet) == expected


def test_messages_wait_for_the_morning_unless_urgent(aylin: User) -> None:
    for code in ("test.sms", "test.legal", "test.urgent"):
        tell(aylin, code, key=code, path="/", at=EVENING, n=1)
    send_sms("+989140000009", "test.legal", key="k", at=EVENING, n=1)
    waits = Message.objects.filter(channel="sms").values_list("kind", "not_before")
    assert list(waits) == [
        ("test.sms", MORNING + TOMORROW),
        ("test.legal", MORNING + TOMORROW),
        ("test.urgent", EVENING),
        ("test.legal", MORNING + TOMORROW),
    ]


def test_ones_own_quiet_hours_hold(aylin: User) -> None:
    assert queries.quiet_hours(aylin) == NIGHT
    choose_channels(aylin, {}, quiet=NOON, by=aylin, at=NOW)
    tell(aylin, "test.legal", key="a", path="/", at=NOW, n=1)
    choose_channels(aylin, {}, quiet=NIGHT, by=aylin, at=NOW)
    assert queries.chosen_quiet_hours(aylin) is None
    tell(aylin, "test.legal", key="b", path="/", at=NOW, n=1)
    waits = Message.objects.filter(channel="sms").values_list("key", "not_before")
    assert list(waits) == [("a", NOW.replace(hour=11, minute=30)), ("b", NOW)]


# --- the relay


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


# --- trying again


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
        for verb in ("send", "give_up", "retry")
        for state in MessageState
    }
    assert {pair for pair, allowed in table.items() if allowed} == {
        ("send", "waiting"), ("give_up", "waiting"), ("retry", "waiting"), ("retry", "dead"),
    }  # fmt: skip


# --- what the database holds as facts


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
    assert (sms.masked_to, mail.masked_to) == ("+98914•••00", "a•••@example.org")


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
