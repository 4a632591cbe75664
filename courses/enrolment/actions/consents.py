"""Guardians: asking them, keeping what they said, and what follows from it.

`enrolment` asks, `notices` carries the link, `people` keeps the record.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from courses.enrolment import queries, rules
from courses.enrolment.actions import seats
from courses.enrolment.actions.documents import check_document, hand_in
from courses.enrolment.consent_texts import CURRENT
from courses.enrolment.models import Enrolment
from courses.enrolment.models.documents import Paper, Verdict
from courses.enrolment.refusals import ConsentStands, NotYourGuardian
from courses.enrolment.states import OPEN, State
from courses.kit import audit
from courses.kit.calendars import today
from courses.kit.moves import lock
from courses.kit.refusal import NotAllowed
from courses.kit.rights import must
from courses.kit.uploads import CleanDocument
from courses.notices.actions import check_code, make_link, send_code, send_sms
from courses.notices.queries import was_sent
from courses.notices.states import Channel
from courses.people.actions import (
    look_at_guardian,
    name_guardian,
    record_consent,
    revoke_consent,
)
from courses.people.models import Consent, ConsentChannel, Guardian, LookVerdict, User
from courses.people.queries import guardians_of, standing_consents

# Longer than any place: what ends a link is the end of what it allows (`rules.link_lives`).
LINK_LASTS = timedelta(days=3650)
# Names are typed by whoever signs up, and the message is the school's own.
LETTERS_OF_A_NAME = 20


def ask_consents(
    enrolment: Enrolment, *, at: datetime, again: bool = False, by: User | None = None
) -> int:
    """Send a link to every guardian who has not consented; return how many were asked.

    Once a day each, however often it is called; `again` is worded as a reminder. Inside `atomic`.
    """
    given = standing_consents(enrolment.student).filter(
        scope=queries.consent_scope(enrolment.intake)
    )
    asked = guardians_of(enrolment.student).exclude(pk__in=given.values("guardian_id"))
    asked_now = 0
    for guardian in asked:
        word = "again" if again else "asked"
        key = f"consent:{enrolment.pk}:{guardian.pk}:{word}:{today(at):%Y%m%d}"
        if was_sent(key):
            continue
        token = make_link(
            queries.CONSENT_LINK, f"{enrolment.public_id}:{guardian.pk}",
            expires_at=at + LINK_LASTS, at=at,
        )  # fmt: skip
        send_sms(
            guardian.mobile,
            "enrolment.consent_reminder" if again else "enrolment.consent_asked",
            key=key,
            link=f"/consent/{token}/",
            at=at,
            # The message may be read by others: no name in full, no code, no class list.
            student=enrolment.student.first_name[:LETTERS_OF_A_NAME],
            school=enrolment.intake.school.name_fa,
        )
        asked_now += 1
    if asked_now:
        audit.record(enrolment, "ask_consents", by=by, at=at, sent=asked_now, again=again)
    return len(asked)


@transaction.atomic
def give_consent(
    enrolment: Enrolment,
    guardian: Guardian,
    *,
    channel: str,
    by: User | None,
    text_version: str = CURRENT,
    at: datetime | None = None,
) -> Consent:
    """Keep that a guardian consents, and admit whoever was held for it.

    Through the link `by` is None; on paper and in person a registrar of the school writes it
    down. The same consent twice is one row. Through a number that gives reason to look it waits
    until the school has looked.
    """
    at = at or timezone.now()
    _may_speak(enrolment, guardian, channel, by)
    held = queries.held_at(enrolment.student, enrolment.intake.school)
    lock(queries.intakes_behind(enrolment, *held))
    guardian.refresh_from_db()
    _may_speak(enrolment, guardian, channel, by)
    waits = channel == ConsentChannel.SMS and bool(queries.unseen_marks(guardian))
    consent = record_consent(
        guardian,
        scope=queries.consent_scope(enrolment.intake),
        channel=channel,
        text_version=text_version,
        waits=waits,
        by=by,
        at=at,
    )
    for one in held:
        if not settle(one, by=by, at=at) and consent.waits and consent.given_at == at:
            _wait_for_look(one, at=at)
    return consent


def _wait_for_look(held: Enrolment, *, at: datetime) -> None:
    """Tell the school to look; the seat does not lapse over the school's own question."""
    due = max(held.due_at or at, at + timedelta(days=held.intake.hold_days))
    Enrolment.objects.filter(pk=held.pk, state=State.HELD).update(due_at=due)
    audit.record(held, "wait_for_look", by=None, at=at, due=due.isoformat())
    seats.tell_registrars(held, "enrolment.consent_waits_here", at=at)
    seats.tell_student(held, "enrolment.consent_waits", at=at)


