"""Small rounds for tests: drafted at NOW, wishes for five days, ranking for two more."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from courses.kit import audit
from courses.kit.moves import move
from courses.matching.actions.freezing import freeze_round, type_in_public_value
from courses.matching.actions.publishing import acknowledge_effect, approve_result, publish_round
from courses.matching.actions.rounds import close_round, draft_round, open_round
from courses.matching.actions.runs import finish_run, start_run
from courses.matching.actions.scoring import publish_scoring_rule
from courses.matching.market import snapshot_of
from courses.matching.models import (
    Application,
    MatchOutcome,
    MatchRound,
    MatchRun,
    ReserveEffect,
    ScoringRule,
)
from courses.matching.queries import result_of
from courses.matching.solver.snapshot import Snapshot
from courses.matching.states import MOVES, State
from courses.notices.models import Notice
from courses.organisations.actions import grant_role
from courses.organisations.models import Organisation, Role
from courses.people.models import User
from courses.vacancies.models import Vacancy
from tests.cast import NOW, People, person

WISHES_CLOSE = NOW + timedelta(days=5)
RANKING_CLOSES = NOW + timedelta(days=7)
RANKING = NOW + timedelta(days=6)
READY = NOW + timedelta(days=8)
ANSWERED = READY + timedelta(days=6)
SEED = bytes(range(32))


def unsaved_round(code: str = "r-1", **changes: object) -> MatchRound:
    """Return an unsaved round with both deadlines ahead."""
    plain: dict[str, object] = {
        "code": code, "title_fa": "دور پاییز", "title_en": "Autumn round",
        "wishes_close_at": WISHES_CLOSE, "ranking_closes_at": RANKING_CLOSES,
        "public_source": "the draw of the day after the freeze",
    }  # fmt: skip
    return MatchRound(**(plain | changes))


def drafted(people: People, code: str = "r-1", **changes: object) -> MatchRound:
    """Return a draft."""
    return draft_round(unsaved_round(code, **changes), by=people.officer, at=NOW)


def opened(people: People, code: str = "r-1", **changes: object) -> MatchRound:
    """Return an open round; vacancies must have been published before."""
    return open_round(drafted(people, code, **changes), by=people.officer, at=NOW, seed=SEED)


def frozen(match_round: MatchRound, people: People) -> MatchRound:
    """Freeze an open round after its deadlines, and type in its public value."""
    freeze_round(match_round, by=people.officer_2, at=READY)
    return type_in_public_value(
        match_round, value="7 12 31", source="the paper of 11 Azar", by=people.officer_2, at=READY
    )


def running(match_round: MatchRound, people: People) -> MatchRun:
    """Return a run that was started and whose worker has not come yet."""
    move(match_round, MOVES, "start_run", by=people.officer, at=READY)
    return MatchRun.objects.create(
        round=match_round, number=match_round.runs.count() + 1,
        started_by=people.officer, started_at=READY,
    )  # fmt: skip


def proposed(match_round: MatchRound, people: People) -> MatchRound:
    """Run a frozen round to its end; the officer ran it."""
    finish_run(start_run(match_round, by=people.officer, at=READY), at=READY)
    match_round.refresh_from_db()
    return match_round


def published(match_round: MatchRound, people: People) -> MatchRound:
    """Freeze, run and publish an open round."""
    ready = proposed(frozen(match_round, people), people)
    return delivered(ready, people)


def delivered(match_round: MatchRound, people: People) -> MatchRound:
    """Approve a proposed result as the second officer, and let the worker publish it."""
    approve_result(match_round, by=people.officer_2, at=READY)
    return publish_round(match_round, at=READY)


def in_state(state: str, people: People) -> MatchRound:
    """Return a round brought to a state by its actions."""
    match_round = drafted(people)
    if state == State.DRAFT:
        return match_round
    open_round(match_round, by=people.officer, at=NOW, seed=SEED)
    if state == State.OPEN:
        return match_round
    frozen(match_round, people)
    if state == State.RUNNING:
        running(match_round, people)
    if state in (State.FROZEN, State.RUNNING):
        return match_round
    proposed(match_round, people)
    if state == State.PROPOSED:
        return match_round
    delivered(match_round, people)
    return (
        match_round
        if state == State.PUBLISHED
        else close_round(match_round, by=people.officer, at=ANSWERED)
    )


def next_officer(state: str, people: People) -> User:
    """Return the officer who may make the next move: not who made the one before."""
    return people.officer if state == State.FROZEN else people.officer_2


def student_of(school: Organisation, name: str, *, age: int = 16) -> User:
    """Return somebody who learns at a school."""
    student = person(name, age=age)
    grant_role(student, school, Role.STUDENT, by=None, at=NOW)
    return student


def ruled(vacancy: Vacancy, match_round: MatchRound, people: People) -> ScoringRule:
    """Publish a scoring rule for a vacancy: half for lessons, then quizzes, then nearness."""
    return publish_scoring_rule(
        vacancy, match_round, lessons=50, quizzes=30, nearness=20, by=people.owner, at=NOW
    )


def wishes_of(student: User) -> list[str]:
    """Return the codes of the vacancies a student asked for, in order."""
    return list(
        Application.objects.filter(list__student=student).values_list("vacancy__code", flat=True)
    )


def told(kind: str) -> list[str]:
    """Return who was told something of a kind, by name."""
    return sorted(Notice.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def verbs_of(match_round: MatchRound) -> list[str]:
    """Return what was done to a round, in order."""
    return [line.verb for line in audit.trail(match_round)]


def strangers_to_rounds(people: People) -> list[User]:
    """Return everybody who is no officer."""
    return [
        people.aylin, people.stranger, people.teacher, people.registrar, people.onlooker,
        people.owner, people.mentor, people.rival, people.admin,
    ]  # fmt: skip


def published_whomever_it_hurts(match_round: MatchRound, people: People) -> MatchRound:
    """Publish an open round after its second officer has read every effect of its reserves."""
    ready = proposed(frozen(match_round, people), people)
    for effect in ReserveEffect.objects.filter(run__round=ready):
        acknowledge_effect(effect, by=people.officer_2, at=READY)
    return delivered(ready, people)


def snapshot_now(match_round: MatchRound) -> Snapshot:
    """Return what a freeze of the round would keep."""
    return snapshot_of(match_round).snapshot


def refused_wishes(snapshot: Snapshot) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the wishes a rule forbids with its reasons."""
    owners = np.repeat(np.arange(len(snapshot.students)), snapshot.lengths)
    return {
        (snapshot.students[owner], snapshot.vacancies[vacancy].code): snapshot.refusals[refusal]
        for owner, vacancy, refusal in zip(
            owners.tolist(), snapshot.vacancy.tolist(), snapshot.refusal.tolist(), strict=True
        )
        if refusal >= 0
    }


@dataclass
class SmallRound:
    """A published round in which every reason occurs; who is who by name."""

    round: MatchRound
    students: dict[str, User]
    vacancies: dict[str, Vacancy]
    lucky: str
    unlucky: str

    def outcome(self, name: str) -> MatchOutcome:
        """Return the published outcome of somebody."""
        found = result_of(self.students[name], self.round)
        assert found is not None
        return found
