"""Offers of freed seats: answering them, letting them lapse, passing them on."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from courses.enrolment import queries, rules
from courses.enrolment.actions import seats
from courses.enrolment.actions.consents import ask_consents, settle
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.refusals import NothingToRemind, OfferOver
from courses.enrolment.states import State
from courses.kit.calendars import today
from courses.kit.moves import lock
from courses.kit.persian import listed
from courses.kit.refusal import IllegalMove, NotAllowed
from courses.kit.rights import must
from courses.people.models import User


@transaction.atomic
def accept_offer(
    enrolment: Enrolment, *, by: User | None, via: str = "page", at: datetime | None = None
) -> Enrolment:
    """Take an offered seat; a minor's is kept until a guardian consents.

    `by` None with `via` "link" is the holder of the link that was sent to the student. Accepting
    twice is accepting once. Raises OfferOver.
    """
    at = at or timezone.now()
    _must_be_the_students(enrolment, by, via)
    lock(queries.intakes_behind(enrolment))
    enrolment.refresh_from_db()
    if enrolment.state in (State.ACCEPTED, State.HELD, State.ENROLLED):
        return enrolment
    if enrolment.state != State.OFFERED or enrolment.due_at is None or enrolment.due_at <= at:
        raise OfferOver
    if not rules.lacks_consent(enrolment.student, enrolment.intake, on=today(at)):
        enrolment = seats.move(enrolment, "accept", by=by, at=at, via=via)
        seats.tell_student(enrolment, "enrolment.accepted", at=at)
        return enrolment
    due = at + timedelta(days=enrolment.intake.hold_days)
    enrolment = seats.move(enrolment, "accept_on_consent", by=by, at=at, due_at=due, via=via)
    seats.tell_student(enrolment, "enrolment.held", at=at, due=due)
    ask_consents(enrolment, at=at)
    return enrolment


@transaction.atomic
def decline_offer(
    enrolment: Enrolment, *, by: User | None, via: str = "page", at: datetime | None = None
) -> Enrolment:
    """Say no to an offered seat; it goes to the next in the same moment. Raises OfferOver."""
    at = at or timezone.now()
    _must_be_the_students(enrolment, by, via)
    lock(queries.intakes_behind(enrolment))
    enrolment.refresh_from_db()
    if enrolment.state == State.DECLINED:
        return enrolment
    try:
        enrolment = seats.move(enrolment, "decline", by=by, at=at, via=via)
    except IllegalMove as error:
        raise OfferOver from error
    seats.tell_student(enrolment, "enrolment.declined", at=at)
    return enrolment


def _must_be_the_students(enrolment: Enrolment, by: User | None, via: str) -> None:
    if by is None and via == "link":
        return
    if by is None:
        raise NotAllowed
    must(by, "enrolment.answer_offer", enrolment)


@transaction.atomic
def lapse(enrolment: Enrolment, *, at: datetime) -> bool:
    """End what is over: a hold, an offer, a waiting after the list has closed. Tell whether it was.

    Safe to call of anything at any time: it looks again behind the intake's lock.
    """
    lock(queries.intakes_behind(enrolment))
    enrolment.refresh_from_db()
    if not queries.is_over(enrolment, at=at):
        return False
    # The consent came while nobody looked: time does not take away what was given.
    if settle(enrolment, by=None, at=at):
        return False
    before = enrolment.state
    enrolment = seats.move(enrolment, "lapse", by=None, at=at)
    seats.tell_student(enrolment, f"enrolment.{before}_lapsed", at=at)
    return True


@transaction.atomic
def call_waiting(intake: Intake, *, at: datetime) -> list[Enrolment]:
    """Offer whatever is free to who waits; a reserve may have opened to everybody today."""
    lock(Intake.objects.filter(pk=intake.pk))
    return seats.call_next(intake, at=at)


@transaction.atomic
def remind(enrolment: Enrolment, *, at: datetime, by: User | None = None) -> None:
    """Remind whoever must act, at most once a day; refuse where nobody has to (NothingToRemind).

    An awaited consent is the guardians' to give, or the student's to name somebody for; an offer
    is the student's to answer, and a missing paper theirs to hand in.
    """
    lacks = rules.lacks_consent(enrolment.student, enrolment.intake, on=today(at))
    if enrolment.state in (State.HELD, State.SUBMITTED) and lacks:
        if not ask_consents(enrolment, at=at, again=True, by=by):
            _remind_student(enrolment, "guardian_missing", at=at)
    elif enrolment.state == State.OFFERED:
        _remind_student(enrolment, "offer_reminder", at=at)
    elif enrolment.state in (State.ADMITTED, State.ACCEPTED) and rules.missing_papers(enrolment):
        with translation.override(settings.LANGUAGE_CODE):
            papers = listed(rules.missing_papers(enrolment))
        _remind_student(enrolment, "papers_missing", at=at, papers=papers)
    else:
        raise NothingToRemind


def _remind_student(enrolment: Enrolment, what: str, *, at: datetime, **values: Any) -> None:
    seats.tell_student(
        enrolment, f"enrolment.{what}", at=at, due=enrolment.due_at,
        key=f"{what}:{enrolment.public_id}:{today(at):%Y%m%d}", **values,
    )  # fmt: skip
