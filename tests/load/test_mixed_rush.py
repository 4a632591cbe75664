"""Enrolling, answering, leaving and resizing at once: whatever the order, no seat is lost or sold
twice.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from courses.curricula.actions import freeze_programme
from courses.enrolment import actions
from courses.enrolment.models import Enrolment, Intake, SeatChange, SeatPool, Tally
from courses.enrolment.states import LIVE, OPEN, TAKES_A_SEAT, State
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
def test_who_asks_everywhere_at_once_gets_as_many_as_allowed() -> None:
    now = timezone.now()
    school = body("school", Kind.SCHOOL, learners="girls")
    version = freeze_programme(make_programme(), by=None)
    intakes = [
        actions.open_intake(
            Intake(
                code=f"many-{number}", school=school, learners="girls", version=version,
                opens_at=now - timedelta(1), closes_at=now + timedelta(1),
                starts_on=now.date() + timedelta(30),
            ),
            by=None, seats=SEATS,
        )
        for number in range(50)
    ]  # fmt: skip
    student = person("greedy", age=16)
    gate = threading.Barrier(len(intakes))
    answers: list[str] = []

    def ask(intake: Intake) -> None:
        gate.wait()
        try:
            answers.append(actions.apply_to(intake, by=student).state)
        except Refusal as refusal:
            answers.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(intake,)) for intake in intakes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    most = settings.JAVAR_MOST_OPEN_ENROLMENTS
    assert Counter(answers) == Counter({"admitted": most, "too_many_open": 50 - most})
    assert Tally.objects.get(student=student).open == most
    assert Enrolment.objects.filter(student=student).count() == most


@pytest.mark.usefixtures("own_database")
@pytest.mark.parametrize("draw", [1, 2, 3])
def test_seats_are_conserved_whatever_happens_at_once(draw: int) -> None:
    now = timezone.now()
    school = body("school", Kind.SCHOOL, learners="girls")
    office = body("office", Kind.OFFICE)
    registrar, officer = person("registrar"), person("officer")
    grant_role(registrar, school, Role.REGISTRAR, by=None)
    grant_role(officer, office, Role.OFFICER, by=None)
    version = freeze_programme(make_programme(), by=None)
    intakes = [
        actions.open_intake(
            Intake(
                code=f"mixed-{number}", school=school, learners="girls", version=version,
                opens_at=now - timedelta(1), closes_at=now + timedelta(1),
                starts_on=now.date() + timedelta(30),
            ),
            by=None, seats=SEATS,
        )
        for number in range(2)
    ]  # fmt: skip
    students = [
        person(f"s{number}", age=16, consented=number % 3 > 0) for number in range(STUDENTS)
    ]
    wrong: list[str] = []

    def live_of(student: User, intake: Intake) -> Enrolment | None:
        return Enrolment.objects.filter(intake=intake, student=student, state__in=LIVE).first()

    def resize(intake: Intake, seats: int) -> None:
        pool = SeatPool.objects.get(intake=intake)
        change = actions.change_seats(pool, seats, by=registrar, reason="-")
        assert isinstance(change, SeatChange)
        actions.approve_seat_change(change, by=officer)

    def step(luck: Random) -> None:
        student = luck.choice(students)
        intake, other = luck.sample(intakes, 2)
        what = luck.random()
        if what < 0.45:
            actions.apply_to(intake, by=student)
        elif (own := live_of(student, intake)) is None:
            resize(intake, SEATS + luck.randint(-2, 3))
        elif what < 0.6:
            actions.accept_offer(own, by=student)
        elif what < 0.7:
            actions.decline_offer(own, by=student)
        elif what < 0.8:
            # Crossed on purpose: both intakes, in either order.
            actions.transfer(own, other, by=student, reason="-")
        elif what < 0.85 and (guardian := student.guardians.first()) is not None:
            actions.take_consent_back(own, guardian)
        elif what < 0.9 and (guardian := student.guardians.first()) is not None:
            actions.give_consent(own, guardian, channel="sms", by=None)
        elif what < 0.95:
            actions.lapse(own, at=timezone.now() + timedelta(hours=49))
        else:
            actions.withdraw(own, by=student)

    def act(seed: int) -> None:
        luck = Random(seed)
        try:
            for _step in range(STEPS):
                try:
                    step(luck)
                except Refusal:
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
    for intake in intakes:
        pool = SeatPool.objects.get(intake=intake)
        rows = Enrolment.objects.filter(intake=intake)
        waiting = rows.filter(state=State.WAITLISTED)
        assert pool.taken == rows.filter(state__in=TAKES_A_SEAT).count() <= (pool.seats or 0)
        assert not pool.has_room or not waiting.exists()
        numbers = rows.exclude(sequence=None).values_list("sequence", flat=True)
        intake.refresh_from_db()
        assert sorted(numbers) == list(range(1, intake.queued + 1))
        for student in students:
            assert rows.filter(student=student, state__in=LIVE).count() <= 1
    tallies = dict(Tally.objects.values_list("student_id", "open"))
    for student in students:
        open_rows = Enrolment.objects.filter(student=student, state__in=OPEN).count()
        assert tallies.get(student.pk, 0) == open_rows
