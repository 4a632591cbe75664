"""The pages on which people choose and a keeper looks after the outbox."""

import re
import uuid
from datetime import time, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import translation

from courses.kit.audit import trail
from courses.kit.rights import ABILITIES
from courses.notices.actions import choose_channels, send_sms
from courses.notices.kinds import KINDS, groups_for
from courses.notices.models import Choice, Message, Preferences
from courses.notices.queries import choices_of, quiet_hours
from courses.organisations.actions import end_role, grant_role
from courses.organisations.models import Kind, Role
from courses.people.models import User
from tests.cast import NOW, Bodies, People, SignIn, body, person
from tests.codes import on_page
from tests.counting import queries
from tests.courses.notices.conftest import MOBILE

pytestmark = pytest.mark.django_db

CHOICES, OUTBOX = "/my/notices/choices/", "/my/notices/outbox/"
HOURS = {"quiet_from": "21:30", "quiet_until": "08:00"}


SMS, MAIL = ("enrolment.admitted", "sms"), ("enrolment.admitted", "mail")


def test_choosing_keeps_rows_and_a_line(people: People, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(10):
        made = choose_channels(
            people.aylin, {SMS: False, MAIL: True}, quiet=(time(22), time(7)), by=people.aylin,
            at=NOW,
        )  # fmt: skip
    rows = Choice.objects.order_by("pk").values_list("user", "kind", "channel", "on")
    assert list(rows) == [(people.aylin.pk, *SMS, False), (people.aylin.pk, *MAIL, True)]
    assert (choices_of(people.aylin), choices_of(people.sara)) == ({SMS: False, MAIL: True}, {})
    assert quiet_hours(people.aylin) == (time(22), time(7))
    line = trail(made).get()
    assert (line.verb, line.by, line.at, line.facts) == (
        "choose_channels", people.aylin, NOW, {"wanted": ["enrolment.admitted:mail"]},
    )  # fmt: skip
    choose_channels(people.aylin, {SMS: True}, quiet=None, by=people.aylin)
    assert (choices_of(people.aylin), Choice.objects.count()) == ({SMS: True, MAIL: True}, 2)
    assert (str(made), str(Choice.objects.order_by("pk").first())) == (
        f"{people.aylin.pk}", f"{people.aylin.pk} enrolment.admitted sms True",
    )  # fmt: skip


def test_database_refuses_half_quiet_hours_and_unknown_channels(people: People) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Preferences.objects.create(user=people.aylin, quiet_from=time(9))
    with pytest.raises(IntegrityError), transaction.atomic():
        Choice.objects.create(user=people.aylin, kind="k", channel="fax", on=True)


def ticks(page: str) -> dict[str, bool]:
    """Return the ticks of a page and whether they are set."""
    found = re.findall(r'<input type="checkbox" name="([^"]+)"([^>]*)>', page)
    return {name: "checked" in rest for name, rest in found}


def test_page_offers_a_tick_for_every_kind_that_can_come_and_channel_but_the_legal_way(
    aylin: User, signed_in: SignIn
) -> None:
    client = signed_in(aylin)
    page = client.get(CHOICES).content.decode()
    shown = ticks(page)
    assert set(shown) == {
        f"{kind.code}-{channel}"
        for kind in KINDS.values()
        for channel in ("sms", "mail")
        if kind.group != "account"
        and "notices.hear_as_student" in kind.audience
        and not (kind.legal and channel == "sms")
    }
    assert {name: on for name, on in shown.items() if name.startswith("test.")} == {
        "test.plain-sms": False, "test.plain-mail": False, "test.sms-sms": True,
        "test.sms-mail": True, "test.legal-mail": True, "test.urgent-sms": True,
        "test.urgent-mail": True,
    }  # fmt: skip
    assert (on_page(MOBILE) in page, 'value="21:30"' in page, 'value="08:00"' in page) == (
        True,
    ) * 3
    # Without a mobile the legal way is the mail.
    User.objects.filter(pk=aylin.pk).update(mobile=None, mobile_proven_at=None)
    aylin.refresh_from_db()
    page = signed_in(aylin).get(CHOICES).content.decode()
    assert {"test.legal-sms", "test.legal-mail"} & set(ticks(page)) == {"test.legal-sms"}


FIRM = {
    "matching.ranking_opened", "matching.published_to_firm", "matching.place_accepted",
    "matching.place_given_up", "matching.ranking_closes_soon",
}  # fmt: skip
REGISTRAR = {
    "enrolment.consent_taken_back_here", "enrolment.seats_asked", "enrolment.seats_approved",
    "enrolment.seats_refused", "enrolment.consent_waits_here", "notices.ways_back_ceiling",
}  # fmt: skip
OFFICER = {
    "matching.proposed", "matching.withheld", "matching.objection_raised", "enrolment.seats_asked",
}  # fmt: skip
KEEPER = {"notices.codes_ceiling", "notices.trail_head", "notices.way_back_asked"}
GUARDIAN = {"enrolment.consent_asked", "enrolment.consent_reminder", "enrolment.consent_code"}


def told_to(user: User) -> set[str]:
    """Return the kinds a person is asked about, the fixed ones among them."""
    return {kind.code for kinds in groups_for(user).values() for kind in kinds}


def test_everybody_chooses_among_what_can_reach_them(people: People, bodies: Bodies) -> None:
    student = set(KINDS) - FIRM - REGISTRAR - OFFICER - GUARDIAN - KEEPER
    assert {
        who: told_to(getattr(people, who))
        for who in ("aylin", "stranger", "teacher", "registrar", "owner", "mentor", "officer",
                    "admin")
    } == {
        "aylin": student, "stranger": student, "teacher": set(), "registrar": REGISTRAR,
        "owner": FIRM, "mentor": FIRM, "officer": OFFICER, "admin": set(),
    }  # fmt: skip
    # Two roles hear both; a role that has ended is heard no more.
    grant_role(people.owner, bodies.office, Role.OFFICER, by=None, at=NOW)
    assert told_to(people.owner) == FIRM | OFFICER
    end_role(people.owner.memberships.get(role=Role.OWNER), by=None, at=NOW)
    assert told_to(people.owner) == OFFICER
    # A guild's officer decides nothing; whoever has no role yet may become a student.
    guild = body("guild", Kind.GUILD)
    newcomer, guildsman = person("newcomer"), person("guildsman")
    grant_role(guildsman, guild, Role.OFFICER, by=None, at=NOW)
    assert (told_to(newcomer), told_to(guildsman)) == (student, student)
    # Nobody with an account is a guardian; a kind without an audience would reach nobody.
    assert {code for code, kind in KINDS.items() if "guardian" in kind.audience} == GUARDIAN
    assert all(kind.audience <= {*ABILITIES, "guardian", "keeper"} for kind in KINDS.values())
    assert all(kind.audience for kind in KINDS.values())


def test_page_shows_only_what_can_come_in_ones_roles(people: People, signed_in: SignIn) -> None:
    asked = {
        who: {name.rsplit("-", 1)[0] for name in ticks(
            signed_in(getattr(people, who)).get(CHOICES).content.decode()
        )}
        for who in ("registrar", "owner", "officer", "teacher")
    }  # fmt: skip
    assert asked == {
        "registrar": REGISTRAR, "owner": FIRM, "officer": OFFICER, "teacher": set(),
    }  # fmt: skip
    empty = signed_in(people.teacher).get(f"/en{CHOICES}").content.decode()
    assert "In your present roles nothing is told to you." in empty
    # What is not asked about is not taken from a form either.
    signed_in(people.registrar).post(CHOICES, HOURS | {"matching.proposed-sms": "on"})
    assert {kind for kind, _channel in choices_of(people.registrar)} == REGISTRAR


def test_kinds_are_shown_with_their_places_open() -> None:
    with translation.override("en"):
        assert KINDS["enrolment.admitted"].shape == "You have a seat in “…”, …."
        assert not [kind.code for kind in KINDS.values() if "%" in kind.shape]


def test_choices_are_kept_and_shown(aylin: User, signed_in: SignIn) -> None:
    client = signed_in(aylin)
    typed = {
        "enrolment.admitted-mail": "on", "enrolment.waitlisted-sms": "on",
        "quiet_from": "۲۲:۰۰", "quiet_until": "7",
    }  # fmt: skip
    response = client.post(CHOICES, typed)
    assert (response.status_code, response["Location"]) == (HTTPStatus.FOUND, CHOICES)
    shown = ticks(client.get(CHOICES).content.decode())
    assert {name for name, on in shown.items() if on} == {
        "enrolment.admitted-mail", "enrolment.waitlisted-sms",
    }  # fmt: skip
    assert quiet_hours(aylin) == (time(22), time(7))
    client.post(CHOICES, {"quiet_from": "", "quiet_until": ""})
    assert quiet_hours(aylin) == (time(21, 30), time(8))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quiet_from": "25:99"}, "quiet_from"),
        ({"quiet_from": ""}, "quiet_from"),
        ({"quiet_until": ""}, "quiet_until"),
        ({"quiet_until": "late"}, "quiet_until"),
    ],
)
def test_wrong_hours_are_422_and_keep_what_was_typed(
    aylin: User, signed_in: SignIn, wrong: dict[str, str], field: str
) -> None:
    response = signed_in(aylin).post(CHOICES, HOURS | {"test.sms-sms": "on"} | wrong)
    page = response.content.decode()
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    summary = page.split('id="errors"')[1].split("</div>")[0]
    assert re.findall(r'href="#([^"]+)"', summary) == [f"id_{field}"]
    shown = ticks(page)
    assert (shown["test.sms-sms"], shown["test.sms-mail"]) == (True, False)
    assert (Choice.objects.count(), Preferences.objects.count()) == (0, 0)


