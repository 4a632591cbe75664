"""The outbox: written with the event, in the ways that were chosen, at an hour that is allowed."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from courses.notices import queries, rules
from courses.notices.actions import choose_channels, send_sms, tell
from courses.notices.kinds import KINDS, NoticeKind
from courses.notices.models import Message, Notice
from courses.notices.states import Channel
from courses.people.models import User
from tests import databases
from tests.cast import NOW, People
from tests.courses.notices.conftest import EMAIL, MOBILE

pytestmark = pytest.mark.django_db


BASE = "http://127.0.0.1:8000"
# 18:00 UTC is 21:30 in Tehran, 4:30 UTC is 8:00.
EVENING, MORNING = NOW.replace(hour=18), NOW.replace(hour=4, minute=30)


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
    with databases.undone():
        tell(aylin, "test.sms", key="k", path="/", at=NOW, n=1)
        send_sms("+989140000009", "test.sms", key="k", at=NOW, n=1)
        assert (Notice.objects.count(), Message.objects.count()) == (1, 3)
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
