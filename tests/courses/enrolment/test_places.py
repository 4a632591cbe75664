"""A place's later life: transfer, deferral, withdrawal, completion."""

from datetime import timedelta

import pytest

from courses.curricula.models import ProgrammeVersion
from courses.enrolment import actions, refusals
from courses.enrolment.models import Criterion, Intake
from courses.enrolment.states import State
from courses.kit import audit
from courses.kit.refusal import IllegalMove, NotAllowed
from tests.cast import NOW, TODAY, Bodies, People, make_intake
from tests.courses.enrolment.asking import fresh, pool_of, students

pytestmark = pytest.mark.django_db


def test_withdraw_twice_is_refused(intake: Intake, people: People) -> None:
    enrolment = actions.apply_to(intake, by=people.aylin, at=NOW)
    actions.withdraw(enrolment, by=people.aylin, at=NOW)
    with pytest.raises(IllegalMove):
        actions.withdraw(enrolment, by=people.aylin, at=NOW)
    assert pool_of(intake).taken == 0


def test_nobody_moves_somebody_else(intake: Intake, people: People) -> None:
    enrolment = actions.apply_to(intake, by=people.aylin, at=NOW)
    for who in (people.stranger, people.sara, people.onlooker, people.teacher):
        with pytest.raises(NotAllowed):
            actions.withdraw(enrolment, by=who, at=NOW)
        with pytest.raises(NotAllowed):
            actions.defer(enrolment, by=who, reason="-", at=NOW)
        with pytest.raises(NotAllowed):
            actions.transfer(enrolment, intake, by=who, reason="-", at=NOW)


def test_deferring_frees_the_seat_from_a_day(intake: Intake, people: People) -> None:
    rows = [actions.apply_to(intake, by=s, at=NOW) for s in students(3)]
    day = TODAY + timedelta(30)
    gone = actions.defer(rows[0], by=rows[0].student, reason="بیماری", effective_on=day, at=NOW)
    assert (gone.state, gone.effective_on) == (State.DEFERRED, day)
    assert fresh(rows[2]) == [State.OFFERED]


def test_transfer_keeps_the_old_seat_until_the_new_is_sure(
    bodies: Bodies, people: People, version: ProgrammeVersion
) -> None:
    here = make_intake(bodies.school, version, seats=1)
    full = make_intake(bodies.school, version, seats=0, code="full")
    there = make_intake(bodies.school, version, seats=1, code="there")
    place = actions.apply_to(here, by=people.aylin, at=NOW)
    waiting = actions.apply_to(here, by=people.sara, at=NOW)
    with pytest.raises(refusals.NoSeatsLeft):
        actions.transfer(place, full, by=people.aylin, reason="-", at=NOW)
    with pytest.raises(refusals.NoSeatsLeft):
        actions.transfer(place, here, by=people.aylin, reason="-", at=NOW)
    assert fresh(place, waiting) == [State.ADMITTED, State.WAITLISTED]
    moved = actions.transfer(place, there, by=people.aylin, reason="راه", at=NOW)
    assert actions.transfer(place, there, by=people.aylin, reason="راه", at=NOW) == moved
    assert (moved.state, moved.came_from) == (State.ADMITTED, place)
    assert fresh(place, waiting) == [State.TRANSFERRED, State.OFFERED]
    assert [pool_of(one).taken for one in (here, there)] == [1, 1]
    assert [line.verb for line in audit.trail(moved)] == ["transfer_in"]


def test_a_registrar_transfers_late_within_schools_they_keep(
    bodies: Bodies, people: People, version: ProgrammeVersion
) -> None:
    here = make_intake(bodies.school, version, seats=1)
    there = make_intake(bodies.school, version, seats=1, code="there")
    elsewhere = make_intake(bodies.other_school, version, seats=1, code="else", learners="girls")
    place = actions.apply_to(here, by=people.aylin, at=NOW)
    after = there.closes_at + timedelta(hours=1)
    with pytest.raises(refusals.NotEligible):
        actions.transfer(place, there, by=people.aylin, reason="-", at=after)
    with pytest.raises(NotAllowed):
        actions.transfer(place, elsewhere, by=people.registrar, reason="-", at=after)
    moved = actions.transfer(place, there, by=people.registrar, reason="-", at=after)
    assert moved.state == State.ADMITTED
    blocked = actions.apply_to(
        make_intake(bodies.school, version, seats=0, code="queue"), by=people.sara, at=NOW
    )
    with pytest.raises(refusals.NoSeatsLeft):
        actions.transfer(moved, blocked.intake, by=people.registrar, reason="-", at=after)


def test_completing_uses_no_seat_any_more(intake: Intake, people: People) -> None:
    rows = [actions.apply_to(intake, by=s, at=NOW) for s in students(3)]
    actions.complete(rows[0], by=None, at=NOW + timedelta(days=60))
    assert fresh(*rows) == [State.COMPLETED, State.ADMITTED, State.WAITLISTED]
    assert pool_of(intake).taken == 1


def test_nobody_passes_a_review_by_coming_from_elsewhere(
    bodies: Bodies, people: People, version: ProgrammeVersion
) -> None:
    here = make_intake(bodies.school, version)
    there = make_intake(
        bodies.school, version, code="there", policy="reviewed",
        parts={"criteria": [Criterion(title_fa="نمونه‌کار", title_en="Portfolio", points=20)]},
    )  # fmt: skip
    place = actions.apply_to(here, by=people.aylin, at=NOW)
    with pytest.raises(refusals.ReviewDecides):
        actions.transfer(place, there, by=people.aylin, reason="-", at=NOW)
    waits = actions.apply_to(there, by=people.sara, at=NOW)
    after = there.closes_at + timedelta(hours=1)
    with pytest.raises(refusals.ReviewDecides):
        actions.transfer(place, there, by=people.registrar, reason="-", at=after)
    late = actions.apply_to(there, by=people.registrar, student=people.aylin, late=True, at=after)
    assert fresh(place, waits, late) == [State.ADMITTED, State.SUBMITTED, State.SUBMITTED]
