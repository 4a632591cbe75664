"""Reviewed intakes: points by published criteria, then one decision for everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from courses.enrolment import queries, rules
from courses.enrolment.actions import seats
from courses.enrolment.models import Criterion, Enrolment, Intake, Score
from courses.enrolment.refusals import ReviewUnfinished, StillOpen
from courses.enrolment.states import State
from courses.kit import audit
from courses.kit.calendars import today
from courses.kit.moves import lock
from courses.kit.refusal import IllegalMove
from courses.kit.rights import must
from courses.people.models import User


@transaction.atomic
def give_points(
    enrolment: Enrolment, points: Mapping[Criterion, int], *, by: User, at: datetime | None = None
) -> int:
    """Write an application's points by criterion; return the sum. Later points replace earlier.

    Raises IllegalMove once the review is decided, ValueError for points a criterion has not.
    """
    at = at or timezone.now()
    must(by, "enrolment.keep_intakes", enrolment)
    lock(queries.intakes_behind(enrolment))
    enrolment.refresh_from_db()
    if enrolment.state != State.SUBMITTED:
        raise IllegalMove
    for criterion, given in points.items():
        if criterion.intake_id != enrolment.intake_id or not 0 <= given <= criterion.points:
            raise ValueError(f"{given} points for {criterion.pk}")
        Score.objects.update_or_create(
            enrolment=enrolment, criterion=criterion,
            defaults={"points": given, "given_by": by, "given_at": at},
        )  # fmt: skip
    scores = enrolment.scores.all()
    complete = {score.criterion_id for score in scores} == {
        criterion.pk for criterion in enrolment.intake.criteria.all()
    }
    total = sum(score.points for score in scores)
    Enrolment.objects.filter(pk=enrolment.pk).update(points=total if complete else None)
    enrolment.refresh_from_db()
    audit.record(enrolment, "give_points", by=by, at=at, points=total, complete=complete)
    return total


@dataclass(frozen=True)
class Decision:
    """How a review ended: how many got a seat, wait, or were refused."""

    seated: int
    waiting: int
    refused: int


@transaction.atomic
def decide_review(intake: Intake, *, by: User, at: datetime | None = None) -> Decision:
    """Give the seats by points, then the waiting numbers in the same order.

    Equal points are ordered by the moment of asking. Fewer than the published least points is a
    refusal with that reason. Twice is once: nobody is left to decide on.
    """
    at = at or timezone.now()
    must(by, "enrolment.keep_intakes", intake)
    if at < intake.closes_at:
        raise StillOpen
    lock(Intake.objects.filter(pk=intake.pk))
    everybody = list(queries.under_review(intake))
    unfinished = sum(one.points is None for one in everybody)
    if unfinished:
        raise ReviewUnfinished(count=unfinished)
    ranked = sorted(everybody, key=lambda one: (-(one.points or 0), one.asked_at, one.pk))
    counts = {"seated": 0, "waiting": 0, "refused": 0}
    for place, enrolment in enumerate(ranked, start=1):
        counts[_decided(enrolment, place, by=by, at=at)] += 1
    audit.record(intake, "decide_review", by=by, at=at, counts=counts)
    return Decision(**counts)


def _decided(enrolment: Enrolment, place: int, *, by: User, at: datetime) -> str:
    intake = enrolment.intake
    if (enrolment.points or 0) < intake.least_points:
        seats.move(
            enrolment, "refuse", by=by, at=at, why="least_points", points=enrolment.points,
            place=place,
        )  # fmt: skip
        seats.tell_student(enrolment, "enrolment.refused_by_points", at=at)
        return "refused"
    pool = seats.take_seat(seats.pools_for(intake, enrolment.student, on=today(at)))
    if pool is None:
        enrolment = seats.move(
            enrolment, "queue", by=by, at=at, sequence=seats.next_number(intake), place=place
        )
        seats.tell_student(enrolment, "enrolment.waitlisted", at=at, sequence=enrolment.sequence)
        return "waiting"
    if rules.lacks_consent(enrolment.student, intake, on=today(at)):
        due = at + timedelta(days=intake.hold_days)
        enrolment = seats.move(enrolment, "hold", by=by, at=at, pool=pool, due_at=due, place=place)
        seats.tell_student(enrolment, "enrolment.held", at=at, due=due)
    else:
        enrolment = seats.move(enrolment, "admit", by=by, at=at, pool=pool, place=place)
        seats.tell_student(enrolment, "enrolment.admitted", at=at)
    return "seated"


@transaction.atomic
def refuse(enrolment: Enrolment, *, reason: str, by: User, at: datetime | None = None) -> Enrolment:
    """Refuse an application or a held place, with a reason the student reads."""
    at = at or timezone.now()
    must(by, "enrolment.keep_intakes", enrolment)
    enrolment = seats.move(enrolment, "refuse", by=by, at=at, reason=reason)
    seats.tell_student(enrolment, "enrolment.refused", at=at, reason=reason)
    return enrolment
