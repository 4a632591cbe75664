"""Every verb of every room's table from every state: moved with its line, or refused untouched."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from courses.enrolment.models import Enrolment, Intake, SeatChange, SeatPool
from courses.enrolment.states import HAS_A_DEADLINE, TAKES_A_SEAT
from courses.enrolment.states import State as Place
from courses.imports.models import Batch
from courses.kit import audit
from courses.kit.models import AuditEntry
from courses.kit.moves import Moves, move
from courses.kit.refusal import AlreadyDone, IllegalMove, Refusal
from courses.matching.models import MatchOutcome, MatchRound, MatchRun, Objection, PreferenceList
from courses.matching.states import Answer, Ruling
from courses.notices.models import Message
from courses.notices.refusals import BeingSent
from courses.notices.states import Channel, MessageState
from courses.vacancies.models import Vacancy
from tests import databases
from tests.cast import NOW, MakeVacancy, People
from tests.courses.matching.small_rounds import unsaved_round

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@dataclass
class World:
    """What rows hang on."""

    people: People
    intake: Intake
    request: pytest.FixtureRequest

    def vacancy(self, *, draft: bool = False) -> Vacancy:
        """Return a vacancy; the law is put in force for those who need one alone."""
        make: MakeVacancy = self.request.getfixturevalue("make_vacancy")
        return make(draft=draft)


@pytest.fixture
def world(people: People, intake: Intake, request: pytest.FixtureRequest) -> World:
    return World(people, intake, request)


@dataclass(frozen=True)
class Case:
    """How a row comes to stand in a state, and which columns change with it when it comes there."""

    model: type[models.Model]
    row: Callable[[World, str], models.Model]
    # By the state that is reached: as the room's own actions give them.
    changes: Callable[[World, str], dict[str, Any]] = lambda _world, _state: {}
    overtaken: type[Refusal] = IllegalMove
    about: Callable[[Any], models.Model | None] = field(default=lambda _row: None)


def _round(world: World, state: str, code: str = "r-1") -> MatchRound:
    match_round = unsaved_round(
        code, state=state, commitment="c", snapshot_sha256="s", public_value="7",
        published_at=NOW, confirm_until=LATER,
    )  # fmt: skip
    match_round.save()
    return match_round


def _outcome(world: World, answer: str) -> MatchOutcome:
    match_round = _round(world, "published")
    placed = answer != Answer.UNPLACED
    return MatchOutcome.objects.create(
        run=MatchRun.objects.create(
            round=match_round, number=1, started_by=world.people.officer, started_at=NOW
        ),
        list=PreferenceList.objects.create(
            round=match_round, student=world.people.aylin, pseudonym="T-1", changed_at=NOW
        ),
        vacancy=world.vacancy() if placed else None, rank=1 if placed else None, ticket=1,
        wishes=b"", answer=answer,
    )  # fmt: skip


def _answered(world: World, state: str) -> dict[str, Any]:
    if state == Ruling.OPEN:
        return {}
    return {"answer": "-", "answered_by": world.people.officer_2, "answered_at": NOW}


def _objection(world: World, state: str) -> Objection:
    return Objection.objects.create(
        outcome=_outcome(world, Answer.OFFERED), state=state, text="-", raised_at=NOW, due_at=NOW,
        **_answered(world, state),
    )  # fmt: skip


def _vacancy(world: World, state: str) -> Vacancy:
    vacancy = world.vacancy(draft=True)
    vacancy.state = state
    vacancy.save()
    return vacancy


def _batch(world: World, state: str) -> Batch:
    return Batch.objects.create(
        kind="roster", subject="s", file_name="f", digest="d", state=state, total=0,
        made_by=world.people.registrar, made_at=NOW, beat_at=NOW,
    )  # fmt: skip


def _sent(world: World, state: str) -> dict[str, Any]:
    return {"sent_at": NOW, "text": "", "subject": ""} if state == MessageState.SENT else {}


def _message(world: World, state: str) -> Message:
    return Message.objects.create(
        channel=Channel.SMS, to="+989120000000", kind="k", key="k", state=state, not_before=NOW,
        made_at=NOW, **{"text": "-", **_sent(world, state)},
    )  # fmt: skip


def _seated(world: World, state: str) -> dict[str, Any]:
    seat = state in TAKES_A_SEAT
    return {
        "pool": SeatPool.objects.get(intake=world.intake) if seat else None,
        "due_at": LATER if state in HAS_A_DEADLINE else None,
        **({"sequence": 1} if state == Place.WAITLISTED else {}),
    }


def _place(world: World, state: str) -> Enrolment:
    return Enrolment.objects.create(
        intake=world.intake, student=world.people.aylin, state=state, asked_at=NOW, moved_at=NOW,
        **_seated(world, state),
    )  # fmt: skip


def _seat_change(world: World, state: str) -> SeatChange:
    return SeatChange.objects.create(
        pool=SeatPool.objects.get(intake=world.intake), seats=9, reason="-", state=state,
        asked_by=world.people.registrar, asked_at=NOW,
    )  # fmt: skip


CASES: dict[str, Case] = {
    "enrolment.CHANGES": Case(SeatChange, _seat_change, about=lambda row: row.pool.intake),
    "enrolment.MOVES": Case(Enrolment, _place, _seated),
    "imports.MOVES": Case(Batch, _batch, lambda _world, _state: {"done": 0}, AlreadyDone),
    "matching.ANSWERS": Case(MatchOutcome, _outcome, lambda _world, _state: {"answered_at": NOW}),
    "matching.MOVES": Case(MatchRound, _round),
    "matching.OBJECTIONS": Case(Objection, _objection, _answered, AlreadyDone),
    "notices.MOVES": Case(Message, _message, _sent, BeingSent),
    "vacancies.MOVES": Case(Vacancy, _vacancy),
}


def _tables() -> Iterator[tuple[str, Moves]]:
    """Yield every table of every room, found and not listed."""
    for room in apps.get_app_configs():
        if not room.name.startswith("courses.") or room.name == "courses.kit":
            continue
        try:
            states = import_module(f"{room.name}.states")
        except ModuleNotFoundError:
            continue
        for name, value in vars(states).items():
            if isinstance(value, Moves):
                yield f"{room.label}.{name}", value


TABLES = dict(_tables())


def _stored(row: models.Model) -> dict[str, Any]:
    return dict(row._meta.model._base_manager.filter(pk=row.pk).values().get())


def _in_memory(row: models.Model) -> dict[str, Any]:
    return {column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields}


def _columns(row: models.Model, changes: dict[str, Any]) -> dict[str, Any]:
    """Return changes by the names of their columns."""
    return {
        row._meta.get_field(name).attname: getattr(value, "pk", value)  # type: ignore[union-attr]
        for name, value in changes.items()
    }


def _lines(since: int) -> list[tuple[Any, ...]]:
    return [
        (one.object_kind, one.object_id, one.verb, one.by, one.at, one.from_state, one.to_state,
         one.reason, one.facts)
        for one in AuditEntry.objects.filter(pk__gt=since).order_by("pk")
    ]  # fmt: skip


def _newest_line() -> int:
    return AuditEntry.objects.order_by("pk").values_list("pk", flat=True).last() or 0


def test_every_table_of_every_room_is_walked() -> None:
    assert sorted(TABLES) == sorted(CASES)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        pytest.param(name, str(state), id=f"{name} {state}")
        for name, case in CASES.items()
        for state, _label in case.model._meta.get_field(TABLES[name].field).flatchoices  # type: ignore[union-attr]
    ],
)
def test_every_move_is_made_with_its_line_or_refused_without_a_trace(
    name: str, state: str, world: World
) -> None:
    case, table, officer = CASES[name], TABLES[name], world.people.officer
    for step in table:
        with databases.undone():
            row = case.row(world, state)
            twin = case.model._base_manager.get(pk=row.pk)
            before, since = _stored(row), _newest_line()
            changes, about = case.changes(world, step.target), case.about(row)
            how: dict[str, Any] = {
                "by": officer, "at": LATER, "reason": "-", "about": about, "facts": {"n": 1},
            } | changes  # fmt: skip

            if state not in step.sources:
                with pytest.raises(IllegalMove):
                    move(row, table, step.verb, **how)
                assert (_stored(row), _in_memory(row), _lines(since)) == (before, before, [])
                continue
            assert move(row, table, step.verb, **how) is row

            after = before | _columns(row, changes) | {table.field: step.target}
            assert (_stored(row), _in_memory(row)) == (after, after)
            of = about or row
            states = ("", "") if about else (state, step.target)
            line = (of._meta.label_lower, str(of.pk), step.line or step.verb, officer, LATER,
                    *states, "-", {"n": 1})  # fmt: skip
            assert _lines(since) == [line]
            if step.target == state:
                continue
            # Whoever read the row before is too late, twice.
            for _again in range(2):
                with pytest.raises(case.overtaken):
                    move(twin, table, step.verb, **how)
            assert (_stored(row), _lines(since)) == (after, [line])


def test_a_guard_that_does_not_hold_refuses(world: World) -> None:
    message = _message(world, MessageState.WAITING)
    Message.objects.update(lease_owner="relay", lease_until=LATER)
    before = _stored(message)

    with pytest.raises(BeingSent):
        move(message, TABLES["notices.MOVES"], "retry", by=world.people.admin, at=NOW)

    assert (_stored(message), audit.trail(message).count()) == (before, 0)
