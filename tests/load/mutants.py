"""The site with one of its walls taken away, to prove that the rush would tell.

| MUTANT | what is missing |
|---|---|
| unguarded | the intake's lock and the pool's condition: read, think, write, each for itself |
| deferred | the same in one transaction of SQLite's default mode |
| autocommit | the transaction around a decision |
| count | everything: counts the rows and inserts, as a first draft would; the bench's peer |

Served by `gunicorn tests.load.mutants:application`.
"""

import os
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

MUTANT = os.environ["MUTANT"]
if MUTANT == "deferred":
    settings.DATABASES["default"]["OPTIONS"]["transaction_mode"] = "DEFERRED"


# The application sets Django up: models come after it.
# isort: off
from javar.wsgi import application  # noqa: E402
from courses.enrolment.actions import applications  # noqa: E402
from courses.enrolment.models import Enrolment, Intake, SeatPool  # noqa: E402
from courses.enrolment.states import TAKES_A_SEAT, State  # noqa: E402
from courses.people.models import User  # noqa: E402
from tests.racing import do_without_transactions  # noqa: E402
# isort: on

__all__ = ["application"]
# The way to a database on another machine and back.
THINKING = 0.005


def _place(intake: Intake, student: User, pool: SeatPool | None, at: datetime) -> Enrolment:
    if pool is None:
        Intake.objects.filter(pk=intake.pk).update(queued=F("queued") + 1)
    return Enrolment.objects.create(
        intake=intake, student=student, asked_at=at, moved_at=at, pool=pool,
        state=State.ADMITTED if pool else State.WAITLISTED,
        sequence=None if pool else 100_000 + student.pk,
    )  # fmt: skip


def _read_then_write(
    intake: Intake, student: User, *, by: User, at: datetime, **rest: Any
) -> Enrolment:
    pool = SeatPool.objects.get(intake=intake)
    time.sleep(THINKING)
    if pool.taken < (pool.seats or 0):
        SeatPool.objects.filter(pk=pool.pk).update(taken=F("taken") + 1)
        return _place(intake, student, pool, at)
    return _place(intake, student, None, at)


def _count_then_insert(
    intake: Intake, student: User, *, by: User, at: datetime, **rest: Any
) -> Enrolment:
    pool = SeatPool.objects.get(intake=intake)
    rows = Enrolment.objects.filter(intake=intake)
    taken = rows.filter(state__in=TAKES_A_SEAT).count()
    if taken < (pool.seats or 0):
        pool.taken = taken + 1
        pool.save()
        return _place(intake, student, pool, at)
    return Enrolment.objects.create(
        intake=intake, student=student, asked_at=at, moved_at=at, state=State.WAITLISTED,
        sequence=rows.filter(state=State.WAITLISTED).count() + 1,
    )  # fmt: skip


def _slowly(seated: Callable[..., Enrolment]) -> Callable[..., Enrolment]:
    """Let time pass between the seat and its row, so that a twin is surely between them."""

    def after_a_while(*args: Any, **rest: Any) -> Enrolment:
        time.sleep(THINKING)
        return seated(*args, **rest)

    return after_a_while


if MUTANT == "autocommit":
    applications._enter = applications._enter.__wrapped__  # type: ignore[attr-defined]
    applications.seated = _slowly(applications.seated)
    do_without_transactions()
else:
    applications._enter = {
        "unguarded": _read_then_write,
        "deferred": transaction.atomic(_read_then_write),
        "count": _count_then_insert,
    }[MUTANT]
