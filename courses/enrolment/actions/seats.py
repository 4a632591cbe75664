"""Taking, freeing and passing on seats: the machinery under every move. Call inside `atomic`."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F

from courses.enrolment import queries, rules
from courses.enrolment.models import Enrolment, Intake, SeatPool, Tally
from courses.enrolment.refusals import TooManyOpen
from courses.enrolment.states import MOVES, OPEN, TAKES_A_SEAT
from courses.kit import audit, moves
from courses.kit.calendars import today
from courses.kit.rights import who_may
from courses.notices.actions import make_link, tell
from courses.people.models import User


def take_seat(pools: Iterable[SeatPool]) -> SeatPool | None:
    """Take a seat in the first of the pools that has one, or return None."""
    for pool in pools:
        if SeatPool.objects.with_room().filter(pk=pool.pk).update(taken=F("taken") + 1):
            return pool
    return None


def free_seat(pool_id: int) -> None:
    """Give a seat back to its pool."""
    SeatPool.objects.filter(pk=pool_id).update(taken=F("taken") - 1)


def next_number(intake: Intake) -> int:
    """Return the next number on the waiting list; it is never given again."""
    Intake.objects.filter(pk=intake.pk).update(queued=F("queued") + 1)
    return Intake.objects.values_list("queued", flat=True).get(pk=intake.pk)


def count_open(student: User) -> None:
    """Count one more open enrolment of a student, or refuse."""
    most = settings.JAVAR_MOST_OPEN_ENROLMENTS
    row = Tally.objects.filter(student=student)
    if row.filter(open__lt=most).update(open=F("open") + 1):
        return
    if not row.exists():
        Tally.objects.bulk_create([Tally(student=student)], ignore_conflicts=True)
        if row.filter(open__lt=most).update(open=F("open") + 1):
            return
    raise TooManyOpen(most=most)


def begin(
    intake: Intake,
    student: User,
    state: str,
    verb: str,
    *,
    by: User | None,
    at: datetime,
    pool: SeatPool | None = None,
    sequence: int | None = None,
    due_at: datetime | None = None,
    came_from: Enrolment | None = None,
    reason: str = "",
) -> Enrolment:
    """Write a new row with its first state and its line in the trail."""
    enrolment = Enrolment.objects.create(
        intake=intake, student=student, state=state, pool=pool, sequence=sequence,
        due_at=due_at, asked_at=at, moved_at=at, came_from=came_from,
    )  # fmt: skip
    audit.record(
        enrolment, verb, by=by, at=at, to_state=state, reason=reason, sequence=sequence,
        pool=pool.group if pool else None,
    )  # fmt: skip
    return enrolment


def move(
    enrolment: Enrolment,
    verb: str,
    *,
    by: User | None,
    at: datetime,
    reason: str = "",
    pool: SeatPool | None = None,
    sequence: int | None = None,
    due_at: datetime | None = None,
    effective_on: date | None = None,
    **facts: Any,
) -> Enrolment:
    """Make one move of the table: of two simultaneous movers the second finds the first's state.

    A seat that is left is freed and passed on in the same transaction.
    """
    moves.lock(queries.intakes_behind(enrolment))
    enrolment.refresh_from_db()
    state, pool_id = enrolment.state, enrolment.pool_id
    target = MOVES.target(verb, state)
    keeps = target in TAKES_A_SEAT
    changes: dict[str, Any] = {"moved_at": at, "due_at": due_at}
    if pool is not None or not keeps:
        changes["pool"] = pool
    if sequence is not None:
        changes["sequence"] = sequence
    if effective_on is not None:
        changes["effective_on"] = effective_on
    moves.move(enrolment, MOVES, verb, by=by, at=at, reason=reason, facts=facts, **changes)
    if state in OPEN and target not in OPEN:
        Tally.objects.filter(student=enrolment.student_id, open__gt=0).update(open=F("open") - 1)
    if pool_id is not None and not keeps:
        free_seat(pool_id)
        call_next(enrolment.intake, at=at)
    return enrolment


def call_next(intake: Intake, *, at: datetime) -> list[Enrolment]:
    """Offer every free seat to who is next for it; return the offers made.

    Pools are filled in their published order; within a pool the smallest number goes first among
    those who may take its seats. Nobody is called after the list has closed.
    """
    called: list[Enrolment] = []
    if today(at) > intake.list_closes_on:
        return called
    for pool in SeatPool.objects.filter(intake=intake.pk).order_by("order", "pk"):
        while (waiting := queries.next_waiting(pool, on=today(at))) is not None:
            if take_seat([pool]) is None:
                break
            called.append(_offer(waiting, pool, at=at))
    return called


def _offer(waiting: Enrolment, pool: SeatPool, *, at: datetime) -> Enrolment:
    due = at + timedelta(hours=waiting.intake.offer_hours)
    moves.move(
        waiting, MOVES, "offer", by=None, at=at,
        facts={"pool": pool.group, "sequence": waiting.sequence, "due": due.isoformat()},
        pool=pool, due_at=due, moved_at=at,
    )  # fmt: skip
    token = make_link(queries.OFFER_LINK, str(waiting.public_id), expires_at=due, at=at)
    tell_student(waiting, "enrolment.offered", at=at, link=f"/offer/{token}/", due=due)
    return waiting


def pools_for(intake: Intake, student: User, *, on: date) -> list[SeatPool]:
    """Return the pools whose seats a student may take, in the published order."""
    groups = rules.groups_of(student, intake)
    return [pool for pool in intake.pools.all() if rules.may_take(pool, groups, on=on)]


def serve_queue(intake: Intake, *, at: datetime) -> None:
    """Offer what nobody was offered yet to who waits, before a newcomer takes it.

    A freed seat calls in its own transaction. Only a reserve that opens to everybody on its day
    waits for the scheduler, or for this.
    """
    if any(pool.opens_to_all_on and pool.is_open_on(today(at)) for pool in intake.pools.all()):
        call_next(intake, at=at)


def tell_student(
    enrolment: Enrolment,
    kind: str,
    *,
    at: datetime,
    due: datetime | None = None,
    link: str = "",
    key: str = "",
    **values: object,
) -> None:
    """Tell a student what happened to a place, once a move."""
    tell(
        enrolment.student,
        kind,
        key=key or f"{kind}:{enrolment.public_id}:{at.timestamp():.0f}",
        path=f"/enrolments/{enrolment.public_id}/",
        at=at,
        link=link,
        programme=enrolment.intake.version.title,
        school=enrolment.intake.school.name_fa,
        due=due.isoformat() if due else "",
        **values,
    )


def tell_registrars(enrolment: Enrolment, kind: str, *, at: datetime) -> None:
    """Tell the registrars of the school: they are the ones who can act."""
    for registrar in who_may("enrolment.keep_intakes", enrolment):
        tell(
            registrar,
            kind,
            key=f"{kind}:{enrolment.public_id}:{at.timestamp():.0f}",
            path=f"/enrolments/{enrolment.public_id}/",
            at=at,
            programme=enrolment.intake.version.title,
        )
