"""Whether the books of an intake agree with one another, whatever was killed on the way."""

from django.db.models import Max

from courses.enrolment.models import Enrolment, Intake, SeatPool
from courses.enrolment.states import LIVE, TAKES_A_SEAT, State
from courses.kit import audit
from courses.notices.models import Message, Notice

# What every such state tells the student, in the site and by SMS (None: in the site alone).
TOLD = {
    State.ADMITTED: True, State.OFFERED: True, State.WAITLISTED: False, State.WITHDRAWN: False,
    State.ACCEPTED: False, State.DECLINED: False,
}  # fmt: skip


def mismatches(intake: Intake) -> list[str]:
    """Return what does not agree; empty: everything does."""
    found = []
    rows = list(Enrolment.objects.filter(intake=intake).select_related("student"))
    for pool in SeatPool.objects.filter(intake=intake):
        sat = sum(row.pool_id == pool.pk and row.state in TAKES_A_SEAT for row in rows)
        if pool.taken != sat:
            found.append(f"{pool} counts {pool.taken}, {sat} sit there")
        if pool.has_room and any(row.state == State.WAITLISTED for row in rows):
            found.append("somebody waits before a free seat")
    live = [row.student_id for row in rows if row.state in LIVE]
    if len(live) != len(set(live)):
        found.append("somebody has two places")
    numbers = sorted(row.sequence for row in rows if row.sequence is not None)
    queued = Intake.objects.aggregate(most=Max("queued"))["most"] if not rows else None
    intake.refresh_from_db()
    if numbers != list(range(1, intake.queued + 1)):
        found.append(f"numbers {numbers}, given {intake.queued} {queued or ''}")
    for row in rows:
        found += _untold(row)
    return found


def _untold(row: Enrolment) -> list[str]:
    """Return what is missing beside a place: the line of its state, the notice, the message."""
    found = []
    last = audit.trail(row).exclude(to_state="").last()
    if last is None or last.to_state != row.state:
        found.append(f"{row}: the trail ends with {last and last.to_state}")
    kind = f"enrolment.{row.state}"
    path = f"/enrolments/{row.public_id}/"
    if not Notice.objects.filter(recipient=row.student, kind=kind, path=path).exists():
        found.append(f"{row}: was not told in the site")
    if TOLD[State(row.state)]:
        said = Notice.objects.filter(recipient=row.student, kind=kind, path=path)
        keys = said.values("key")
        if not Message.objects.filter(recipient=row.student, kind=kind, key__in=keys).exists():
            found.append(f"{row}: no message lies in the outbox")
    return found
