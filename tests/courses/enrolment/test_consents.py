"""Guardians' consent: by link, on paper, in person; taken back; revealing no more than needed."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from courses.curricula.models import ProgrammeVersion
from courses.enrolment import actions
from courses.enrolment.consent_texts import CURRENT, TEXTS
from courses.enrolment.models import Document, Intake
from courses.enrolment.refusals import NotYourGuardian
from courses.enrolment.states import State
from courses.enrolment.tasks import sweep_now
from courses.kit import audit
from courses.kit.persian import to_ascii_digits
from courses.kit.refusal import NotAllowed
from courses.notices.models import Link, Message, Notice
from courses.people.actions import GuardianIsTheStudent, TooManyGuardians, record_consent
from courses.people.models import Consent, User
from tests.cast import NOW, Bodies, People, SetClock, SignIn, guardian_of, make_intake, person
from tests.courses.enrolment.guardians import FATHER, MOTHER, asked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def link_in(message: Message) -> str:
    """Return the path of the link in a message."""
    found = re.search(r"/consent/[\w-]+/", message.text)
    assert found
    return found[0]


def code_to(number: str) -> str:
    """Return the digits of the newest code that went to a number."""
    message = Message.objects.filter(to=number, kind="enrolment.consent_code").latest("pk")
    found = re.search(r"\d{6}", to_ascii_digits(message.text))
    assert found
    return found[0]


AGREE = {"answer": "agree", "version": CURRENT}


def test_place_is_held_until_the_guardian_agrees_by_the_link(girl: User, intake: Intake) -> None:
    place, [guardian] = asked(girl, intake, FATHER)
    assert (place.state, place.due_at) == (State.HELD, NOW + timedelta(days=intake.hold_days))
    message = Message.objects.get(to=FATHER)
    path, phone = link_in(message), Client()
    for _look in range(2):
        assert phone.get(path).status_code == 200
    place.refresh_from_db()
    assert (place.state, Consent.objects.count()) == (State.HELD, Consent.objects.exclude(
        guardian=guardian).count())  # fmt: skip
    assert phone.post(path, AGREE).headers["Location"] == path
    place.refresh_from_db()
    assert (place.state, place.due_at) == (State.ADMITTED, None)
    given = Consent.objects.get(guardian=guardian)
    assert (given.scope, given.text_version, given.channel, given.given_at, given.recorded_by) == (
        "enrolment:school", CURRENT, "sms", NOW, None,
    )  # fmt: skip
    assert [line.verb for line in audit.trail(place)][-1] == "admit"
    # Pressing again is the same consent.
    phone.post(path, AGREE)
    assert Consent.objects.filter(guardian=guardian).count() == 1


def test_consent_keeps_the_words_that_were_read(
    girl: User, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text changed while the page lay open on the guardian's phone."""
    asked(girl, intake, FATHER)
    path, phone = link_in(Message.objects.get(to=FATHER)), Client()
    assert f'name="version" value="{CURRENT}"' in phone.get(path).content.decode()
    monkeypatch.setitem(TEXTS, "1406-1", ("other words",))
    monkeypatch.setattr("courses.enrolment.views.links.CURRENT", "1406-1")
    phone.post(path, AGREE)
    assert Consent.objects.get(guardian__mobile=FATHER).text_version == CURRENT


def test_two_guardians_agree_where_the_intake_asks_for_both(
    girl: User, bodies: Bodies, version: ProgrammeVersion
) -> None:
    intake = make_intake(bodies.school, version, code="both", consents_needed=2)
    place, guardians = asked(girl, intake, FATHER, MOTHER)
    states = []
    for guardian in guardians:
        actions.give_consent(place, guardian, channel="sms", by=None, at=NOW)
        place.refresh_from_db()
        states.append(place.state)
    assert states == [State.HELD, State.ADMITTED]


