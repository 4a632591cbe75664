"""Enrolling, leaving and resizing at once: whatever the order, no seat is lost or sold twice."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from courses.curricula.actions import freeze_programme
from courses.enrolment.actions import (
    FewerSeatsThanTaken,
    change_seats,
    enrol,
    open_intake,
    withdraw,
)
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.states import LIVE, TAKES_A_SEAT, State
from courses.kit.refusal import Refusal
from courses.organisations.actions import grant_role
from courses.organisations.models import Kind, Role
from courses.people.models import User
from tests import databases
from tests.cast import body, make_programme, person

THREADS, STEPS, SEATS, STUDENTS = 8, 25, 6, 24


@pytest.fixture
def own_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database of its own: threads commit for real."""
    name = databases.own_name("mixed")
    with django_db_blocker.unblock():
        databases.drop(name)
        databases.copy(databases.migrated(), name)
        with databases.using(name):
            yield
        databases.drop(name)


@pytest.mark.usefixtures("own_database")
@pytest.mark.parametrize("draw", [1, 2, 3])
def test_seats_are_conserved_whatever_happens_at_once(draw: int) -> None:
    now = timezone.now()
    school = body("school", Kind.SCHOOL, learners="girls")
    registrar = person("registrar")
    grant_role(registrar, school, Role.REGISTRAR, by=None)
    intake = open_intake(
        Intake(
            code="mixed", school=school, seats=SEATS, learners="girls",
            version=freeze_programme(make_programme(), by=None),
            opens_at=now - timedelta(1), closes_at=now + timedelta(1),
            starts_on=now.date() + timedelta(30),
        ),
        by=None,
    )  # fmt: skip
    students = [person(f"s{number}", age=16) for number in range(STUDENTS)]
    wrong: list[str] = []

    def live_of(student: User) -> Enrolment | None:
        return Enrolment.objects.filter(intake=intake, student=student, state__in=LIVE).first()

    def act(seed: int) -> None:
        luck = Random(seed)
        try:
            for _step in range(STEPS):
                student = luck.choice(students)
                try:
                    if luck.random() < 0.6:
                        enrol(intake, by=student)
                    elif (own := live_of(student)) is not None:
                        withdraw(own, by=student)
                    else:
                        seats = SEATS + luck.randint(-2, 3)
                        change_seats(intake, seats, by=registrar, reason="-")
                except (FewerSeatsThanTaken, Refusal):
                    continue
        except Exception as error:  # whatever it is, it is what the test looks for
            wrong.append(f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(100 * draw + n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    intake.refresh_from_db()
    seated = Enrolment.objects.filter(state__in=TAKES_A_SEAT).count()
    waiting = Enrolment.objects.filter(state=State.WAITLISTED)
    assert intake.taken == seated <= intake.seats
    assert intake.free == 0 or not waiting.exists()
    numbers = Enrolment.objects.exclude(sequence=None).values_list("sequence", flat=True)
    assert sorted(numbers) == list(range(1, intake.queued + 1))
    for student in students:
        assert Enrolment.objects.filter(student=student, state__in=LIVE).count() <= 1
