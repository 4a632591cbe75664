"""The states of an enrolment and the moves between them.

An enrolment is also the application to its intake. It begins as SUBMITTED (the intake is
reviewed), HELD (a seat is kept while a guardian's consent is awaited), ADMITTED, or WAITLISTED.
HELD and OFFERED end by themselves at their due moment. Nothing is overwritten: coming back is a
new row.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.kit.moves import Move, Moves


class State(models.TextChoices):
    """Where an enrolment stands."""

    SUBMITTED = "submitted", _("under review")
    HELD = "held", _("kept until the consent comes")
    ADMITTED = "admitted", _("admitted")
    WAITLISTED = "waitlisted", _("on the waiting list")
    OFFERED = "offered", _("offered a seat")
    ACCEPTED = "accepted", _("accepted the seat")
    DECLINED = "declined", _("declined the seat")
    EXPIRED = "expired", _("lapsed")
    ENROLLED = "enrolled", _("enrolled")
    DEFERRED = "deferred", _("deferred")
    TRANSFERRED = "transferred", _("transferred")
    WITHDRAWN = "withdrawn", _("withdrawn")
    REFUSED = "refused", _("refused")
    COMPLETED = "completed", _("completed")


# A pool's `taken` counts exactly these.
TAKES_A_SEAT = frozenset(
    {State.HELD, State.ADMITTED, State.OFFERED, State.ACCEPTED, State.ENROLLED}
)
# Whoever is in one of these reads the lessons.
STUDIES = frozenset({State.ADMITTED, State.ACCEPTED, State.ENROLLED, State.COMPLETED})
# One such row a student and intake; those before COMPLETED count towards a person's limit.
OPEN = TAKES_A_SEAT | {State.SUBMITTED, State.WAITLISTED}
LIVE = OPEN | {State.COMPLETED}
# These end by themselves.
HAS_A_DEADLINE = frozenset({State.HELD, State.OFFERED})

_SEATED = (State.ADMITTED, State.ACCEPTED, State.ENROLLED)

MOVES = Moves(
    [
        Move("hold", [State.SUBMITTED], State.HELD, "the review, where consent is missing"),
        Move("admit", [State.SUBMITTED, State.HELD], State.ADMITTED, "the review or the consent"),
        Move("queue", [State.SUBMITTED], State.WAITLISTED, "the review"),
        Move("refuse", [State.SUBMITTED, State.HELD], State.REFUSED, "registrar"),
        Move("offer", [State.WAITLISTED], State.OFFERED, "the freed seat"),
        Move("accept", [State.OFFERED], State.ACCEPTED, "student"),
        Move("accept_on_consent", [State.OFFERED], State.HELD, "student whose consent is missing"),
        Move("decline", [State.OFFERED], State.DECLINED, "student"),
        Move("lapse", [State.HELD, State.OFFERED, State.WAITLISTED], State.EXPIRED, "time"),
        Move("enrol", [State.ADMITTED, State.ACCEPTED], State.ENROLLED, "registrar"),
        Move("hold_again", _SEATED, State.HELD, "a consent taken back"),
        Move("defer", _SEATED, State.DEFERRED, "student or registrar"),
        Move("transfer", [*_SEATED, State.WAITLISTED], State.TRANSFERRED, "student or registrar"),
        Move("withdraw", OPEN, State.WITHDRAWN, "student, guardian or registrar"),
        Move("complete", _SEATED, State.COMPLETED, "learning"),
    ]
)


class Policy(models.TextChoices):
    """How an intake gives its seats."""

    FIRST_COME = "first_come", _("who asks first is admitted first")
    REVIEWED = "reviewed", _("the school ranks by published criteria")


class ChangeState(models.TextChoices):
    """Where a wish for another number of seats stands."""

    ASKED = "asked", _("waits for a second person")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")


CHANGES = Moves(
    [
        Move(
            "approve", [ChangeState.ASKED], ChangeState.APPROVED, "a second person",
            line="approve_seat_change",
        ),
        Move(
            "refuse", [ChangeState.ASKED], ChangeState.REFUSED, "a second person",
            line="refuse_seat_change",
        ),
    ]
)  # fmt: skip
