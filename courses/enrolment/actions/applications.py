"""Applying to an intake."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from courses.enrolment import queries, rules
from courses.enrolment.actions import seats
from courses.enrolment.actions.consents import ask_consents
from courses.enrolment.models import Enrolment, Intake, SeatPool
from courses.enrolment.refusals import IntakeClosed, NotEligible
from courses.enrolment.states import Policy, State
from courses.kit.calendars import today
from courses.kit.moves import lock
from courses.kit.rights import must
from courses.people.models import User


def apply_to(
    intake: Intake,
    *,
    by: User,
    student: User | None = None,
    late: bool = False,
    reason: str = "",
    at: datetime | None = None,
) -> Enrolment:
    """Ask for a place: give a seat, keep one until the consent comes, queue, or take to review.

    `student` defaults to `by`; a registrar may ask for somebody else, and `late`, after the
    closing, with a reason. Returns the live enrolment that exists already, if any: whoever asks
    twice, however simultaneously, gets the first answer again. Raises NotEligible, IntakeClosed,
    TooManyOpen, NotAllowed.
    """
    student = student or by
    at = at or timezone.now()
    if student != by or late:
        must(by, "enrolment.keep_intakes", intake)
    existing = queries.live_in(student, intake)
    if existing:
        return existing
    reasons = rules.reasons_against(intake, student, at=at, late=late)
    if reasons:
        raise NotEligible(reasons=" ".join(reason.sentence for reason in reasons))
    try:
        return _enter(intake, student, by=by, late=late, reason=reason, at=at)
    except IntegrityError:
        # The twin of this request was faster; its row is the answer to both.
        existing = queries.live_in(student, intake)
        if existing is None:
            raise
        return existing


@transaction.atomic
def _enter(
    intake: Intake, student: User, *, by: User, late: bool, reason: str, at: datetime
) -> Enrolment:
    if not _within_window(intake, late=late, at=at):
        raise IntakeClosed
    seats.count_open(student)
    earlier = queries.latest_in(student, intake)
    # Who comes late passes nobody the review has not decided on.
    if intake.policy == Policy.REVIEWED and (not late or queries.under_review(intake).exists()):
        return _taken_to_review(intake, student, earlier, by=by, at=at)
    seats.serve_queue(intake, at=at)
    pool = seats.take_seat(seats.pools_for(intake, student, on=today(at)))
    if pool is None:
        return _queued(intake, student, earlier, by=by, reason=reason, at=at)
    return seated(intake, student, pool, earlier, by=by, reason=reason, at=at)


def _within_window(intake: Intake, *, late: bool, at: datetime) -> bool:
    """Lock the intake, if it takes people now: everybody else waits behind this one."""
    window = Intake.objects.filter(pk=intake.pk, opens_at__lte=at)
    window = window.filter(
        **({"list_closes_on__gte": today(at)} if late else {"closes_at__gt": at})
    )
    return bool(lock(window))


def _taken_to_review(
    intake: Intake, student: User, earlier: Enrolment | None, *, by: User, at: datetime
) -> Enrolment:
    enrolment = seats.begin(
        intake, student, State.SUBMITTED, "apply", by=by, at=at, came_from=earlier
    )
    seats.tell_student(enrolment, "enrolment.submitted", at=at)
    if rules.lacks_consent(student, intake, on=today(at)):
        ask_consents(enrolment, at=at)
    return enrolment


def _queued(
    intake: Intake, student: User, earlier: Enrolment | None, *, by: User, reason: str, at: datetime
) -> Enrolment:
    number = seats.next_number(intake)
    enrolment = seats.begin(
        intake, student, State.WAITLISTED, "apply", by=by, at=at, sequence=number,
        came_from=earlier, reason=reason,
    )  # fmt: skip
    seats.tell_student(enrolment, "enrolment.waitlisted", at=at, sequence=number)
    return enrolment


def seated(
    intake: Intake,
    student: User,
    pool: SeatPool,
    earlier: Enrolment | None,
    *,
    by: User,
    reason: str,
    at: datetime,
    verb: str = "apply",
) -> Enrolment:
    """Write the row of somebody for whom a seat was taken: admitted, or held for the consent."""
    held = rules.lacks_consent(student, intake, on=today(at))
    due = at + timedelta(days=intake.hold_days) if held else None
    enrolment = seats.begin(
        intake, student, State.HELD if held else State.ADMITTED, verb, by=by, at=at, pool=pool,
        due_at=due, came_from=earlier, reason=reason,
    )  # fmt: skip
    seats.tell_student(enrolment, f"enrolment.{enrolment.state}", at=at, due=due)
    if held:
        ask_consents(enrolment, at=at)
    return enrolment
