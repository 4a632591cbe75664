"""Seats and the waiting list, one request after the other; the rush has a test of its own."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from courses.curricula.models import ProgrammeVersion
from courses.enrolment import actions, refusals
from courses.enrolment.models import Enrolment, Group, Intake, SeatChange, SeatPool, Tally
from courses.enrolment.models.intakes import SeatPoolQuerySet
from courses.enrolment.queries import rank_of
from courses.enrolment.states import ChangeState, State
from courses.enrolment.tasks import count_seats, sweep_now
from courses.kit import audit
from courses.kit.refusal import IllegalMove, NotAllowed
from courses.notices.models import Notice
from courses.organisations.actions import grant_role
from courses.organisations.models import Role
from courses.people.models import User
from tests.cast import NOW, TODAY, Bodies, People, make_intake, person

pytestmark = pytest.mark.django_db


def students(count: int, **facts: object) -> list[User]:
    return [person(f"s{n}", age=16, **facts) for n in range(count)]  # type: ignore[arg-type]


def pool_of(intake: Intake, group: str = Group.OPEN) -> SeatPool:
    return SeatPool.objects.get(intake=intake, group=group)


def fresh(*rows: Enrolment) -> list[str]:
    for row in rows:
        row.refresh_from_db()
    return [row.state for row in rows]


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


def test_a_freed_seat_is_offered_to_the_next(intake: Intake, people: People) -> None:
    waiting = students(2)
    first, _second, third, fourth = [
        actions.apply_to(intake, by=s, at=NOW) for s in (people.aylin, people.sara, *waiting)
    ]
    first = actions.withdraw(first, by=people.aylin, reason="اسباب‌کشی", at=NOW)
    assert fresh(first, third, fourth) == [State.WITHDRAWN, State.OFFERED, State.WAITLISTED]
    assert third.due_at == NOW + timedelta(hours=48)
    assert first.effective_on == TODAY
    assert rank_of(fourth) == 1
    assert fourth.sequence == 2, "a number once given is kept"
    assert pool_of(intake).taken == 2
    line = audit.trail(first).last()
    assert line is not None
    assert (line.verb, line.from_state, line.reason) == ("withdraw", "admitted", "اسباب‌کشی")
    offer = audit.trail(third).last()
    assert offer is not None
    assert (offer.verb, offer.facts["sequence"], offer.facts["pool"]) == ("offer", 1, "open")


def test_an_offer_is_accepted_once_and_declined_once(intake: Intake, people: People) -> None:
    one, two, three = students(3)
    first, second, third, fourth, fifth = [
        actions.apply_to(intake, by=s, at=NOW) for s in (people.aylin, people.sara, one, two, three)
    ]
    actions.withdraw(first, by=people.aylin, at=NOW)
    actions.withdraw(second, by=people.sara, at=NOW)
    for _twice in range(2):
        third = actions.accept_offer(third, by=one, at=NOW + timedelta(hours=1))
        fourth = actions.decline_offer(fourth, by=two, at=NOW + timedelta(hours=1))
    assert fresh(third, fourth, fifth) == [State.ACCEPTED, State.DECLINED, State.OFFERED]
    with pytest.raises(refusals.OfferOver):
        actions.accept_offer(fourth, by=two, at=NOW + timedelta(hours=1))
    with pytest.raises(refusals.OfferOver):
        actions.decline_offer(third, by=one, at=NOW + timedelta(hours=1))
    assert pool_of(intake).taken == 2


def test_nobody_answers_for_somebody_else(intake: Intake, people: People) -> None:
    (other,) = students(1)
    places = [actions.apply_to(intake, by=s, at=NOW) for s in (people.aylin, people.sara, other)]
    actions.withdraw(places[0], by=people.aylin, at=NOW)
    for who in (people.aylin, people.registrar, None):
        for answer in (actions.accept_offer, actions.decline_offer):
            with pytest.raises(NotAllowed):
                answer(places[2], by=who, at=NOW)


def test_an_offer_lapses_and_the_next_is_asked(intake: Intake, people: People) -> None:
    rows = [actions.apply_to(intake, by=s, at=NOW) for s in students(5)]
    actions.withdraw(rows[0], by=rows[0].student, at=NOW)
    late = NOW + timedelta(hours=48)
    assert sweep_now(late - timedelta(seconds=1)) == 0
    with pytest.raises(refusals.OfferOver):
        actions.accept_offer(rows[2], by=rows[2].student, at=late)
    assert sweep_now(late) == 1
    assert fresh(*rows[2:]) == [State.EXPIRED, State.OFFERED, State.WAITLISTED]
    assert rows[3].due_at == late + timedelta(hours=48)
    assert sweep_now(late) == 0


def test_a_scheduler_that_was_down_skips_nobody(
    bodies: Bodies, people: People, version: ProgrammeVersion
) -> None:
    intake = make_intake(bodies.school, version, seats=1)
    rows = [actions.apply_to(intake, by=s, at=NOW) for s in students(4)]
    actions.withdraw(rows[0], by=rows[0].student, at=NOW)
    # Down for five days: one offer after the other lapses, each person has their own hours.
    for round_number, days in enumerate((5, 10), start=1):
        assert sweep_now(NOW + timedelta(days=days)) == 1
        assert fresh(*rows[1:])[: round_number + 1] == [State.EXPIRED] * round_number + [
            State.OFFERED
        ]
    trails = [[line.verb for line in audit.trail(row)] for row in rows[1:]]
    assert trails == [["apply", "offer", "lapse"], ["apply", "offer", "lapse"], ["apply", "offer"]]


def test_the_list_closes_on_its_day(
    bodies: Bodies, people: People, version: ProgrammeVersion
) -> None:
    intake = make_intake(bodies.school, version, seats=1, list_closes_on=TODAY + timedelta(9))
    first, second = [actions.apply_to(intake, by=s, at=NOW) for s in students(2)]
    assert sweep_now(NOW + timedelta(days=9)) == 0
    actions.withdraw(first, by=first.student, at=NOW + timedelta(days=10))
    assert fresh(second) == [State.WAITLISTED], "nobody is called after the list has closed"
    assert sweep_now(NOW + timedelta(days=10)) == 1
    assert fresh(second) == [State.EXPIRED]
    assert Notice.objects.filter(kind="enrolment.waitlisted_lapsed").count() == 1


def test_coming_back_is_a_new_row_at_the_end(intake: Intake, people: People) -> None:
    other = person("other", age=16)
    first = actions.apply_to(intake, by=people.aylin, at=NOW)
    actions.apply_to(intake, by=people.sara, at=NOW)
    actions.apply_to(intake, by=other, at=NOW)
    actions.withdraw(first, by=people.aylin, at=NOW)
    again = actions.apply_to(intake, by=people.aylin, at=NOW)
    assert (again.pk != first.pk, again.state, again.sequence, again.came_from_id) == (
        True, State.WAITLISTED, 2, first.pk,
    )  # fmt: skip


def test_reserved_seats_are_tried_in_their_order_and_open_on_their_day(
    bodies: Bodies, people: People, version: ProgrammeVersion
) -> None:
    intake = make_intake(
        bodies.school, version,
        parts={
            "pools": [
                SeatPool(group=Group.VILLAGE, seats=1, opens_to_all_on=TODAY + timedelta(3)),
                SeatPool(seats=1),
            ]
        },
    )  # fmt: skip
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


def test_registrar_applies_for_a_student_and_late(intake: Intake, people: People) -> None:
    place = actions.apply_to(intake, by=people.registrar, student=people.aylin, at=NOW)
    assert place.state == State.ADMITTED
    after = intake.closes_at + timedelta(hours=1)
    with pytest.raises(refusals.NotEligible):
        actions.apply_to(intake, by=people.registrar, student=people.sara, at=after)
    late = actions.apply_to(
        intake, by=people.registrar, student=people.sara, late=True, reason="بیماری", at=after
    )
    assert late.state == State.ADMITTED
    for who in (people.onlooker, people.sara, people.teacher):
        with pytest.raises(NotAllowed):
            actions.apply_to(intake, by=who, student=people.sara, late=True, at=after)
    with pytest.raises(refusals.NotEligible):
        actions.apply_to(
            intake, by=people.registrar, student=people.stranger, late=True,
            at=NOW + timedelta(days=40),
        )  # fmt: skip


def test_a_latecomer_passes_nobody_who_waits(
    bodies: Bodies, people: People, version: ProgrammeVersion
) -> None:
    intake = make_intake(
        bodies.school, version,
        parts={
            "pools": [
                SeatPool(group=Group.VILLAGE, seats=1, opens_to_all_on=TODAY + timedelta(19)),
                SeatPool(seats=0),
            ]
        },
    )  # fmt: skip
    actions.apply_to(intake, by=people.aylin, at=NOW)
    actions.confirm_group(intake, people.sara, Group.VILLAGE, by=people.registrar, at=NOW)
    third = person("third", age=16)
    late = [
        actions.apply_to(intake, by=people.registrar, student=student, late=True, at=moment)
        for student, moment in (
            # Nobody in the queue may have the kept seat on this day, so it is hers …
            (people.sara, intake.closes_at + timedelta(hours=1)),
            # … and who comes after her waits behind aylin, also for what opens to everybody.
            (third, NOW + timedelta(days=19)),
        )
    ]
    assert [(one.state, one.sequence) for one in late] == [
        (State.ADMITTED, None),
        (State.WAITLISTED, 2),
    ]


def test_a_latecomer_is_kept_from_a_seat_the_queue_may_have_before_it_was_called(
    bodies: Bodies, people: People, version: ProgrammeVersion
) -> None:
    opens = TODAY + timedelta(days=10)
    intake = make_intake(
        bodies.school, version,
        parts={
            "pools": [
                SeatPool(group=Group.VILLAGE, seats=1, opens_to_all_on=opens),
                SeatPool(seats=0),
            ]
        },
    )  # fmt: skip
    actions.apply_to(intake, by=people.aylin, at=NOW)
    actions.confirm_group(intake, people.sara, Group.VILLAGE, by=people.registrar, at=NOW)
    # The day has come on which aylin may have it; the scheduler has not.
    late = actions.apply_to(
        intake, by=people.registrar, student=people.sara, late=True, at=NOW + timedelta(days=10)
    )
    assert (late.state, late.sequence) == (State.WAITLISTED, 2)


def test_who_asks_when_a_reserve_opens_passes_nobody_who_waited(
    bodies: Bodies, version: ProgrammeVersion
) -> None:
    intake = make_intake(
        bodies.school, version,
        parts={
            "pools": [
                SeatPool(group=Group.VILLAGE, seats=2, opens_to_all_on=TODAY + timedelta(2)),
                SeatPool(seats=0),
            ]
        },
    )  # fmt: skip
    waiting, *newcomers = students(3)
    first = actions.apply_to(intake, by=waiting, at=NOW)
    # The day has come on which everybody may have the kept seats; the scheduler has not.
    rows = [actions.apply_to(intake, by=one, at=NOW + timedelta(days=2)) for one in newcomers]
    assert fresh(first, *rows) == [State.OFFERED, State.ADMITTED, State.WAITLISTED]


def test_who_moves_here_when_a_reserve_opens_passes_nobody_who_waited(
    bodies: Bodies, version: ProgrammeVersion
) -> None:
    there = make_intake(
        bodies.school, version, code="there",
        parts={
            "pools": [
                SeatPool(group=Group.VILLAGE, seats=1, opens_to_all_on=TODAY + timedelta(2)),
                SeatPool(seats=0),
            ]
        },
    )  # fmt: skip
    here = make_intake(bodies.school, version)
    waiting, mover = students(2)
    first = actions.apply_to(there, by=waiting, at=NOW)
    place = actions.apply_to(here, by=mover, at=NOW)
    with pytest.raises(refusals.NoSeatsLeft):
        actions.transfer(place, there, by=mover, reason="-", at=NOW + timedelta(days=2))
    assert fresh(place, first) == [State.ADMITTED, State.WAITLISTED]
    assert sweep_now(NOW + timedelta(days=2)) == 0
    assert fresh(first) == [State.OFFERED]


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


def test_mutant_promotion_without_its_guard_offers_a_seat_twice(
    intake: Intake, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one guarded UPDATE is what keeps a freed seat from two people; the constraint backs it.

    Without the guard one freed seat is promised to everybody who waits, which the database's own
    constraint refuses, and with it the whole withdrawal: no such state is ever committed.
    """
    first, *_rest = [
        actions.apply_to(intake, by=student, at=NOW)
        for student in (people.aylin, people.sara, *students(3))
    ]
    monkeypatch.setattr(SeatPoolQuerySet, "with_room", lambda self: self)
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.withdraw(first, by=people.aylin, at=NOW)
    monkeypatch.undo()
    actions.withdraw(first, by=people.aylin, at=NOW)
    assert Enrolment.objects.filter(state=State.OFFERED).count() == 1