def test_ones_choices_are_ones_own(aylin: User, people: People, signed_in: SignIn) -> None:
    signed_in(people.stranger).post(CHOICES, HOURS)
    assert choices_of(aylin) == {}
    assert set(Choice.objects.values_list("user", flat=True)) == {people.stranger.pk}


def test_page_of_somebody_who_cannot_be_reached(people: People, signed_in: SignIn) -> None:
    assert signed_in(people.stranger).get(CHOICES).status_code == HTTPStatus.OK


def test_choices_send_the_anonymous_visitor_to_sign_in(db: None) -> None:
    for response in (Client().get(CHOICES), Client().post(CHOICES, HOURS)):
        assert (response.status_code, response["Location"]) == (
            HTTPStatus.FOUND, f"/account/login/?next={CHOICES}",
        )  # fmt: skip
    assert Choice.objects.count() == 0


# --- the keeper's outbox


def stuck(**changes: Any) -> Message:
    """Queue an SMS long ago."""
    key = uuid.uuid4().hex
    send_sms(MOBILE, "notices.sign_in_code", key=key, at=NOW - timedelta(days=1), code="99")
    Message.objects.filter(key=key).update(**changes)
    return Message.objects.get(key=key)


def retry_path(message: Message) -> str:
    return f"{OUTBOX}{message.stable_id}/retry/"


