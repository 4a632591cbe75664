"""The states of an enrolment and the moves between them.

An enrolment is also the application to its intake. ADMITTED takes a seat; WAITLISTED stands in
the queue by its immutable sequence number. Later states (offers, consents, holds) come with the
review of applications.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.kit.states import Moves


class State(models.TextChoices):
    """Where an enrolment stands."""

    ADMITTED = "admitted", _("admitted")
    WAITLISTED = "waitlisted", _("on the waiting list")
    WITHDRAWN = "withdrawn", _("withdrawn")
    COMPLETED = "completed", _("completed")


# A completed enrolment has used its seat: nobody is called in behind it.
TAKES_A_SEAT = frozenset({State.ADMITTED, State.COMPLETED})
LIVE = frozenset({State.ADMITTED, State.WAITLISTED, State.COMPLETED})

MOVES = Moves(
    [
        ("promote", [State.WAITLISTED], State.ADMITTED, "the freed seat"),
        ("withdraw", [State.ADMITTED, State.WAITLISTED], State.WITHDRAWN, "student or registrar"),
        ("complete", [State.ADMITTED], State.COMPLETED, "learning"),
    ]
)