def test_guardian_who_does_not_agree_ends_the_place(girl: User, intake: Intake) -> None:
    place, _guardians = asked(girl, intake, FATHER)
    path = link_in(Message.objects.get(to=FATHER))
    Client().post(path, {"answer": "disagree"})
    place.refresh_from_db()
    assert (place.state, intake.pools.get().taken) == (State.WITHDRAWN, 0)
    assert Notice.objects.filter(recipient=girl, kind="enrolment.consent_refused").count() == 1
    line = audit.trail(place).last()
    assert line is not None
    assert (line.verb, line.facts["why"]) == ("withdraw", "consent_refused")


@pytest.mark.parametrize(
    "answer",
    [
        {}, {"answer": "yes"}, {"answer": "take_back"}, {"answer": "agree"},
        {"answer": "agree", "version": "1300-1"},
    ],
)  # fmt: skip
def test_what_is_no_answer_decides_nothing(
    girl: User, intake: Intake, answer: dict[str, str]
) -> None:
    place, _guardians = asked(girl, intake, FATHER)
    Client().post(link_in(Message.objects.get(to=FATHER)), answer)
    place.refresh_from_db()
    assert place.state == State.HELD


def test_link_that_is_forged_outdated_or_of_another_purpose_says_the_same(
    girl: User, intake: Intake, clock: SetClock
) -> None:
    place, _guardians = asked(girl, intake, FATHER)
    path = link_in(Message.objects.get(to=FATHER))
    pages = [
        Client().get("/consent/" + "x" * 20 + "/"),
        Client().get(path.replace("/consent/", "/offer/")),
    ]
    # The place ended, and so did what the link allowed.
    actions.withdraw(place, by=girl, at=NOW)
    clock(NOW + timedelta(days=31))
    pages.append(Client().get(path))
    assert {page.status_code for page in pages} == {404}
    assert (
        len({re.sub(r'href="[^"]*"|name="csrf[^>]*', "", p.content.decode()) for p in pages}) == 1
    )


def test_page_and_message_reveal_no_more_than_needed(girl: User, intake: Intake) -> None:
    User.objects.filter(pk=girl.pk).update(last_name="رازدار", mobile="+989149999999")
    girl.refresh_from_db()
    asked(girl, intake, FATHER, MOTHER)
    message = Message.objects.get(to=FATHER)
    page = Client().get(link_in(message)).content.decode()
    for secret in ("رازدار", "+98914", "0914", girl.username, str(girl.record.birth_date), MOTHER):
        assert secret not in message.text
        assert secret not in page
    assert girl.first_name in message.text


def test_tokens_are_kept_as_hashes(girl: User, intake: Intake) -> None:
    asked(girl, intake, FATHER)
    token = link_in(Message.objects.get(to=FATHER)).split("/")[2]
    assert not Link.objects.filter(token_hash__contains=token).exists()
    assert len(token) == 20


def test_consent_taken_back_holds_the_seat_again_and_then_lets_it_go(
    girl: User, intake: Intake, people: People
) -> None:
    place, [guardian] = asked(girl, intake, FATHER)
    actions.give_consent(place, guardian, channel="sms", by=None, at=NOW)
    path, phone = link_in(Message.objects.get(to=FATHER)), Client()
    shown = phone.get(f"{path}?back=1").content.decode()
    assert "take_back" in shown
    phone.post(path, {"answer": "take_back"})
    phone.post(path, {"answer": "take_back", "code": code_to(FATHER)})
    place.refresh_from_db()
    due = NOW + timedelta(days=intake.hold_days)
    assert (place.state, place.due_at, intake.pools.get().taken) == (State.HELD, due, 1)
    consent = Consent.objects.get(guardian=guardian)
    assert (consent.given_at, consent.revoked_at) == (NOW, NOW)
    kinds = set(Notice.objects.values_list("recipient__username", "kind"))
    assert {
        ("leyla", "enrolment.consent_taken_back"),
        ("registrar", "enrolment.consent_taken_back_here"),
    } <= kinds
    assert sweep_now(due) == 1
    place.refresh_from_db()
    assert (place.state, intake.pools.get().taken) == (State.EXPIRED, 0)


