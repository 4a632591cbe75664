"""Enrolling, leaving, promoting, completing.

The seats: one guarded UPDATE is the first statement, so that it takes the row's lock on
PostgreSQL and the writer's lock on SQLite; two constraints stand behind it. It never reads a
count to decide. A person who asks twice, however simultaneously, gets the first answer again.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.enrolment import queries, rules
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.states import MOVES, TAKES_A_SEAT, State
from courses.kit import audit
from courses.kit.refusal import NotAllowed, Refusal
from courses.notices.actions import tell
from courses.organisations.models import Role
from courses.organisations.rules import must_hold
from courses.people.models import User
from courses.people.queries import record_of


class NotEligible(Refusal):
    """The intake's conditions, or its dates, say no."""

    code = "not_eligible"
    sentence = _("You cannot enrol here: %(reasons)s")


class IntakeClosed(Refusal):
    """The window closed between looking and asking."""

    code = "intake_closed"
    sentence = _("Enrolment is not open now.")


class FewerSeatsThanTaken(Refusal):
    """Seats cannot be taken away from people."""

    code = "fewer_seats_than_taken"
    sentence = _("%(taken)s seats are taken already; there cannot be fewer than that.")


def enrol(
    intake: Intake, *, by: User, student: User | None = None, at: datetime | None = None
) -> Enrolment:
    """Give the student a seat, or the next number on the waiting list.

    `student` defaults to `by`; a registrar may enrol somebody else. Returns the live enrolment
    that exists already, if any. Raises NotEligible, IntakeClosed, NotAllowed.
    """
    student = student or by
    at = at or timezone.now()
    if student != by:
        must_hold(by, intake.school, Role.REGISTRAR)
    existing = queries.live_in(student, intake)
    if existing:
        return existing
    reasons = rules.reasons_against(intake, record_of(student), at=at)
    if reasons:
        raise NotEligible(reasons=" ".join(reason.sentence for reason in reasons))
    try:
        return _take_seat_or_number(intake, student, by=by, at=at)
    except IntegrityError:
        # The twin of this request was faster; its row is the answer to both.
        existing = queries.live_in(student, intake)
        if existing is None:
            raise
        return existing


@transaction.atomic
def _take_seat_or_number(intake: Intake, student: User, *, by: User, at: datetime) -> Enrolment:
    window = Intake.objects.filter(pk=intake.pk, opens_at__lte=at, closes_at__gt=at)
    if window.filter(taken__lt=F("seats")).update(taken=F("taken") + 1):
        state, sequence = State.ADMITTED, None
    elif window.update(queued=F("queued") + 1):
        state = State.WAITLISTED
        sequence = Intake.objects.values_list("queued", flat=True).get(pk=intake.pk)
    else:
        raise IntakeClosed
    enrolment = Enrolment.objects.create(
        intake=intake, student=student, state=state, sequence=sequence, asked_at=at, moved_at=at
    )
    audit.record(enrolment, "enrol", by=by, at=at, to_state=state, sequence=sequence)
    _tell_student(enrolment, f"enrolment.{state}", at=at, sequence=sequence)
    return enrolment


@transaction.atomic
def withdraw(
    enrolment: Enrolment, *, by: User, reason: str = "", at: datetime | None = None
) -> Enrolment:
    """Leave an intake; a freed seat goes to the first on the waiting list in the same moment."""
    at = at or timezone.now()
    if enrolment.student_id != by.pk:
        must_hold(by, enrolment.intake.school, Role.REGISTRAR)
    enrolment = _move(enrolment, "withdraw", by=by, reason=reason, at=at)
    _tell_student(enrolment, "enrolment.withdrawn", at=at)
    return enrolment


@transaction.atomic
def complete(enrolment: Enrolment, *, by: User | None, at: datetime | None = None) -> Enrolment:
    """Record that the student passed the programme; called by `learning`, nobody else."""
    return _move(enrolment, "complete", by=by, reason="", at=at or timezone.now())


@transaction.atomic
def change_seats(
    intake: Intake, seats: int, *, by: User, reason: str, at: datetime | None = None
) -> Intake:
    """Set the number of seats; new ones go to the waiting list at once, in order."""
    at = at or timezone.now()
    must_hold(by, intake.school, Role.REGISTRAR)
    if not Intake.objects.filter(pk=intake.pk, taken__lte=seats).update(seats=seats):
        intake.refresh_from_db()
        raise FewerSeatsThanTaken(taken=intake.taken)
    before = intake.seats
    intake.refresh_from_db()
    audit.record(intake, "change_seats", by=by, at=at, reason=reason, before=before, after=seats)
    while _promote_next(intake, at=at):
        pass
    intake.refresh_from_db()
    return intake


@transaction.atomic
def open_intake(intake: Intake, *, by: User | None, at: datetime | None = None) -> Intake:
    """Publish a new, unsaved intake of the registrar's school. `by` None is the seed command."""
    if by is not None:
        must_hold(by, intake.school, Role.REGISTRAR)
    if intake.pk is not None:
        raise NotAllowed
    intake.save()
    audit.record(intake, "open_intake", by=by, at=at, seats=intake.seats)
    return intake


def _move(
    enrolment: Enrolment, verb: str, *, by: User | None, reason: str, at: datetime
) -> Enrolment:
    """Make one move of the table: of two simultaneous movers the second finds the first's state."""
    # Every move writes the intake's row first: movers of one intake queue up, without deadlock.
    Intake.objects.filter(pk=enrolment.intake_id).update(taken=F("taken"))
    before = Enrolment.objects.get(pk=enrolment.pk).state
    target = MOVES.target(verb, before)
    Enrolment.objects.filter(pk=enrolment.pk).update(state=target, moved_at=at)
    enrolment.refresh_from_db()
    audit.record(enrolment, verb, by=by, at=at, from_state=before, to_state=target, reason=reason)
    if before in TAKES_A_SEAT and target not in TAKES_A_SEAT:
        Intake.objects.filter(pk=enrolment.intake_id).update(taken=F("taken") - 1)
        _promote_next(enrolment.intake, at=at)
    return enrolment


def _promote_next(intake: Intake, *, at: datetime) -> Enrolment | None:
    """Give a free seat to the first in the queue; the guard lets it happen once per seat."""
    waiting = queries.next_waiting(intake)
    if waiting is None:
        return None
    if not Intake.objects.filter(pk=intake.pk, taken__lt=F("seats")).update(taken=F("taken") + 1):
        return None
    Enrolment.objects.filter(pk=waiting.pk).update(
        state=MOVES.target("promote", State.WAITLISTED), moved_at=at
    )
    waiting.refresh_from_db()
    audit.record(
        waiting, "promote", by=None, at=at, from_state=State.WAITLISTED, to_state=waiting.state
    )
    _tell_student(waiting, "enrolment.promoted", at=at)
    return waiting


def _tell_student(enrolment: Enrolment, kind: str, *, at: datetime, **values: object) -> None:
    tell(
        enrolment.student,
        kind,
        key=f"{kind}:{enrolment.public_id}",
        path=f"/enrolments/{enrolment.public_id}/",
        at=at,
        programme=enrolment.intake.version.title,
        school=enrolment.intake.school.name_fa,
        **values,
    )