@transaction.atomic
def look_at_number(
    enrolment: Enrolment,
    guardian: Guardian,
    verdict: str,
    *,
    reason: str,
    by: User,
    at: datetime | None = None,
) -> Guardian:
    """Keep what a registrar found of a guardian's number, and let the places follow.

    The guardian's: what was consented through it counts. Not the guardian's: it is struck out,
    and places that rested on it are held again. Raises NotAllowed, NotYourGuardian.
    """
    at = at or timezone.now()
    if guardian.student_id != enrolment.student_id:
        raise NotYourGuardian
    must(by, "enrolment.keep_intakes", enrolment)
    places = queries.resting_on_consent(enrolment.student)
    lock(queries.intakes_behind(enrolment, *places))
    guardian.refresh_from_db()
    marks = [mark.key for mark in queries.marks_of(guardian)]
    guardian = look_at_guardian(guardian, verdict, marks=marks, reason=reason, by=by, at=at)
    for place in places:
        place.refresh_from_db()
        if not settle(place, by=by, at=at):
            _hold_if_lacking(place, by=by, reason=reason, at=at)
    return guardian


def settle(held: Enrolment, *, by: User | None, at: datetime) -> bool:
    """Admit a held place that lacks nothing any more. Call behind the intake's lock."""
    held.refresh_from_db()
    if held.state != State.HELD:
        return False
    if rules.lacks_consent(held.student, held.intake, on=today(at)):
        return False
    held = seats.move(held, "admit", by=by, at=at)
    seats.tell_student(held, "enrolment.admitted", at=at)
    return True


@transaction.atomic
def refuse_consent(
    enrolment: Enrolment, guardian: Guardian, *, by: User | None = None, at: datetime | None = None
) -> Enrolment:
    """A guardian does not agree: a place that waits for the consent is given up.

    Raises ConsentStands: what this guardian gave has to be taken back first.
    """
    at = at or timezone.now()
    _may_speak(enrolment, guardian, ConsentChannel.SMS, by)
    lock(queries.intakes_behind(enrolment))
    enrolment.refresh_from_db()
    scope = queries.consent_scope(enrolment.intake)
    if standing_consents(enrolment.student).filter(guardian=guardian, scope=scope).exists():
        raise ConsentStands
    if enrolment.state in (State.HELD, State.SUBMITTED):
        enrolment = seats.move(
            enrolment, "withdraw", by=by, at=at, guardian=guardian.pk, why="consent_refused",
            effective_on=today(at),
        )  # fmt: skip
        seats.tell_student(enrolment, "enrolment.consent_refused", at=at)
    return enrolment


