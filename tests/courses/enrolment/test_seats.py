"""Seats of an intake: given in order, reserved, changed by two, counted."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from courses.curricula.models import ProgrammeVersion
from courses.enrolment import actions, refusals
from courses.enrolment.models import Enrolment, Group, Intake, SeatChange, SeatPool, Tally
from courses.enrolment.states import ChangeState, State
from courses.enrolment.tasks import count_seats, sweep_now
from courses.kit import audit
from courses.kit.refusal import IllegalMove, NotAllowed
from courses.notices.models import Notice
from courses.organisations.actions import grant_role
from courses.organisations.models import Role
from courses.people.models import User
from tests.cast import NOW, TODAY, Bodies, People, make_intake, person
from tests.courses.enrolment.asking import fresh, intake_of_two_pools, pool_of, students

pytestmark = pytest.mark.django_db


def test_apply_gives_seats_then_numbers_then_tells(intake: Intake, people: People) -> None:
    third, fourth = students(2)
    given = [
        actions.apply_to(intake, by=student, at=NOW)
        for student in (people.aylin, people.sara, third, fourth)
    ]
    assert [(e.state, e.sequence) for e in given] == [
        (State.ADMITTED, None),
        (State.ADMITTED, None),
        (State.WAITLISTED, 1),
        (State.WAITLISTED, 2),
    ]
    intake = Intake.objects.get()
    assert (intake.taken, intake.queued, intake.free) == (2, 2, 0)
    assert [line.verb for line in audit.trail(given[2])] == ["apply"]
    assert list(Notice.objects.filter(recipient=third).values_list("kind", flat=True)) == [
        "enrolment.waitlisted"
    ]


def test_apply_twice_gives_the_same_row(intake: Intake, people: People) -> None:
    first = actions.apply_to(intake, by=people.aylin, at=NOW)
    assert actions.apply_to(intake, by=people.aylin, at=NOW) == first
    assert pool_of(intake).taken == 1


def test_no_limit_is_not_none(bodies: Bodies, people: People, version: ProgrammeVersion) -> None:
    endless = make_intake(bodies.school, version, seats=None)
    none = make_intake(bodies.school, version, seats=0, code="none")
    assert actions.apply_to(endless, by=people.aylin, at=NOW).state == State.ADMITTED
    assert actions.apply_to(none, by=people.aylin, at=NOW).state == State.WAITLISTED
    assert (Intake.objects.get(code="intake").free, Intake.objects.get(code="none").free) == (
        None, 0,
    )  # fmt: skip


def test_reserved_seats_are_tried_in_their_order_and_open_on_their_day(
    bodies: Bodies, people: People, version: ProgrammeVersion
) -> None:
    intake = intake_of_two_pools(bodies.school, version, kept=1, days=3, free=1)
    village, *others = students(4)
    plain = [actions.apply_to(intake, by=s, at=NOW) for s in others]
    assert [row.state for row in plain] == [State.ADMITTED, State.WAITLISTED, State.WAITLISTED]
    last = actions.apply_to(intake, by=village, at=NOW)
    assert last.state == State.WAITLISTED, "nothing is proven yet"
    with pytest.raises(NotAllowed):
        actions.confirm_group(intake, village, Group.VILLAGE, by=people.onlooker, at=NOW)
    for _twice in range(2):
        actions.confirm_group(intake, village, Group.VILLAGE, by=people.registrar, at=NOW)
    assert fresh(last, *plain[1:]) == [State.OFFERED, State.WAITLISTED, State.WAITLISTED]
    assert last.pool == pool_of(intake, Group.VILLAGE)
    actions.decline_offer(last, by=village, at=NOW)
    assert fresh(*plain[1:]) == [State.WAITLISTED] * 2, "the reserve is not theirs yet"
    assert sweep_now(NOW + timedelta(days=3)) == 0
    assert fresh(*plain[1:]) == [State.OFFERED, State.WAITLISTED]
    assert plain[1].pool == pool_of(intake, Group.VILLAGE)


def test_women_are_known_without_a_proof(bodies: Bodies, version: ProgrammeVersion) -> None:
    intake = make_intake(
        bodies.school, version, learners="mixed",
        parts={
            "pools": [
                SeatPool(group=Group.WOMEN, seats=1, opens_to_all_on=TODAY + timedelta(3)),
                SeatPool(seats=0),
            ]
        },
    )  # fmt: skip
    boy = actions.apply_to(intake, by=person("boy", age=16, sex="boy"), at=NOW)
    girl = actions.apply_to(intake, by=person("girl", age=16), at=NOW)
    next_girl = actions.apply_to(intake, by=person("girl2", age=16), at=NOW)
    assert [boy.state, girl.state] == [State.WAITLISTED, State.ADMITTED]
    actions.withdraw(girl, by=girl.student, at=NOW)
    assert fresh(boy, next_girl) == [State.WAITLISTED, State.OFFERED]


def test_seats_change_at_once_before_the_opening_and_by_two_after(
    bodies: Bodies, people: People, version: ProgrammeVersion
) -> None:
    intake = make_intake(bodies.school, version, seats=2)
    pool = pool_of(intake)
    before = intake.opens_at - timedelta(days=1)
    changed = actions.change_seats(pool, 1, by=people.registrar, reason="-", at=before)
    assert (changed, pool_of(intake).seats) == (pool, 1)
    rows = [actions.apply_to(intake, by=s, at=NOW) for s in students(3)]
    change = actions.change_seats(pool, 3, by=people.registrar, reason="کلاس دوم", at=NOW)
    assert isinstance(change, SeatChange)
    assert pool_of(intake).seats == 1, "nothing changes before the second person"
    with pytest.raises(refusals.ChangeWaits):
        actions.change_seats(pool, 4, by=people.registrar, reason="-", at=NOW)
    with pytest.raises(refusals.SecondPersonNeeded):
        actions.approve_seat_change(change, by=people.registrar, at=NOW)
    for who in (people.teacher, people.onlooker, people.aylin, people.owner):
        with pytest.raises(NotAllowed):
            actions.approve_seat_change(change, by=who, at=NOW)
    actions.approve_seat_change(change, by=people.officer, at=NOW)
    with pytest.raises(IllegalMove):
        actions.approve_seat_change(change, by=people.officer_2, at=NOW)
    assert fresh(*rows) == [State.ADMITTED, State.OFFERED, State.OFFERED]
    assert (pool_of(intake).seats, pool_of(intake).taken) == (3, 3)
    change.refresh_from_db()
    assert (change.state, change.decided_by) == (ChangeState.APPROVED, people.officer)


def test_a_change_of_seats_is_told_to_who_may_decide_on_it(
    bodies: Bodies, people: People, version: ProgrammeVersion
) -> None:
    def told(code: str) -> set[User]:
        pool = SeatPool.objects.get(intake=make_intake(bodies.school, version, code=code))
        change = actions.change_seats(pool, 9, by=people.registrar, reason="-", at=NOW)
        assert isinstance(change, SeatChange)
        path = f"/seat-changes/{change.public_id}/"
        notices = Notice.objects.filter(kind="enrolment.seats_asked", path=path)
        return {notice.recipient for notice in notices.select_related("recipient")}

    assert told("alone") == {people.officer, people.officer_2}
    second = person("second")
    grant_role(second, bodies.school, Role.REGISTRAR, by=None, at=NOW)
    assert told("together") == {second}


def test_a_refused_change_leaves_the_seats(intake: Intake, people: People) -> None:
    change = actions.change_seats(pool_of(intake), None, by=people.registrar, reason="-", at=NOW)
    assert isinstance(change, SeatChange)
    actions.refuse_seat_change(change, by=people.officer, at=NOW)
    assert pool_of(intake).seats == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        SeatChange.objects.filter(pk=change.pk).update(decided_by=people.registrar)


def test_seats_are_not_taken_away_from_people(intake: Intake, people: People) -> None:
    actions.apply_to(intake, by=people.aylin, at=NOW)
    pool = pool_of(intake)
    with pytest.raises(refusals.FewerSeatsThanTaken):
        actions.change_seats(pool, 0, by=people.registrar, reason="-", at=NOW)
    change = actions.change_seats(pool, 1, by=people.registrar, reason="-", at=NOW)
    assert isinstance(change, SeatChange)
    actions.apply_to(intake, by=people.sara, at=NOW)
    with pytest.raises(refusals.FewerSeatsThanTaken):
        actions.approve_seat_change(change, by=people.officer, at=NOW)
    for who in (people.teacher, people.onlooker, people.aylin):
        with pytest.raises(NotAllowed):
            actions.change_seats(pool, 9, by=who, reason="-", at=NOW)
    assert pool_of(intake).seats == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        SeatPool.objects.filter(pk=pool.pk).update(taken=3)


def test_nobody_holds_places_everywhere(
    bodies: Bodies, people: People, version: ProgrammeVersion, settings: object
) -> None:
    settings.JAVAR_MOST_OPEN_ENROLMENTS = 2  # type: ignore[attr-defined]
    intakes = [make_intake(bodies.school, version, code=f"i{n}") for n in range(3)]
    first = actions.apply_to(intakes[0], by=people.aylin, at=NOW)
    actions.apply_to(intakes[1], by=people.aylin, at=NOW)
    with pytest.raises(refusals.TooManyOpen):
        actions.apply_to(intakes[2], by=people.aylin, at=NOW)
    assert pool_of(intakes[2]).taken == 0
    actions.withdraw(first, by=people.aylin, at=NOW)
    assert actions.apply_to(intakes[2], by=people.aylin, at=NOW).state == State.ADMITTED


def test_apply_refuses_outside_its_window(intake: Intake, people: People) -> None:
    for moment in (intake.opens_at - timedelta(seconds=1), intake.closes_at):
        with pytest.raises(refusals.NotEligible):
            actions.apply_to(intake, by=people.aylin, at=moment)
    assert not Enrolment.objects.exists()


def test_an_intake_that_closes_while_somebody_asks_is_closed(
    intake: Intake, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window is asked once more in the same statement that locks the intake."""
    monkeypatch.setattr("courses.enrolment.rules.reasons_against", lambda *a, **k: ())
    with pytest.raises(refusals.IntakeClosed):
        actions.apply_to(intake, by=people.aylin, at=intake.closes_at)
    assert not Enrolment.objects.exists()