def test_consent_is_for_one_school(girl: User, intake: Intake) -> None:
    guardian = guardian_of(girl)
    record_consent(guardian, scope="enrolment:other-school", channel="paper", by=None, at=NOW)
    assert actions.apply_to(intake, by=girl, at=NOW).state == State.HELD


def test_grown_ups_need_nobody(intake: Intake, people: People) -> None:
    woman = person("woman", age=19)
    assert actions.apply_to(intake, by=woman, at=NOW).state == State.ADMITTED


def picture() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(kept, "JPEG")
    return kept.getvalue()


def test_registrar_writes_a_paper_down_with_its_scan(
    girl: User, intake: Intake, people: People, signed_in: SignIn
) -> None:
    place, [guardian] = asked(girl, intake, FATHER)
    path = f"/enrolments/{place.public_id}/consent/"
    client = signed_in(people.registrar)
    typed: dict[str, Any] = {"guardian": guardian.pk, "channel": "paper"}
    without = client.post(path, typed)
    assert without.status_code == 422
    assert 'href="#id_scan"' in without.content.decode()
    wrong = typed | {"scan": SimpleUploadedFile("scan.jpg", b"MZ no picture")}
    assert client.post(path, wrong).status_code == 422
    scanned = typed | {"scan": SimpleUploadedFile("scan.jpg", picture())}
    assert client.post(path, scanned).status_code == 302
    place.refresh_from_db()
    given = Consent.objects.get(guardian=guardian)
    assert (place.state, given.channel, given.recorded_by) == (
        State.ADMITTED, "paper", people.registrar,
    )  # fmt: skip
    document = Document.objects.get()
    assert (document.paper, document.verdict, document.handed_in_by) == (
        "consent", "good", people.registrar,
    )  # fmt: skip


def test_registrar_writes_down_what_was_said_in_person(
    girl: User, intake: Intake, people: People, signed_in: SignIn
) -> None:
    place, [guardian] = asked(girl, intake, FATHER)
    signed_in(people.registrar).post(
        f"/enrolments/{place.public_id}/consent/",
        {"guardian": guardian.pk, "channel": "in_person"},
    )
    assert Consent.objects.get(guardian=guardian).channel == "in_person"


def test_nobody_else_speaks_for_a_guardian(
    girl: User, intake: Intake, people: People, signed_in: SignIn
) -> None:
    place, [guardian] = asked(girl, intake, FATHER)
    for who in (girl, people.onlooker, people.teacher, None):
        with pytest.raises(NotAllowed):
            actions.give_consent(place, guardian, channel="in_person", by=who, at=NOW)
    with pytest.raises(NotAllowed):
        actions.give_consent(place, guardian, channel="sms", by=people.registrar, at=NOW)
    with pytest.raises(NotYourGuardian):
        actions.give_consent(place, people.sara.guardians.get(), channel="sms", by=None, at=NOW)
    path = f"/enrolments/{place.public_id}/consent/"
    assert [
        signed_in(who).get(path).status_code
        for who in (girl, people.onlooker, people.teacher, people.sara)
    ] == [403, 404, 403, 404]


def test_guardians_are_two_at_most_and_not_the_student(girl: User, intake: Intake) -> None:
    User.objects.filter(pk=girl.pk).update(mobile="+989147777777")
    girl.refresh_from_db()
    place, _two = asked(girl, intake, FATHER, MOTHER)
    facts: dict[str, Any] = {"full_name": "-", "relation": "father", "by": girl, "at": NOW}
    with pytest.raises(GuardianIsTheStudent):
        actions.name_and_ask(place, mobile="+989147777777", **facts)
    with pytest.raises(TooManyGuardians):
        actions.name_and_ask(place, mobile="+989140000003", **facts)
