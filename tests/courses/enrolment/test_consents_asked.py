"""Asking guardians and reminding whoever must act; the sweep that mends what was missed."""

from datetime import timedelta

import pytest

from courses.curricula.models import ProgrammeVersion
from courses.enrolment import actions, queries, tasks
from courses.enrolment.models import Criterion, Enrolment, Intake
from courses.enrolment.refusals import NothingToRemind
from courses.enrolment.states import State
from courses.enrolment.tasks import sweep_now
from courses.kit import audit
from courses.notices.models import Link, Message
from courses.people.actions import record_consent
from courses.people.models import Consent, PersonalRecord, User
from tests.cast import NOW, Bodies, People, SignIn, birth_date, make_intake, person
from tests.courses.enrolment.guardians import FATHER, MOTHER, asked

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_reminding_is_once_a_day(
    girl: User, intake: Intake, people: People, signed_in: SignIn
) -> None:
    place, _guardians = asked(girl, intake, FATHER)
    client = signed_in(girl)
    for _press in range(3):
        client.post(f"/enrolments/{place.public_id}/remind/")
    assert Message.objects.filter(to=FATHER, kind="enrolment.consent_reminder").count() == 1
    actions.remind(place, at=NOW + timedelta(days=1), by=people.registrar)
    assert Message.objects.filter(to=FATHER, kind="enrolment.consent_reminder").count() == 2


def test_reminder_goes_to_who_must_act(
    girl: User, people: People, bodies: Bodies, version: ProgrammeVersion
) -> None:
    intake = make_intake(
        bodies.school, version, consents_needed=2, parts={"papers": ["photo", "identity"]}
    )
    girl.mobile, girl.mobile_proven_at = "+989140000009", NOW
    girl.save()
    place, _nobody = asked(girl, intake)

    def reminded(day: int) -> list[tuple[str, str]]:
        there = set(Message.objects.values_list("pk", flat=True))
        place.refresh_from_db()
        actions.remind(place, at=NOW + timedelta(days=day), by=people.registrar)
        new = Message.objects.exclude(pk__in=there).order_by("to")
        return [(message.to, message.kind.removeprefix("enrolment.")) for message in new]

    assert reminded(0) == [(girl.mobile, "guardian_missing")], "nobody else can name them"
    assert [line.verb for line in audit.trail(place)] == ["apply"], "nobody was asked"
    _place, [father, mother] = asked(girl, intake, FATHER, MOTHER)
    assert reminded(1) == [(FATHER, "consent_reminder"), (MOTHER, "consent_reminder")]
    actions.give_consent(place, father, channel="sms", by=None, at=NOW + timedelta(days=1))
    assert reminded(2) == [(MOTHER, "consent_reminder")], "the father has done his part"
    actions.give_consent(place, mother, channel="sms", by=None, at=NOW + timedelta(days=2))
    assert reminded(3) == [(girl.mobile, "papers_missing")]
    assert "عکس" in Message.objects.latest("pk").text
    actions.withdraw(place, by=girl, at=NOW)
    place.refresh_from_db()
    with pytest.raises(NothingToRemind):
        actions.remind(place, at=NOW, by=people.registrar)


def test_guardian_of_an_application_under_review_is_reminded(
    girl: User, people: People, bodies: Bodies, version: ProgrammeVersion
) -> None:
    intake = make_intake(
        bodies.school, version, policy="reviewed",
        parts={"criteria": [Criterion(title_fa="نمونه‌کار", title_en="Portfolio", points=20)]},
    )  # fmt: skip
    place, _guardians = asked(girl, intake, FATHER)
    assert place.state == State.SUBMITTED
    actions.remind(place, at=NOW, by=people.registrar)
    assert Message.objects.filter(to=FATHER, kind="enrolment.consent_reminder").count() == 1


def test_sweep_mends_a_place_that_missed_its_consent(girl: User, intake: Intake) -> None:
    """As when the consent was written in the moment of the application."""
    place, [guardian] = asked(girl, intake, FATHER)
    record_consent(guardian, scope="enrolment:school", channel="sms", by=None, at=NOW)
    assert queries.anything_due(NOW) is True
    sweep_now(NOW)
    place.refresh_from_db()
    assert place.state == State.ADMITTED
    assert queries.anything_due(NOW) is False


def test_sweep_mends_a_place_that_missed_the_taking_back(girl: User, intake: Intake) -> None:
    place, [guardian] = asked(girl, intake, FATHER)
    consent = actions.give_consent(place, guardian, channel="sms", by=None, at=NOW)
    Consent.objects.filter(pk=consent.pk).update(revoked_at=NOW)
    sweep_now(NOW)
    place.refresh_from_db()
    assert (place.state, place.due_at) == (State.HELD, NOW + timedelta(days=intake.hold_days))
    assert queries.anything_due(NOW) is False


def test_a_guardian_is_asked_once_a_day_however_often_they_are_named(
    girl: User, intake: Intake
) -> None:
    """The form is open to whoever signs up: it must not become a machine for SMS."""
    girl.first_name = "لیلا " + "۰" * 100
    girl.save()
    place, [guardian] = asked(girl, intake, FATHER)
    for _press in range(3):
        actions.name_and_ask(
            place, full_name="ولی لیلا", relation="father", mobile=FATHER, by=girl, at=NOW
        )
    message = Message.objects.get(to=FATHER)
    assert girl.first_name[:20] in message.text
    assert girl.first_name[:21] not in message.text
    links = Link.objects.filter(subject=f"{place.public_id}:{guardian.pk}")
    asks = [line for line in audit.trail(place) if line.verb == "ask_consents"]
    assert (links.count(), len(asks)) == (1, 1)


def test_nobody_is_asked_about_a_place_that_is_over(girl: User, intake: Intake) -> None:
    place, _nobody = asked(girl, intake)
    actions.withdraw(place, by=girl, at=NOW)
    place.refresh_from_db()
    actions.name_and_ask(
        place, full_name="ولی لیلا", relation="father", mobile=FATHER, by=girl, at=NOW
    )
    assert not Message.objects.filter(to=FATHER).exists()


def test_who_has_nothing_to_do_keeps_no_reminder_back(
    girl: User, intake: Intake, version: ProgrammeVersion, bodies: Bodies
) -> None:
    place, _guardians = asked(girl, intake, FATHER)
    other = person("grown", age=16, consented=False)
    waits = actions.apply_to(make_intake(bodies.school, version, code="second"), by=other, at=NOW)
    assert (place.state, waits.state) == (State.HELD, State.HELD)
    # Of age since yesterday: the place is held and lacks nothing.
    PersonalRecord.objects.filter(user=other).update(birth_date=birth_date(18))
    Enrolment.objects.filter(pk=waits.pk).update(due_at=place.due_at - timedelta(hours=1))
    tasks.remind(place.due_at - timedelta(hours=2))
    assert Message.objects.filter(to=FATHER, kind="enrolment.consent_reminder").count() == 1
