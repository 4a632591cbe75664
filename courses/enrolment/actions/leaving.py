"""Leaving a place: withdrawing, deferring, moving to another intake. Each has a day it counts from.

What was is never overwritten; coming back is a new row that points at the old one.
"""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from courses.enrolment import queries, rules
from courses.enrolment.actions import seats
from courses.enrolment.actions.applications import seated
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.refusals import NoSeatsLeft, NotEligible, ReviewDecides
from courses.enrolment.states import Policy
from courses.kit.calendars import today
from courses.kit.moves import lock
from courses.kit.rights import must
from courses.people.models import User


@transaction.atomic
def withdraw(
    enrolment: Enrolment,
    *,
    by: User,
    reason: str = "",
    effective_on: date | None = None,
    at: datetime | None = None,
) -> Enrolment:
    """Leave an intake; a freed seat is offered to the next on the list in the same moment."""
    at = at or timezone.now()
    must(by, "enrolment.keep_place", enrolment)
    enrolment = seats.move(
        enrolment, "withdraw", by=by, at=at, reason=reason,
        effective_on=effective_on or today(at),
    )  # fmt: skip
    seats.tell_student(enrolment, "enrolment.withdrawn", at=at)
    return enrolment


@transaction.atomic
def defer(
    enrolment: Enrolment,
    *,
    by: User,
    reason: str,
    effective_on: date | None = None,
    at: datetime | None = None,
) -> Enrolment:
    """Put off studying: the seat goes to the next; a later intake is applied to anew."""
    at = at or timezone.now()
    must(by, "enrolment.keep_place", enrolment)
    enrolment = seats.move(
        enrolment, "defer", by=by, at=at, reason=reason, effective_on=effective_on or today(at)
    )
    seats.tell_student(enrolment, "enrolment.deferred", at=at)
    return enrolment


@transaction.atomic
def transfer(
    enrolment: Enrolment,
    to: Intake,
    *,
    by: User,
    reason: str,
    effective_on: date | None = None,
    at: datetime | None = None,
) -> Enrolment:
    """Move a student to another intake without ever being without a seat; return the new row.

    The student may while the other intake is open; a registrar of both schools may later too.
    The old seat is freed only when a new one is taken; where a review gives the seats, not before
    it has. Raises NotEligible, ReviewDecides, NoSeatsLeft.
    """
    at = at or timezone.now()
    must(by, "enrolment.keep_place", enrolment)
    late = by.pk != enrolment.student_id
    if late:
        must(by, "enrolment.keep_intakes", to)
    student = enrolment.student
    reasons = rules.reasons_against(to, student, at=at, late=late)
    if reasons:
        raise NotEligible(reasons=" ".join(one.sentence for one in reasons))
    lock(Intake.objects.filter(pk__in=[enrolment.intake_id, to.pk]))
    if to.policy == Policy.REVIEWED and (at < to.closes_at or queries.under_review(to).exists()):
        raise ReviewDecides
    # Twice is once, and nobody stands in one intake twice.
    existing = queries.live_in(student, to)
    if existing is not None:
        if existing.came_from_id == enrolment.pk:
            return existing
        raise NoSeatsLeft
    seats.serve_queue(to, at=at)
    pool = seats.take_seat(seats.pools_for(to, student, on=today(at)))
    if pool is None:
        raise NoSeatsLeft
    seats.move(
        enrolment, "transfer", by=by, at=at, reason=reason,
        effective_on=effective_on or today(at), to=to.code,
    )  # fmt: skip
    seats.count_open(student)
    return seated(to, student, pool, enrolment, by=by, reason=reason, at=at, verb="transfer_in")
