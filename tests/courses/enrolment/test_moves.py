"""The whole table of moves, and thousands of random histories of an intake."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from courses.enrolment import actions
from courses.enrolment.actions import seats
from courses.enrolment.models import Enrolment, Group, Intake, SeatChange, SeatPool, Tally
from courses.enrolment.queries import next_waiting
from courses.enrolment.states import (
    CHANGES,
    HAS_A_DEADLINE,
    LIVE,
    MOVES,
    OPEN,
    STUDIES,
    TAKES_A_SEAT,
    ChangeState,
    State,
)
from courses.enrolment.tasks import sweep_now
from courses.kit import audit
from courses.kit.calendars import today
from courses.kit.refusal import IllegalMove, Refusal
from courses.people.models import Consent
from tests.cast import NOW, TODAY, Bodies, People, guardian_of, make_intake, person

TABLE = """
hold               submitted                                   → held
admit              submitted held                              → admitted
queue              submitted                                   → waitlisted
refuse             submitted held                              → refused
offer              waitlisted                                  → offered
accept             offered                                     → accepted
accept_on_consent  offered                                     → held
decline            offered                                     → declined
lapse              held offered waitlisted                     → expired
enrol              admitted accepted                           → enrolled
hold_again         admitted accepted enrolled                  → held
defer              admitted accepted enrolled                  → deferred
transfer           admitted accepted enrolled waitlisted       → transferred
withdraw           submitted held admitted waitlisted offered accepted enrolled → withdrawn
complete           admitted accepted enrolled                  → completed
"""


def test_every_state_and_move_is_in_the_table() -> None:
    wanted = {}
    for line in TABLE.strip().splitlines():
        left, target = line.split("→")
        verb, *sources = left.split()
        wanted[verb] = (set(sources), target.strip())
    assert {m.verb: (set(m.sources), m.target) for m in MOVES} == wanted
    pairs = 0
    for verb, (sources, target) in wanted.items():
        for state in State:
            pairs += 1
            if state in sources:
                assert MOVES.target(verb, state) == target
            else:
                with pytest.raises(IllegalMove):
                    MOVES.target(verb, state)
    assert pairs == 15 * 14
    assert {"held", "admitted", "offered", "accepted", "enrolled"} == TAKES_A_SEAT
    assert {"submitted", "waitlisted"} == OPEN - TAKES_A_SEAT
    assert {"completed"} == LIVE - OPEN
    assert {"admitted", "accepted", "enrolled", "completed"} == STUDIES
    assert {"held", "offered"} == HAS_A_DEADLINE


def test_a_change_of_seats_is_decided_once() -> None:
    for verb in ("approve", "refuse"):
        for state in ChangeState:
            assert CHANGES.allows(verb, state) == (state == ChangeState.ASKED)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [*State])
def test_every_action_refuses_what_the_table_has_not(
    state: State, intake: Intake, people: People, bodies: Bodies
) -> None:
    """Every action on a place in every state: a move of the table, or a refusal and no trace."""
    elsewhere = make_intake(bodies.school, intake.version, code="elsewhere")
    pool = SeatPool.objects.get(intake=intake)
    seat = state in TAKES_A_SEAT
    enrolment = Enrolment.objects.create(
        intake=intake, student=people.aylin, state=state, asked_at=NOW, moved_at=NOW,
        pool=pool if seat else None, sequence=1 if state == State.WAITLISTED else None,
        due_at=NOW + timedelta(days=1) if state in HAS_A_DEADLINE else None,
    )  # fmt: skip
    SeatPool.objects.filter(pk=pool.pk).update(taken=int(seat))
    doing: dict[str, Any] = {
        "accept": lambda e: actions.accept_offer(e, by=people.aylin, at=NOW),
        "decline": lambda e: actions.decline_offer(e, by=people.aylin, at=NOW),
        "enrol": lambda e: actions.enrol(e, by=people.registrar, at=NOW),
        "refuse": lambda e: actions.refuse(e, by=people.registrar, reason="-", at=NOW),
        "withdraw": lambda e: actions.withdraw(e, by=people.aylin, at=NOW),
        "defer": lambda e: actions.defer(e, by=people.aylin, reason="-", at=NOW),
        "transfer": lambda e: actions.transfer(e, elsewhere, by=people.aylin, reason="-", at=NOW),
        "complete": lambda e: actions.complete(e, by=None, at=NOW),
    }
    # Saying again what was said is no move and no harm.
    again = {("accept", "accepted"), ("accept", "held"), ("accept", "enrolled"),
             ("decline", "declined")}  # fmt: skip
    for verb, action in doing.items():
        with transaction.atomic():
            try:
                action(Enrolment.objects.get(pk=enrolment.pk))
                done = True
            except Refusal:
                done = False
            enrolment.refresh_from_db()
            trail = list(audit.trail(enrolment))
            if (verb, state) in again:
                assert (done, enrolment.state, trail) == (True, state, [])
            elif MOVES.allows(verb, state):
                assert (done, enrolment.state) == (True, MOVES[verb].target)
                assert [(line.from_state, line.to_state) for line in trail][:1] == [
                    (state, MOVES[verb].target)
                ]
            else:
                assert (done, enrolment.state, trail) == (False, state, [])
            pool.refresh_from_db()
            assert pool.taken == int(enrolment.state in TAKES_A_SEAT)
            transaction.set_rollback(True)
        enrolment.refresh_from_db()


@pytest.mark.django_db
@pytest.mark.parametrize("state", [*State])
def test_every_move_from_every_state_is_made_whole_or_leaves_no_trace(
    state: State, intake: Intake, people: People
) -> None:
    """All 15 × 14 pairs in the database, the moves of time and of the machinery among them."""
    pool = SeatPool.objects.get(intake=intake)
    seat = state in TAKES_A_SEAT
    enrolment = Enrolment.objects.create(
        intake=intake, student=people.aylin, state=state, asked_at=NOW, moved_at=NOW,
        pool=pool if seat else None, sequence=1 if state == State.WAITLISTED else None,
        due_at=NOW + timedelta(days=1) if state in HAS_A_DEADLINE else None,
    )  # fmt: skip
    SeatPool.objects.filter(pk=pool.pk).update(taken=int(seat))
    for move in MOVES:
        with transaction.atomic():
            try:
                # As the callers do: what sits down has a seat, what lapses a moment.
                sits = move.target in TAKES_A_SEAT and not seat
                seats.move(
                    Enrolment.objects.get(pk=enrolment.pk), move.verb, by=None, at=NOW,
                    pool=seats.take_seat([pool]) if sits else None,
                    due_at=NOW if move.target in HAS_A_DEADLINE else None,
                    sequence=1 if move.target == State.WAITLISTED else None,
                )  # fmt: skip
                target: str = move.target
            except IllegalMove:
                target = ""
            enrolment.refresh_from_db()
            trail = [(one.verb, one.from_state, one.to_state) for one in audit.trail(enrolment)]
            if MOVES.allows(move.verb, state):
                assert (target, enrolment.state) == (move.target, move.target)
                assert trail == [(move.verb, state, move.target)]
                pool.refresh_from_db()
                assert pool.taken == int(move.target in TAKES_A_SEAT)
            else:
                assert (target, enrolment.state, trail) == ("", state, [])
            transaction.set_rollback(True)
        enrolment.refresh_from_db()


@pytest.mark.django_db
def test_the_database_refuses_what_no_history_can_be(intake: Intake, people: People) -> None:
    seat = actions.apply_to(intake, by=people.aylin, at=NOW)
    wrong: list[dict[str, Any]] = [
        {"pool": None}, {"state": State.WAITLISTED}, {"state": State.OFFERED},
        {"due_at": NOW}, {"state": State.WITHDRAWN},
    ]  # fmt: skip
    for change in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            Enrolment.objects.filter(pk=seat.pk).update(**change)


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
            max_examples=2000 if deep else 60, stateful_step_count=25,
            deadline=None,
        ),
    )  # fmt: skip
