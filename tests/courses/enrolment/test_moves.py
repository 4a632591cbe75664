"""The table of a place's moves: every state times every move, made whole or without a trace."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from courses.enrolment import actions
from courses.enrolment.actions import seats
from courses.enrolment.models import Enrolment, Intake, SeatPool
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
from courses.kit import audit
from courses.kit.refusal import IllegalMove, Refusal
from courses.people.models import User
from tests import databases
from tests.cast import NOW, Bodies, People, make_intake

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


def _brought_to(state: State, intake: Intake, student: User) -> tuple[Enrolment, SeatPool]:
    """Write a place that stands in a state, and take its seat where the state takes one."""
    pool = SeatPool.objects.get(intake=intake)
    seat = state in TAKES_A_SEAT
    enrolment = Enrolment.objects.create(
        intake=intake, student=student, state=state, asked_at=NOW, moved_at=NOW,
        pool=pool if seat else None, sequence=1 if state == State.WAITLISTED else None,
        due_at=NOW + timedelta(days=1) if state in HAS_A_DEADLINE else None,
    )  # fmt: skip
    SeatPool.objects.filter(pk=pool.pk).update(taken=int(seat))
    return enrolment, pool


@pytest.mark.django_db
@pytest.mark.parametrize("state", [*State])
def test_every_action_refuses_what_the_table_has_not(
    state: State, intake: Intake, people: People, bodies: Bodies
) -> None:
    """Every action on a place in every state: a move of the table, or a refusal and no trace."""
    elsewhere = make_intake(bodies.school, intake.version, code="elsewhere")
    enrolment, pool = _brought_to(state, intake, people.aylin)
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
        with databases.undone():
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
        enrolment.refresh_from_db()


@pytest.mark.django_db
@pytest.mark.parametrize("state", [*State])
def test_every_move_from_every_state_is_made_whole_or_leaves_no_trace(
    state: State, intake: Intake, people: People
) -> None:
    """All 15 × 14 pairs in the database, the moves of time and of the machinery among them."""
    enrolment, pool = _brought_to(state, intake, people.aylin)
    for move in MOVES:
        with databases.undone():
            try:
                # As the callers do: what sits down has a seat, what lapses a moment.
                sits = move.target in TAKES_A_SEAT and state not in TAKES_A_SEAT
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
