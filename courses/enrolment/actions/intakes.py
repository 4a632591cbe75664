"""Opening intakes and changing their seats."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from courses.enrolment import queries
from courses.enrolment.actions import seats as seating
from courses.enrolment.models import (
    Criterion,
    GroupProof,
    Intake,
    RequiredDocument,
    Requirement,
    SeatChange,
    SeatPool,
)
from courses.enrolment.models.intakes import RequirementKind
from courses.enrolment.refusals import (
    ChangeWaits,
    FewerSeatsThanTaken,
    RuleOfThePast,
    SecondPersonNeeded,
)
from courses.enrolment.states import CHANGES, LIVE
from courses.kit import audit
from courses.kit.calendars import today
from courses.kit.models import AuditEntry
from courses.kit.moves import lock, move
from courses.kit.refusal import NotAllowed
from courses.kit.rights import must
from courses.notices.actions import tell
from courses.people.models import User


@transaction.atomic
def open_intake(
    intake: Intake,
    *,
    by: User | None,
    seats: int | None = None,
    pools: Sequence[SeatPool] = (),
    least_age: int | None = None,
    requirements: Sequence[Requirement] = (),
    criteria: Sequence[Criterion] = (),
    papers: Sequence[str] = (),
    at: datetime | None = None,
) -> Intake:
    """Publish a new, unsaved intake of the registrar's school. `by` None is the seed command.

    Without `pools` there is one open pool of `seats` (None: no limit). The parts are unsaved too.
    """
    if by is not None:
        must(by, "enrolment.keep_intakes", intake)
    if intake.pk is not None:
        raise NotAllowed
    if intake.list_closes_on is None:
        intake.list_closes_on = intake.starts_on
    intake.save()
    if least_age is not None:
        requirements = [
            Requirement(kind=RequirementKind.LEAST_AGE, number=least_age),
            *requirements,
        ]
    for number, pool in enumerate(pools or [SeatPool(seats=seats)], start=1):
        pool.intake, pool.order = intake, number
        pool.save()
    for requirement in requirements:
        requirement.intake = intake
        requirement.save()
    for number, criterion in enumerate(criteria, start=1):
        criterion.intake, criterion.order = intake, number
        criterion.save()
    for paper in papers:
        RequiredDocument.objects.create(intake=intake, paper=paper)
    audit.record(intake, "open_intake", by=by, at=at, seats=intake.seats)
    return intake


@transaction.atomic
def change_seats(
    pool: SeatPool, seats: int | None, *, by: User, reason: str, at: datetime | None = None
) -> SeatPool | SeatChange:
    """Set a pool's number of seats (None: no limit): at once before the opening, then by two.

    After the opening it returns the `SeatChange` that waits for a second person. Raises
    FewerSeatsThanTaken, ChangeWaits.
    """
    at = at or timezone.now()
    must(by, "enrolment.keep_intakes", pool)
    if at < pool.intake.opens_at:
        return _set_seats(pool, seats, by=by, reason=reason, at=at)
    pool.refresh_from_db()
    if seats is not None and seats < pool.taken:
        raise FewerSeatsThanTaken(taken=pool.taken)
    try:
        with transaction.atomic():
            change = SeatChange.objects.create(
                pool=pool, seats=seats, reason=reason, asked_by=by, asked_at=at
            )
    except IntegrityError as error:
        raise ChangeWaits from error
    audit.record(pool.intake, "ask_seat_change", by=by, at=at, reason=reason, after=seats)
    for other in queries.second_persons(change):
        tell(
            other, "enrolment.seats_asked", key=f"seats_asked:{change.public_id}",
            path=f"/seat-changes/{change.public_id}/", at=at,
            programme=pool.intake.version.title,
        )  # fmt: skip
    return change


def _set_seats(
    pool: SeatPool, seats: int | None, *, by: User, reason: str, at: datetime
) -> SeatPool:
    lock(queries.intakes_behind(pool))
    pool.refresh_from_db()
    before = pool.seats
    fits = SeatPool.objects.filter(pk=pool.pk)
    if seats is not None:
        fits = fits.filter(taken__lte=seats)
    if not fits.update(seats=seats):
        raise FewerSeatsThanTaken(taken=pool.taken)
    pool.refresh_from_db()
    audit.record(
        pool.intake, "change_seats", by=by, at=at, reason=reason, before=before, after=seats,
        pool=pool.group,
    )  # fmt: skip
    seating.call_next(pool.intake, at=at)
    pool.refresh_from_db()
    return pool


@transaction.atomic
def approve_seat_change(change: SeatChange, *, by: User, at: datetime | None = None) -> SeatPool:
    """Carry a change out: another registrar of the school or an officer does. Twice is refused."""
    at = at or timezone.now()
    _decide(change, "approve", by=by, at=at)
    return _set_seats(change.pool, change.seats, by=by, reason=change.reason, at=at)


@transaction.atomic
def refuse_seat_change(change: SeatChange, *, by: User, at: datetime | None = None) -> SeatChange:
    """Leave the seats as they are."""
    at = at or timezone.now()
    _decide(change, "refuse", by=by, at=at)
    return change


def _decide(change: SeatChange, verb: str, *, by: User, at: datetime) -> None:
    must(by, "enrolment.decide_seats", change)
    if by.pk == change.asked_by_id:
        raise SecondPersonNeeded
    move(
        change, CHANGES, verb, by=by, at=at, reason=change.reason, about=change.pool.intake,
        facts={"after": change.seats}, decided_by=by, decided_at=at,
    )  # fmt: skip
    tell(
        change.asked_by, f"enrolment.seats_{change.state}", key=f"seats:{change.public_id}",
        path=f"/intakes/{change.pool.intake.public_id}/roster/", at=at,
        programme=change.pool.intake.version.title,
    )  # fmt: skip


@transaction.atomic
def add_requirement(
    requirement: Requirement, *, by: User, at: datetime | None = None
) -> Requirement:
    """Ask one more thing of those who apply from a day on; who has applied is not asked again.

    Raises RuleOfThePast for a day that is over.
    """
    at = at or timezone.now()
    must(by, "enrolment.keep_intakes", requirement)
    if requirement.valid_from is None or requirement.valid_from < today(at):
        raise RuleOfThePast
    requirement.save()
    audit.record(
        requirement.intake, "add_requirement", by=by, at=at, kind=requirement.kind,
        number=requirement.number, asked=requirement.text, reason=requirement.source,
        valid_from=requirement.valid_from.isoformat(),
    )  # fmt: skip
    return requirement


@transaction.atomic
def end_requirement(
    requirement: Requirement, last_day: date, *, by: User, at: datetime | None = None
) -> Requirement:
    """Let a requirement hold until the end of a day; the row stays, for it decided about people.

    Raises RuleOfThePast where the day, or the requirement itself, is over.
    """
    at = at or timezone.now()
    must(by, "enrolment.keep_intakes", requirement)
    still = Q(valid_to__isnull=True) | Q(valid_to__gte=today(at))
    if last_day < today(at) or not Requirement.objects.filter(still, pk=requirement.pk).update(
        valid_to=last_day
    ):
        raise RuleOfThePast
    requirement.refresh_from_db()
    audit.record(
        requirement.intake, "end_requirement", by=by, at=at, kind=requirement.kind,
        number=requirement.number, asked=requirement.text, valid_to=last_day.isoformat(),
    )  # fmt: skip
    return requirement


@transaction.atomic
def confirm_group(
    intake: Intake, student: User, group: str, *, by: User, at: datetime | None = None
) -> GroupProof:
    """Write down that the school has seen that a student belongs to a group.

    Somebody who waits may be next for a reserved seat now, and is called at once.
    """
    at = at or timezone.now()
    must(by, "enrolment.keep_intakes", intake)
    # The proof counts in all of the school's intakes.
    waits = list(queries.waits_at(student, intake.school))
    lock(Intake.objects.filter(pk__in=[intake.pk, *(one.pk for one in waits)]))
    proof, created = GroupProof.objects.get_or_create(
        school=intake.school, student=student, group=group,
        defaults={"confirmed_by": by, "confirmed_at": at},
    )  # fmt: skip
    if created:
        audit.record(proof, "confirm_group", by=by, at=at, group=group)
        for one in waits:
            seating.call_next(one, at=at)
    return proof


def record_export(intake: Intake, form: str, *, by: User, at: datetime | None = None) -> AuditEntry:
    """Record that somebody took the list of an intake away as a file."""
    must(by, "enrolment.keep_intakes", intake)
    listed = queries.roster(intake)
    if form == "oneroster":
        listed = listed.filter(state__in=sorted(LIVE))
    return audit.record_export(intake, "roster", by=by, at=at, form=form, rows=listed.count())
