"""Random histories of two intakes keep every promise."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from courses.enrolment import actions
from courses.enrolment.models import Enrolment, Group, Intake, SeatChange, SeatPool, Tally
from courses.enrolment.queries import next_waiting
from courses.enrolment.states import LIVE, OPEN, TAKES_A_SEAT, State
from courses.enrolment.tasks import sweep_now
from courses.kit import audit
from courses.kit.calendars import today
from courses.kit.refusal import Refusal
from courses.people.models import Consent
from tests.cast import NOW, TODAY, Bodies, People, guardian_of, make_intake, person

PEOPLE = 5
index = st.integers(0, PEOPLE - 1)
where = st.integers(0, 1)


class Histories(RuleBasedStateMachine):
    """Random histories of an intake with a reserve and an open pool, and of one beside it."""

    world: Any = None

    @initialize(seats=st.integers(0, 2), reserve=st.integers(0, 2))
    def open(self, seats: int, reserve: int) -> None:
        self.point = transaction.savepoint()
        self.now = NOW
        self.intakes = [
            make_intake(
                self.world.bodies.school, self.world.version, code=f"history-{number}",
                starts_on=TODAY + timedelta(days=25), closes_at=NOW + timedelta(days=12),
                parts={"pools": pools},
            )
            for number, pools in enumerate(
                (
                    [
                        SeatPool(
                            group=Group.VILLAGE, seats=reserve,
                            opens_to_all_on=TODAY + timedelta(days=3),
                        ),
                        SeatPool(seats=seats),
                    ],
                    [SeatPool(seats=seats)],
                )
            )
        ]  # fmt: skip
        self.order: dict[int, list[int]] = {}

    def teardown(self) -> None:
        if hasattr(self, "point"):
            transaction.savepoint_rollback(self.point)

    def _try(self, action: Any) -> None:
        try:
            with transaction.atomic():
                action()
        except Refusal:
            pass

    def _live(self, who: int, where: int) -> Enrolment | None:
        return Enrolment.objects.filter(
            intake=self.intakes[where], student=self.world.students[who], state__in=LIVE
        ).first()

    def _with(self, who: int, where: int, action: Any) -> None:
        place = self._live(who, where)
        if place is not None:
            self._try(lambda: action(place))

    def _enters(self, who: int, where: int, action: Any) -> None:
        """Let somebody come in; whoever waited longer and may have that seat still has it first."""
        before = set(Enrolment.objects.values_list("pk", flat=True))
        self._try(action)
        entered = Enrolment.objects.exclude(pk__in=before).filter(state__in=TAKES_A_SEAT).first()
        if entered is not None and entered.pool is not None:
            assert next_waiting(entered.pool, on=today(self.now)) is None

    @rule(who=index, where=where)
    def apply(self, who: int, where: int) -> None:
        student = self.world.students[who]
        self._enters(
            who,
            where,
            lambda: actions.apply_to(self._fresh(where), by=student, at=self.now),
        )

    @rule(who=index, where=where)
    def late(self, who: int, where: int) -> None:
        self._enters(
            who,
            where,
            lambda: actions.apply_to(
                self._fresh(where),
                by=self.world.registrar,
                student=self.world.students[who],
                late=True,
                at=self.now,
            ),
        )

    def _fresh(self, where: int) -> Intake:
        return Intake.objects.get(pk=self.intakes[where].pk)

    @rule(who=index, where=where)
    def transfer(self, who: int, where: int) -> None:
        student, to = self.world.students[who], self._fresh(1 - where)
        self._enters(
            who,
            1 - where,
            lambda: self._with(
                who,
                where,
                lambda p: actions.transfer(p, to, by=student, reason="-", at=self.now),
            ),
        )

    @rule(who=index, where=where)
    def accept(self, who: int, where: int) -> None:
        student = self.world.students[who]
        self._with(who, where, lambda p: actions.accept_offer(p, by=student, at=self.now))

    @rule(who=index, where=where)
    def decline(self, who: int, where: int) -> None:
        student = self.world.students[who]
        self._with(who, where, lambda p: actions.decline_offer(p, by=student, at=self.now))

    @rule(who=index, where=where)
    def withdraw(self, who: int, where: int) -> None:
        student = self.world.students[who]
        self._with(who, where, lambda p: actions.withdraw(p, by=student, at=self.now))

    @rule(who=index, where=where)
    def defer(self, who: int, where: int) -> None:
        student = self.world.students[who]
        self._with(who, where, lambda p: actions.defer(p, by=student, reason="-", at=self.now))

    @rule(who=index, where=where)
    def enrol(self, who: int, where: int) -> None:
        self._with(who, where, lambda p: actions.enrol(p, by=self.world.registrar, at=self.now))

    @rule(who=index, where=where)
    def complete(self, who: int, where: int) -> None:
        self._with(who, where, lambda p: actions.complete(p, by=None, at=self.now))

    @rule(who=index, where=where)
    def refuse(self, who: int, where: int) -> None:
        registrar = self.world.registrar
        self._with(who, where, lambda p: actions.refuse(p, by=registrar, reason="-", at=self.now))

    @rule(who=index, where=where)
    def consent(self, who: int, where: int) -> None:
        guardian = self.world.guardians[who]
        self._with(
            who,
            where,
            lambda p: actions.give_consent(p, guardian, channel="sms", by=None, at=self.now),
        )

    @rule(who=index, where=where)
    def take_back(self, who: int, where: int) -> None:
        guardian = self.world.guardians[who]
        self._with(who, where, lambda p: actions.take_consent_back(p, guardian, at=self.now))

    @rule(who=index)
    def prove(self, who: int) -> None:
        student = self.world.students[who]
        self._try(
            lambda: actions.confirm_group(
                self.intakes[0], student, Group.VILLAGE, by=self.world.registrar, at=self.now
            )
        )

    @rule(seats=st.integers(0, 4), which=st.sampled_from([Group.OPEN, Group.VILLAGE]))
    def resize(self, seats: int, which: str) -> None:
        pool = SeatPool.objects.get(intake=self.intakes[0], group=which)

        def change() -> None:
            asked = actions.change_seats(
                pool, seats, by=self.world.registrar, reason="-", at=self.now
            )
            assert isinstance(asked, SeatChange)
            actions.approve_seat_change(asked, by=self.world.officer, at=self.now)

        self._try(change)

    @rule(hours=st.sampled_from([1, 12, 30, 50, 130]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def sweep(self) -> None:
        sweep_now(self.now)

    @invariant()
    def every_pool_counts_its_seats(self) -> None:
        for pool in SeatPool.objects.filter(intake__in=getattr(self, "intakes", [])):
            counted = Enrolment.objects.filter(pool=pool, state__in=TAKES_A_SEAT).count()
            assert pool.taken == counted
            assert pool.seats is None or pool.taken <= pool.seats

    @invariant()
    def numbers_are_given_once_and_never_change(self) -> None:
        for intake in getattr(self, "intakes", []):
            intake.refresh_from_db()
            numbers = list(
                Enrolment.objects.filter(intake=intake)
                .exclude(sequence=None)
                .order_by("sequence")
                .values_list("sequence", "pk")
            )
            assert [number for number, _key in numbers] == list(range(1, intake.queued + 1))
            keys = [key for _number, key in numbers]
            before = self.order.get(intake.pk, [])
            assert keys[: len(before)] == before
            self.order[intake.pk] = keys

    @invariant()
    def no_seat_is_free_while_somebody_may_have_it(self) -> None:
        for intake in getattr(self, "intakes", []):
            if today(self.now) > intake.list_closes_on:
                continue
            waiting = Enrolment.objects.filter(intake=intake, state=State.WAITLISTED)
            free = {
                pool.group: pool for pool in SeatPool.objects.filter(intake=intake) if pool.has_room
            }
            if Group.OPEN in free:
                assert not waiting.exists()
            if Group.VILLAGE in free:
                proven = waiting.filter(student__group_proofs__group=Group.VILLAGE)
                assert not proven.exists()

    @invariant()
    def nobody_is_overtaken_and_every_offer_is_explained(self) -> None:
        for intake in getattr(self, "intakes", []):
            for place in Enrolment.objects.filter(intake=intake, state=State.OFFERED):
                line = audit.trail(place).filter(verb="offer").last()
                assert line is not None
                assert line.facts["sequence"] == place.sequence
                assert line.facts["pool"] == place.pool.group  # type: ignore[union-attr]
                if place.pool is not None and place.pool.group == Group.OPEN:
                    # Whoever waits with a smaller number came to it after the offer was made.
                    ahead = Enrolment.objects.filter(
                        intake=intake, state=State.WAITLISTED, sequence__lt=place.sequence
                    )
                    assert not ahead.exists()

    @invariant()
    def a_person_has_one_live_row_and_a_right_tally(self) -> None:
        if not hasattr(self, "intakes"):
            return
        for student in self.world.students:
            rows = Enrolment.objects.filter(student=student)
            live = list(rows.filter(state__in=LIVE).values_list("intake", flat=True))
            assert len(live) == len(set(live))
            tally = Tally.objects.filter(student=student).first()
            assert (tally.open if tally else 0) == rows.filter(state__in=OPEN).count()

    @invariant()
    def a_minor_sits_surely_only_with_consent(self) -> None:
        sure = Enrolment.objects.filter(
            intake__in=getattr(self, "intakes", []),
            state__in=[State.ADMITTED, State.ACCEPTED, State.ENROLLED],
        )
        for place in sure:
            assert Consent.objects.filter(
                guardian__student=place.student_id, revoked_at__isnull=True
            ).exists()


@pytest.mark.django_db
def test_random_histories_keep_every_promise(
    bodies: Bodies, people: People, version: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os  # noqa: PLC0415

    from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415

    class World:
        pass

    world: Any = World()
    world.bodies, world.version = bodies, version
    world.registrar, world.officer = people.registrar, people.officer
    world.students = [person(f"h{n}", age=16, consented=n % 2 == 0) for n in range(PEOPLE)]
    world.guardians = [
        student.guardians.first() or guardian_of(student) for student in world.students
    ]
    monkeypatch.setattr(Histories, "world", world)
    deep = os.environ.get("JAVAR_DEEP") == "1"
    run_state_machine_as_test(
        Histories,
        settings=hypothesis_settings(
            max_examples=2000 if deep else 25, stateful_step_count=25,
            deadline=None,
        ),
    )  # fmt: skip