def test_keeper_sees_addresses_masked_and_never_the_text(people: People, signed_in: SignIn) -> None:
    message = stuck(text="a secret link", last_error="gateway answered 500", attempts=3)
    gone = stuck(state="dead", text="another secret", attempts=8)
    page = signed_in(people.admin).get(OUTBOX).content.decode()
    main = page.split("<main")[1].split("</main>")[0]
    assert set(re.findall(r'action="([^"]+)"', main)) == {retry_path(message), retry_path(gone)}
    assert [word in main for word in ("secret", MOBILE, "۰۹۱۴ ••• ۰۰", "gateway answered")] == [
        False, False, True, True,
    ]  # fmt: skip


def test_outbox_that_is_empty_says_so(people: People, signed_in: SignIn) -> None:
    page = signed_in(people.admin).get(OUTBOX)
    assert (page.status_code, b"<form" in page.content.split(b"<main")[1]) == (200, False)


def test_outbox_is_nobody_elses(people: People, signed_in: SignIn) -> None:
    message = stuck(state="dead")
    for who in (None, people.aylin, people.stranger, people.officer, people.registrar):
        client = signed_in(who)
        assert client.get(OUTBOX).status_code == HTTPStatus.NOT_FOUND
        assert client.post(retry_path(message)).status_code == HTTPStatus.NOT_FOUND
    message.refresh_from_db()
    assert message.state == "dead"


def test_keeper_tries_again(people: People, signed_in: SignIn) -> None:
    message = stuck(state="dead", attempts=8)
    client = signed_in(people.admin)
    response = client.post(retry_path(message))
    assert (response.status_code, response["Location"]) == (HTTPStatus.FOUND, OUTBOX)
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("waiting", 0)
    assert [line.verb for line in trail(message)] == ["retry"]
    missing = f"{OUTBOX}{uuid.uuid4()}/retry/"
    assert client.post(missing).status_code == HTTPStatus.NOT_FOUND


def test_a_sent_message_is_not_tried_again(people: People, signed_in: SignIn) -> None:
    message = stuck(state="sent", sent_at=NOW, text="", subject="")
    assert signed_in(people.admin).post(retry_path(message)).status_code == HTTPStatus.CONFLICT


def test_wrong_methods(people: People, signed_in: SignIn) -> None:
    client, message = signed_in(people.admin), stuck()
    answers = [
        client.delete(CHOICES).status_code,
        client.post(OUTBOX).status_code,
        client.get(retry_path(message)).status_code,
    ]
    assert answers == [HTTPStatus.METHOD_NOT_ALLOWED] * 3


def test_outbox_asks_as_often_for_one_as_for_thirty(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.admin)
    stuck(state="dead")
    first = queries(client, OUTBOX)
    for _more in range(30):
        stuck(state="dead")
    assert queries(client, OUTBOX) == first


def test_outbox_leaves_as_a_table_without_text_and_whole_addresses(
    people: People, signed_in: SignIn
) -> None:
    send_sms(MOBILE, "notices.sign_in_code", key="k", at=NOW, code="271828")
    message = Message.objects.get()
    sent = signed_in(people.admin).get("/en/my/notices/outbox.csv")
    text = sent.content.decode("utf-8-sig")
    assert (sent.status_code, len(text.splitlines())) == (200, 2)
    assert (str(message.stable_id) in text, message.masked_to in text) == (True, True)
    assert (MOBILE in text, "271828" in text) == (False, False)
