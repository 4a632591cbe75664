"""The waiting list: offers, answers, and latecomers who pass nobody."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from courses.curricula.models import ProgrammeVersion
from courses.enrolment import actions, refusals
from courses.enrolment.models import Enrolment, Group, Intake
from courses.enrolment.models.intakes import SeatPoolQuerySet
from courses.enrolment.queries import rank_of
from courses.enrolment.states import State
from courses.enrolment.tasks import sweep_now
from courses.kit import audit
from courses.kit.refusal import NotAllowed
from courses.notices.models import Notice
from tests.cast import NOW, TODAY, Bodies, People, make_intake, person
from tests.courses.enrolment.asking import fresh, intake_of_two_pools, pool_of, students

pytestmark = pytest.mark.django_db


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
    intake = intake_of_two_pools(bodies.school, version, kept=1, days=19, free=0)
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
    intake = intake_of_two_pools(bodies.school, version, kept=1, days=10, free=0)
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
    intake = intake_of_two_pools(bodies.school, version, kept=2, days=2, free=0)
    waiting, *newcomers = students(3)
    first = actions.apply_to(intake, by=waiting, at=NOW)
    # The day has come on which everybody may have the kept seats; the scheduler has not.
    rows = [actions.apply_to(intake, by=one, at=NOW + timedelta(days=2)) for one in newcomers]
    assert fresh(first, *rows) == [State.OFFERED, State.ADMITTED, State.WAITLISTED]


def test_who_moves_here_when_a_reserve_opens_passes_nobody_who_waited(
    bodies: Bodies, version: ProgrammeVersion
) -> None:
    there = intake_of_two_pools(bodies.school, version, kept=1, days=2, free=0, code="there")
    here = make_intake(bodies.school, version)
    waiting, mover = students(2)
    first = actions.apply_to(there, by=waiting, at=NOW)
    place = actions.apply_to(here, by=mover, at=NOW)
    with pytest.raises(refusals.NoSeatsLeft):
        actions.transfer(place, there, by=mover, reason="-", at=NOW + timedelta(days=2))
    assert fresh(place, first) == [State.ADMITTED, State.WAITLISTED]
    assert sweep_now(NOW + timedelta(days=2)) == 0
    assert fresh(first) == [State.OFFERED]


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