def test_the_twin_of_a_request_gets_its_answer(
    intake: Intake, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two clicks at once: this one looked before its twin had written."""
    twin = actions.apply_to(intake, by=people.aylin, at=NOW)
    looks = iter([None, twin])
    monkeypatch.setattr("courses.enrolment.queries.live_in", lambda *who: next(looks))
    assert actions.apply_to(intake, by=people.aylin, at=NOW) == twin
    assert (pool_of(intake).taken, Enrolment.objects.count()) == (1, 1)


def test_another_broken_promise_of_the_database_is_not_swallowed(
    intake: Intake, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.apply_to(intake, by=people.aylin, at=NOW)
    monkeypatch.setattr("courses.enrolment.queries.live_in", lambda *who: None)
    with pytest.raises(IntegrityError):
        actions.apply_to(intake, by=people.aylin, at=NOW)


def test_only_the_registrar_opens_an_intake(people: People, bodies: Bodies, intake: Intake) -> None:
    for who in (people.teacher, people.editor, people.onlooker, people.admin):
        with pytest.raises(NotAllowed):
            make_intake(bodies.school, intake.version, code="new", by=who)
    assert make_intake(bodies.school, intake.version, code="new", by=people.registrar).pk
    with pytest.raises(NotAllowed):
        actions.open_intake(intake, by=people.registrar, seats=3, at=NOW)


def test_counters_that_left_their_places_are_found(
    intake: Intake, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    actions.apply_to(intake, by=people.aylin, at=NOW)
    done = io.StringIO()
    call_command("count_seats", stdout=done)
    count_seats(NOW)
    assert (done.getvalue().strip(), caplog.messages) == (
        "Every counter agrees with the places.", [],
    )  # fmt: skip
    pool = pool_of(intake)
    SeatPool.objects.filter(pk=pool.pk).update(taken=2)
    Tally.objects.update(open=5)
    with pytest.raises(CommandError) as wrong:
        call_command("count_seats")
    count_seats(NOW)
    assert (
        str(wrong.value).splitlines()
        == caplog.messages
        == [f"pool {pool.pk} counts 2, not 1", f"tally {people.aylin.pk} counts 5, not 1"]
    )


def test_a_proof_calls_everywhere_in_the_school(
    bodies: Bodies, people: People, version: ProgrammeVersion
) -> None:
    first = intake_of_two_pools(bodies.school, version, kept=1, days=9, free=0)
    second = intake_of_two_pools(bodies.school, version, kept=1, days=9, free=0, code="second")
    waits = [actions.apply_to(one, by=people.sara, at=NOW) for one in (first, second)]
    actions.confirm_group(first, people.sara, Group.VILLAGE, by=people.registrar, at=NOW)
    assert fresh(*waits) == [State.OFFERED, State.OFFERED]
