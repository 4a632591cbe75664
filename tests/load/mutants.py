"""The site with its guard taken away, to prove that the rush would tell.

`MUTANT=unguarded` reads the free seats, thinks, then writes, each statement for itself.
`MUTANT=deferred` does the same inside one transaction of SQLite's default mode.
Served by `gunicorn tests.load.mutants:application`.
"""

import os
import time
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

MUTANT = os.environ["MUTANT"]
if MUTANT == "deferred":
    settings.DATABASES["default"]["OPTIONS"]["transaction_mode"] = "DEFERRED"


# The application sets Django up: models come after it.
# isort: off
from javar.wsgi import application  # noqa: E402
from courses.enrolment import actions  # noqa: E402
from courses.enrolment.models import Enrolment, Intake  # noqa: E402
from courses.enrolment.states import State  # noqa: E402
from courses.people.models import User  # noqa: E402
# isort: on

__all__ = ["application"]
# The way to a database on another machine and back.
THINKING = 0.005


def _read_then_write(intake: Intake, student: User, *, by: User, at: datetime) -> Enrolment:
    seen = Intake.objects.get(pk=intake.pk)
    time.sleep(THINKING)
    if seen.taken < seen.seats:
        Intake.objects.filter(pk=intake.pk).update(taken=F("taken") + 1)
        state, sequence = State.ADMITTED, None
    else:
        Intake.objects.filter(pk=intake.pk).update(queued=F("queued") + 1)
        state, sequence = State.WAITLISTED, by.pk
    return Enrolment.objects.create(
        intake=intake, student=student, state=state, sequence=sequence, asked_at=at, moved_at=at
    )


actions._take_seat_or_number = (
    transaction.atomic(_read_then_write) if MUTANT == "deferred" else _read_then_write
)
