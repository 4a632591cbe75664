"""Seats and the waiting list, one request after the other; the rush has a test of its own."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from courses.enrolment import actions
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.queries import rank_of
from courses.enrolment.states import MOVES, State
from courses.kit import audit
from courses.kit.refusal import IllegalMove, NotAllowed
from courses.notices.models import Notice
from tests.cast import NOW, Bodies, People, make_intake, person

pytestmark = pytest.mark.django_db


def test_enrol_gives_seats_then_numbers_then_tells(intake: Intake, people: People) -> None:
    third, fourth = person("third", age=16), person("fourth", age=16)
    given = [
        actions.enrol(intake, by=student, at=NOW)
        for student in (people.aylin, people.sara, third, fourth)
    ]
    assert [(e.state, e.sequence) for e in given] == [
        (State.ADMITTED, None),
        (State.ADMITTED, None),
        (State.WAITLISTED, 1),
        (State.WAITLISTED, 2),
    ]
    intake.refresh_from_db()
    assert (intake.taken, intake.queued, intake.free) == (2, 2, 0)
    assert [line.verb for line in audit.trail(given[2])] == ["enrol"]
    assert list(Notice.objects.filter(recipient=third).values_list("kind", flat=True)) == [
        "enrolment.waitlisted"
    ]


def test_enrol_twice_gives_the_same_row(intake: Intake, people: People) -> None:
    first = actions.enrol(intake, by=people.aylin, at=NOW)
    assert actions.enrol(intake, by=people.aylin, at=NOW) == first
    intake.refresh_from_db()
    assert intake.taken == 1


def test_withdraw_moves_the_first_in_the_queue_up(intake: Intake, people: People) -> None:
    waiting = [person(f"waiting{n}", age=16) for n in range(2)]
    first, _second, third, fourth = [
        actions.enrol(intake, by=s, at=NOW) for s in (people.aylin, people.sara, *waiting)
    ]
    actions.withdraw(first, by=people.aylin, reason="اسباب‌کشی", at=NOW)
    third.refresh_from_db()
    fourth.refresh_from_db()
    intake.refresh_from_db()
    assert (first.state, third.state) == (State.WITHDRAWN, State.ADMITTED)
    assert rank_of(fourth) == 1
    assert fourth.sequence == 2, "a number once given is kept"
    assert intake.taken == 2
    line = audit.trail(first).last()
    assert line is not None
    assert (line.verb, line.from_state, line.reason) == ("withdraw", "admitted", "اسباب‌کشی")


def test_coming_back_joins_the_end_of_the_queue(intake: Intake, people: People) -> None:
    other = person("other", age=16)
    first = actions.enrol(intake, by=people.aylin, at=NOW)
    actions.enrol(intake, by=people.sara, at=NOW)
    actions.enrol(intake, by=other, at=NOW)
    actions.withdraw(first, by=people.aylin, at=NOW)
    again = actions.enrol(intake, by=people.aylin, at=NOW)
    assert (again.pk != first.pk, again.state, again.sequence) == (True, State.WAITLISTED, 2)


def test_withdraw_twice_is_refused(intake: Intake, people: People) -> None:
    enrolment = actions.enrol(intake, by=people.aylin, at=NOW)
    actions.withdraw(enrolment, by=people.aylin, at=NOW)
    with pytest.raises(IllegalMove):
        actions.withdraw(enrolment, by=people.aylin, at=NOW)
    intake.refresh_from_db()
    assert intake.taken == 0


def test_nobody_withdraws_somebody_else(intake: Intake, people: People) -> None:
    enrolment = actions.enrol(intake, by=people.aylin, at=NOW)
    for who in (people.stranger, people.sara, people.onlooker, people.teacher):
        with pytest.raises(NotAllowed):
            actions.withdraw(enrolment, by=who, at=NOW)


def test_registrar_enrols_and_withdraws_for_a_student(intake: Intake, people: People) -> None:
    enrolment = actions.enrol(intake, by=people.registrar, student=people.aylin, at=NOW)
    actions.withdraw(enrolment, by=people.registrar, at=NOW)
    assert enrolment.state == State.WITHDRAWN
    with pytest.raises(NotAllowed):
        actions.enrol(intake, by=people.onlooker, student=people.sara, at=NOW)


def test_enrol_refuses_outside_its_window(intake: Intake, people: People) -> None:
    for moment in (intake.opens_at - timedelta(seconds=1), intake.closes_at):
        with pytest.raises(actions.NotEligible):
            actions.enrol(intake, by=people.aylin, at=moment)
    assert not Enrolment.objects.exists()


def test_enrol_refuses_by_age_school_kind_and_missing_record(
    intake: Intake, people: People
) -> None:
    for who in (person("boy", age=16, sex="boy"), person("young", age=13), people.teacher):
        with pytest.raises(actions.NotEligible):
            actions.enrol(intake, by=who, at=NOW)
    assert not Enrolment.objects.exists()


def test_more_seats_go_to_the_queue_in_order(intake: Intake, people: People) -> None:
    students = [person(f"s{n}", age=16) for n in range(5)]
    rows = [actions.enrol(intake, by=s, at=NOW) for s in students]
    actions.change_seats(intake, 4, by=people.registrar, reason="کلاس دوم", at=NOW)
    states = list(Enrolment.objects.order_by("pk").values_list("state", flat=True))
    assert states == [State.ADMITTED] * 4 + [State.WAITLISTED]
    intake.refresh_from_db()
    assert (intake.seats, intake.taken) == (4, 4)
    assert rank_of(Enrolment.objects.get(pk=rows[4].pk)) == 1


def test_seats_are_not_taken_away_from_people(intake: Intake, people: People) -> None:
    actions.enrol(intake, by=people.aylin, at=NOW)
    with pytest.raises(actions.FewerSeatsThanTaken):
        actions.change_seats(intake, 0, by=people.registrar, reason="-", at=NOW)
    for who in (people.teacher, people.onlooker, people.aylin):
        with pytest.raises(NotAllowed):
            actions.change_seats(intake, 9, by=who, reason="-", at=NOW)
    intake.refresh_from_db()
    assert intake.seats == 2


def test_only_the_registrar_opens_an_intake(people: People, bodies: Bodies, intake: Intake) -> None:
    for who in (people.teacher, people.editor, people.onlooker, people.admin):
        with pytest.raises(NotAllowed):
            make_intake(bodies.school, intake.version, code="new", by=who)
    assert make_intake(bodies.school, intake.version, code="new", by=people.registrar).pk


def test_every_move_of_the_table_is_known() -> None:
    moves = {(move.verb, state): move.target for move in MOVES for state in move.sources}
    assert moves == {
        ("promote", State.WAITLISTED): State.ADMITTED,
        ("withdraw", State.ADMITTED): State.WITHDRAWN,
        ("withdraw", State.WAITLISTED): State.WITHDRAWN,
        ("complete", State.ADMITTED): State.COMPLETED,
    }
    for verb in ("promote", "withdraw", "complete"):
        for state in State:
            if (verb, state) not in moves:
                with pytest.raises(IllegalMove):
                    MOVES.target(verb, state)


def test_the_twin_of_a_request_gets_its_answer(
    intake: Intake, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two clicks at once: this one looked before its twin had written."""
    twin = actions.enrol(intake, by=people.aylin, at=NOW)
    looks = iter([None, twin])
    monkeypatch.setattr("courses.enrolment.queries.live_in", lambda *who: next(looks))
    assert actions.enrol(intake, by=people.aylin, at=NOW) == twin
    intake.refresh_from_db()
    assert (intake.taken, Enrolment.objects.count()) == (1, 1)


def test_another_broken_promise_of_the_database_is_not_swallowed(
    intake: Intake, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.enrol(intake, by=people.aylin, at=NOW)
    monkeypatch.setattr("courses.enrolment.queries.live_in", lambda *who: None)
    with pytest.raises(IntegrityError):
        actions.enrol(intake, by=people.aylin, at=NOW)


def test_an_intake_that_closes_while_somebody_asks_is_closed(
    intake: Intake, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window is asked once more in the same statement that takes the seat."""
    monkeypatch.setattr("courses.enrolment.rules.reasons_against", lambda *a, **k: ())
    with pytest.raises(actions.IntakeClosed):
        actions.enrol(intake, by=people.aylin, at=intake.closes_at)
    assert not Enrolment.objects.exists()


def test_an_intake_is_opened_once(intake: Intake, people: People) -> None:
    with pytest.raises(NotAllowed):
        actions.open_intake(intake, by=people.registrar, at=NOW)