@transaction.atomic
def take_consent_back(
    enrolment: Enrolment,
    guardian: Guardian,
    *,
    channel: str = ConsentChannel.SMS,
    by: User | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> Enrolment:
    """Take a consent back: every place at the school that needs it is held again, then lapses.

    Through the link (after a code) `by` is None; who comes to the school, or writes, is heard by
    its registrar. The school is told; another guardian, or this one, may consent before the moment.
    """
    at = at or timezone.now()
    _may_speak(enrolment, guardian, channel, by)
    scope = queries.consent_scope(enrolment.intake)
    places = queries.seated_at(enrolment.student, enrolment.intake.school)
    lock(queries.intakes_behind(enrolment, *places))
    for consent in standing_consents(enrolment.student).filter(guardian=guardian, scope=scope):
        revoke_consent(consent, by=by, reason=reason, channel=channel, at=at)
    for place in places:
        place.refresh_from_db()
        _hold_if_lacking(place, by=by, reason=reason, at=at)
    enrolment.refresh_from_db()
    return enrolment


def _hold_if_lacking(place: Enrolment, *, by: User | None, reason: str, at: datetime) -> None:
    if place.state not in (State.ADMITTED, State.ACCEPTED, State.ENROLLED):
        return
    if rules.lacks_consent(place.student, place.intake, on=today(at)):
        _hold_again(place, by=by, reason=reason, at=at)


def _hold_again(place: Enrolment, *, by: User | None, reason: str, at: datetime) -> None:
    due = at + timedelta(days=place.intake.hold_days)
    place = seats.move(place, "hold_again", by=by, at=at, due_at=due, reason=reason)
    seats.tell_student(place, "enrolment.consent_taken_back", at=at, due=due)
    seats.tell_registrars(place, "enrolment.consent_taken_back_here", at=at)


@transaction.atomic
def follow_consent(place: Enrolment, *, at: datetime) -> bool:
    """Make a place say what the consents say; tell whether it did not.

    An application and a consent in the same moment may miss each other: neither sees what the
    other has not committed yet. The sweep finds such a place within seconds.
    """
    lock(queries.intakes_behind(place))
    place.refresh_from_db()
    if place.state == State.HELD:
        return settle(place, by=None, at=at)
    if place.state not in (State.ADMITTED, State.ACCEPTED):
        return False
    if not rules.lacks_consent(place.student, place.intake, on=today(at)):
        return False
    _hold_again(place, by=None, reason="", at=at)
    return True


def _may_speak(enrolment: Enrolment, guardian: Guardian, channel: str, by: User | None) -> None:
    if guardian.student_id != enrolment.student_id:
        raise NotYourGuardian
    if guardian.looked_verdict == LookVerdict.STRUCK:
        raise NotYourGuardian
    if by is None and channel == ConsentChannel.SMS:
        return
    if by is None or channel == ConsentChannel.SMS:
        raise NotAllowed
    must(by, "enrolment.keep_intakes", enrolment)


@transaction.atomic
def name_and_ask(
    enrolment: Enrolment,
    *,
    full_name: str,
    relation: str,
    mobile: str,
    by: User,
    at: datetime | None = None,
) -> Guardian:
    """Write a guardian down and send them their link, if the place needs a consent."""
    at = at or timezone.now()
    must(by, "enrolment.keep_place", enrolment)
    guardian = name_guardian(
        enrolment.student, full_name=full_name, relation=relation, mobile=mobile, by=by, at=at
    )
    lacks = rules.lacks_consent(enrolment.student, enrolment.intake, on=today(at))
    if enrolment.state in OPEN and lacks:
        ask_consents(enrolment, at=at, by=by)
    return guardian


CODE = "enrolment.consent_code"


def send_consent_code(guardian: Guardian, *, asked_from: str, at: datetime | None = None) -> None:
    """Send a code to the guardian's own number; the ceilings of codes hold.

    Only who has the link that went to this number comes here, so it is no stranger who asks.
    """
    send_code(
        CODE, f"guardian:{guardian.pk}", to=guardian.mobile, channel=Channel.SMS,
        asked_from=asked_from, known_by=f"guardian:{guardian.pk}", at=at,
    )  # fmt: skip


def check_consent_code(guardian: Guardian, typed: str, *, at: datetime | None = None) -> None:
    """Use the newest code of a guardian up; raise WrongCode, CodeOver. Outside `atomic`."""
    check_code(CODE, f"guardian:{guardian.pk}", typed, at=at)


def record_seen_consent(
    enrolment: Enrolment,
    guardian: Guardian,
    *,
    channel: str,
    scan: CleanDocument | None,
    by: User,
    at: datetime | None = None,
) -> Consent:
    """Keep a consent the registrar saw on paper or heard in person; a scan of paper is kept too."""
    at = at or timezone.now()
    _may_speak(enrolment, guardian, channel, by)
    if scan is not None:
        document = hand_in(enrolment, Paper.CONSENT, scan, by=by, at=at)
        check_document(document, Verdict.GOOD, by=by, at=at)
    return give_consent(enrolment, guardian, channel=channel, by=by, at=at)
