"""The first minute of enrolment: 500 students, 30 seats, one moment, through HTTP.

The control tests take a wall away and see the harm, so that the rush is known to be sharp.
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model

from courses.enrolment.models import Enrolment, Intake, SeatPool
from courses.enrolment.states import State
from tests import databases
from tests.load import rushes
from tests.load.rushes import Rush, everybody_at_once, serve, statuses

STUDENTS, SEATS = 500, 30
RUNS = 10 if os.environ.get("JAVAR_DEEP") == "1" else 2


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: Any) -> Iterator[Rush]:
    """Make 500 students once; every rush goes for an intake of its own."""
    with django_db_blocker.unblock():
        name = rushes.own_database("rush")
        with databases.using(name):
            yield rushes.prepared(name, STUDENTS)
        databases.drop(name)


@pytest.fixture(autouse=True)
def unblocked(crowd: Rush, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def few(crowd: Rush) -> Rush:
    """A smaller crowd, for harm that shows at once."""
    return crowd.some(120)


def admitted(intake: Intake) -> int:
    return Enrolment.objects.filter(intake=intake, state=State.ADMITTED).count()


def test_rush_gives_each_seat_once_and_everybody_an_answer(crowd: Rush) -> None:
    with serve(crowd.database) as server:
        for _run in range(RUNS):
            intake = crowd.intake(SEATS)
            first = everybody_at_once(crowd, intake, server.url)
            assert statuses(first) == Counter({302: STUDENTS})
            assert rushes.faults_of(intake, students=STUDENTS) == []
        again = everybody_at_once(crowd, intake, server.url)
        assert server.complaints() == ""
    assert [a.place for a in again] == [a.place for a in first], "the first answer again"
    assert rushes.faults_of(intake, students=STUDENTS) == []


def test_triple_clicks_give_one_place_and_the_same_answer(crowd: Rush) -> None:
    group = crowd.some(150)
    with serve(crowd.database) as server:
        intake = group.intake(SEATS)
        answers = everybody_at_once(group, intake, server.url, clicks=3)
        assert server.complaints() == ""
    assert statuses(answers) == Counter({302: 450})
    places = [answer.place for answer in answers]
    assert places[::3] == places[1::3] == places[2::3]
    assert rushes.faults_of(intake, students=150) == []


def _without(model: type[Model], constraint: str) -> Iterator[None]:
    """Take a constraint out of the database; SQLite rebuilds the table from the model."""
    meta = model._meta
    (named,) = (c for c in meta.constraints if c.name == constraint)
    meta.constraints = [c for c in meta.constraints if c is not named]
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, named)
    connection.close()
    yield
    # What broke it is removed before it is put back.
    meta.constraints = [*meta.constraints, named]
    Enrolment.objects.update(came_from=None)
    Enrolment.objects.all().delete()
    SeatPool.objects.update(taken=0)
    with connection.schema_editor() as editor:
        editor.add_constraint(model, named)
    connection.close()


@pytest.fixture
def no_constraint(crowd: Rush) -> Iterator[None]:
    yield from _without(SeatPool, "no_more_seats_are_taken_than_there_are")


@pytest.fixture
def no_unique(crowd: Rush) -> Iterator[None]:
    yield from _without(Enrolment, "one_live_enrolment_per_student_and_intake")


def _oversells(few: Rush, url: str) -> bool:
    """Let a crowd rush for five seats; tell whether more were given."""
    intake = few.intake(5)
    everybody_at_once(few, intake, url)
    return admitted(intake) > 5


@pytest.mark.usefixtures("no_constraint")
def test_mutant_without_condition_and_constraint_oversells(few: Rush) -> None:
    with serve(few.database, "tests.load.mutants:application", MUTANT="unguarded") as server:
        # Once in a while a rush is so orderly that the mutant gets through it.
        oversold = any(_oversells(few, server.url) for _rush in range(6))
    assert oversold


def test_mutant_without_condition_alone_answers_errors(few: Rush) -> None:
    with serve(few.database, "tests.load.mutants:application", MUTANT="unguarded") as server:
        intake = few.intake(5)
        answers = everybody_at_once(few, intake, server.url)
    assert admitted(intake) <= 5
    assert statuses(answers)[500] > 0, "the last wall holds, but it is no way to say no"


@pytest.mark.skipif("not databases.on_sqlite()", reason="DEFERRED is a mode of SQLite")
def test_mutant_in_deferred_mode_answers_errors(few: Rush) -> None:
    with serve(few.database, "tests.load.mutants:application", MUTANT="deferred") as server:
        answers = everybody_at_once(few, few.intake(5), server.url)
    # Locked at once instead of waiting: told to come again, although nobody kept it for long.
    assert statuses(answers)[500] + statuses(answers)[503] > 0


def test_mutant_in_autocommit_loses_seats(few: Rush) -> None:
    with serve(few.database, "tests.load.mutants:application", MUTANT="autocommit") as server:
        intake = few.intake(60)
        everybody_at_once(few, intake, server.url, clicks=3)
    # The twin's seat is taken by nobody.
    assert [one for one in rushes.faults_of(intake, students=120) if one.startswith("taken: ")]


@pytest.mark.usefixtures("no_unique")
def test_mutant_without_unique_gives_a_person_two_places(few: Rush) -> None:
    with serve(few.database) as server:
        intake = few.intake(60)
        everybody_at_once(few, intake, server.url, clicks=3)
    assert Enrolment.objects.filter(intake=intake).count() > 120
