"""The last stitch of a place and a registrar's decision about it, in one moment."""

import pytest
from django.db import transaction

from courses.enrolment.actions import apply_to, enrol
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.queries import intakes_behind
from courses.enrolment.states import State
from courses.kit import audit
from courses.kit.moves import lock
from courses.learning import actions
from tests import databases
from tests.cast import NOW, People
from tests.courses.learning.test_quizzes import RIGHT, keys
from tests.racing import PATIENCE, company, until_somebody_waits


@pytest.mark.django_db(transaction=True)
def test_a_last_stitch_and_a_registrar_never_wait_for_each_other(
    intake: Intake, people: People
) -> None:
    """Who sewed locked the place and then its intake; who decides begins with the intake."""
    if databases.on_sqlite():
        pytest.skip("SQLite has one writer")
    seat = apply_to(intake, by=people.aylin, at=NOW)
    *others, last = keys(seat)
    for key in others:
        actions.attempt_quiz(seat, key, RIGHT, by=people.aylin, at=NOW)
    hers = Enrolment.objects.get(pk=seat.pk)

    with company() as begin:
        with transaction.atomic():
            lock(intakes_behind(seat))
            sewn = begin(lambda: actions.attempt_quiz(hers, last, RIGHT, by=people.aylin, at=NOW))
            until_somebody_waits()
            enrol(seat, by=people.registrar, at=NOW)
        sewn.result(PATIENCE)

    seat.refresh_from_db()
    assert seat.state == State.COMPLETED
    assert [one.verb for one in audit.trail(seat)] == ["apply", "enrol", "complete"]
