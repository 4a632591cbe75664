"""Runs: solved, verified, proposed or withheld, finished once; and the closing of a round."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection

from courses.kit import audit
from courses.kit.refusal import AlreadyDone, IllegalMove
from courses.matching import tasks
from courses.matching.actions import freezing, publishing, rounds, runs
from courses.matching.actions.wishes import add_wish
from courses.matching.models import FrozenMarket, MatchOutcome, MatchRound, MatchRun, RunResult
from courses.matching.queries import good_run, placed_by_rank
from courses.matching.refusals import (
    AnotherOfficerRuns,
    AnswersAreAhead,
    NotTheTime,
    PublicValueIsMissing,
)
from courses.matching.solver import deferred_acceptance
from courses.matching.solver.deferred_acceptance import Outcome
from courses.matching.solver.journal import Journal
from courses.matching.solver.packed import Packed
from courses.matching.solver.snapshot import Snapshot, sha256
from courses.matching.states import STAGES, Stage, State
from courses.notices.models import Notice
from courses.vacancies.models import Vacancy
from tests.cast import NOW, People
from tests.courses.matching.small_rounds import (
    ANSWERED,
    READY,
    frozen,
    in_state,
    opened,
    proposed,
    published,
    running,
    told,
    verbs_of,
)
from tests.working import work_off

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def test_a_run_is_solved_verified_and_proposed(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    frozen(match_round, people)
    run = runs.finish_run(running(match_round, people), at=READY)
    match_round.refresh_from_db()
    assert match_round.state == State.PROPOSED
    assert (run.number, run.started_by, run.finished_at, run.violations, run.placed, run.stage) == (
        1, people.officer, READY, [], 1, Stage.DONE,
    )  # fmt: skip
    assert run.result_sha256 == sha256(bytes(RunResult.objects.get(run=run).result))
    assert not MatchOutcome.objects.exists(), "nobody's result is written before it is published"
    assert run.report["ranks"] == [[1, 1], [0, 0]]
    assert set(run.report["seconds"]) == set(STAGES) - {Stage.QUEUED, Stage.WRITING, Stage.DONE}
    assert run.versions["rule"] == "javar-deferred-acceptance/1"
    assert verbs_of(match_round)[-2:] == ["start_run", "propose"]
    line = audit.trail(match_round).last()
    assert line is not None
    assert (line.by, line.from_state, line.to_state) == (None, State.RUNNING, State.PROPOSED)
    done = audit.trail(run).get()
    assert (done.verb, done.by, done.facts) == (
        "finish_run", None, {"placed": 1, "sha256": run.result_sha256},
    )  # fmt: skip
    assert told("matching.proposed") == ["officer", "officer_2"]
    assert placed_by_rank(run) == [(1, 1), (None, 0)]


def test_a_run_announces_every_stage(
    people: People, vacancy: Vacancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    frozen(match_round, people)
    announced = []

    def told(self: runs.Solved, stage: Stage, plain: Any = runs.Solved.next) -> None:
        plain(self, stage)
        announced.append(MatchRun.objects.get().stage)

    monkeypatch.setattr(runs.Solved, "next", told)
    runs.finish_run(running(match_round, people), at=READY)
    assert announced == STAGES[2:-1]


def test_starting_a_run_leads_to_a_result_in_the_background(
    people: People, vacancy: Vacancy
) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    frozen(match_round, people)
    run = runs.start_run(match_round, by=people.officer, at=READY)
    assert (run.number, run.started_by, run.started_at) == (1, people.officer, READY)
    work_off()
    match_round.refresh_from_db()
    run.refresh_from_db()
    assert (match_round.state, run.placed, good_run(match_round)) == (State.PROPOSED, 1, run)


def test_another_officer_runs_than_who_froze_it(people: People, vacancy: Vacancy) -> None:
    match_round = frozen(opened(people), people)
    with pytest.raises(AnotherOfficerRuns):
        runs.start_run(match_round, by=people.officer_2, at=READY)
    assert not MatchRun.objects.exists()
    assert runs.start_run(match_round, by=people.officer, at=READY).number == 1


def test_a_round_without_its_public_value_does_not_run(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    freezing.freeze_round(match_round, by=people.officer_2, at=READY)
    with pytest.raises(PublicValueIsMissing):
        runs.start_run(match_round, by=people.officer, at=READY)
    assert not MatchRun.objects.exists()


def test_finishing_twice_is_finishing_once(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    frozen(match_round, people)
    run = running(match_round, people)
    other_worker = MatchRun.objects.get(pk=run.pk)
    runs.finish_run(run, at=READY)
    again = runs.finish_run(other_worker, at=READY + SECOND)
    assert runs.finish_run(again, at=READY + 2 * SECOND).finished_at == READY
    assert RunResult.objects.filter(run=run).count() == 1
    assert verbs_of(match_round).count("propose") == 1
    assert Notice.objects.filter(kind="matching.proposed").count() == 2


def test_of_two_workers_who_finish_at_once_the_second_writes_nothing(
    people: People, vacancy: Vacancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    run = running(frozen(match_round, people), people)
    twin = MatchRun.objects.get(pk=run.pk)
    plain = runs._write

    def after_the_other(mine: MatchRun, *rest: Any, **how: Any) -> MatchRun:
        monkeypatch.setattr(runs, "_write", plain)
        runs.finish_run(twin, at=READY)
        return plain(mine, *rest, **how)

    monkeypatch.setattr(runs, "_write", after_the_other)
    found = runs.finish_run(run, at=READY + SECOND)
    assert (found.finished_at, RunResult.objects.count()) == (READY, 1)
    assert verbs_of(match_round).count("propose") == 1


def test_of_two_who_start_a_run_one_is_refused(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    frozen(match_round, people)
    stale = MatchRound.objects.get(pk=match_round.pk)
    running(match_round, people)
    with pytest.raises(IllegalMove):
        runs.start_run(stale, by=people.officer, at=READY)
    assert MatchRun.objects.filter(round=match_round).count() == 1


def test_a_second_unfinished_run_is_refused_by_the_database(
    people: People, vacancy: Vacancy
) -> None:
    match_round = opened(people)
    frozen(match_round, people)
    MatchRun.objects.create(
        round=match_round, number=1, started_by=people.officer, started_at=READY
    )
    with pytest.raises(AlreadyDone):
        runs.start_run(match_round, by=people.officer, at=READY)
    assert MatchRound.objects.get(pk=match_round.pk).state == State.FROZEN
    assert MatchRun.objects.filter(round=match_round).count() == 1


def test_a_lost_run_is_taken_up_again(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    run = running(frozen(match_round, people), people)
    tasks.take_up_lost_runs(READY + tasks.PATIENCE)
    work_off()
    run.refresh_from_db()
    assert run.finished_at is None, "its worker still has time"
    tasks.take_up_lost_runs(READY + tasks.PATIENCE + SECOND)
    work_off()
    run.refresh_from_db()
    match_round.refresh_from_db()
    assert (run.placed, match_round.state) == (1, State.PROPOSED)


def _places_nobody(packed: Packed, journal: Journal | None = None) -> Outcome:
    """Break the promise: a seat stays empty although somebody wants it."""
    return Outcome(np.full(packed.students, -1), 1, 0)


def test_a_result_the_verifier_faults_is_withheld(
    people: People, vacancy: Vacancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    match_round = opened(people)
    name = add_wish(match_round, vacancy, by=people.aylin, at=NOW).list.pseudonym
    run = running(frozen(match_round, people), people)
    # No snapshot makes the real solver err (its properties are tested), so a broken one stands in;
    # the verifier is the real one.
    with monkeypatch.context() as broken:
        broken.setattr(deferred_acceptance, "solve", _places_nobody)
        runs.finish_run(run, at=READY)
    match_round.refresh_from_db()
    assert match_round.state == State.FROZEN
    assert run.violations == [
        f"{name} wants {vacancy.code} more, and {vacancy.code} would keep {name}"
    ]
    assert run.finished_at == READY
    assert not RunResult.objects.exists()
    assert good_run(match_round) is None
    assert verbs_of(match_round)[-1] == "withhold"
    assert [line.verb for line in audit.trail(run)] == []
    assert told("matching.withheld") == ["officer", "officer_2"]
    assert told("matching.proposed") == []
    with pytest.raises(IllegalMove):
        publishing.approve_result(match_round, by=people.officer_2, at=READY)
    again = runs.finish_run(running(match_round, people), at=READY)
    match_round.refresh_from_db()
    assert (again.number, again.violations, match_round.state) == (2, [], State.PROPOSED)
    assert good_run(match_round) == again


def _smuggled(match_round: MatchRound, content: bytes, fingerprint: str) -> None:
    """Put other bytes under a frozen round, as only somebody at the database itself could.

    The trigger refuses to change the row, so it is made anew.
    """
    row = FrozenMarket.objects.filter(round=match_round).values().get()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM matching_frozenmarket WHERE round_id = %s", [match_round.pk])
    FrozenMarket.objects.create(**(row | {"content": content}))
    MatchRound.objects.filter(pk=match_round.pk).update(snapshot_sha256=fingerprint)
    match_round.refresh_from_db()


def test_illegal_data_stops_the_run_with_its_list(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    name = add_wish(match_round, vacancy, by=people.aylin, at=NOW).list.pseudonym
    frozen(match_round, people)
    right = Snapshot.from_bytes(bytes(match_round.frozen.content))
    broken = replace(right, vacancy=right.vacancy + 1).to_bytes()
    _smuggled(match_round, broken, sha256(broken))
    run = runs.finish_run(running(match_round, people), at=READY)
    match_round.refresh_from_db()
    assert run.violations == [f"student {name}: unknown vacancy"]
    assert (match_round.state, run.finished_at, run.placed) == (State.FROZEN, READY, 0)
    assert verbs_of(match_round)[-1] == "withhold"
    assert not RunResult.objects.exists()
    assert told("matching.withheld") == ["officer", "officer_2"]


def test_bytes_without_their_fingerprint_are_not_solved(people: People, vacancy: Vacancy) -> None:
    match_round = frozen(opened(people), people)
    content = bytes(match_round.frozen.content)
    _smuggled(match_round, content + b" ", sha256(content))
    run = runs.finish_run(running(match_round, people), at=READY)
    match_round.refresh_from_db()
    assert run.violations == ["the frozen round does not have its fingerprint any more"]
    assert match_round.state == State.FROZEN


@pytest.mark.parametrize("state", list(State))
def test_a_result_is_checked_once_there_is_one(
    state: State, people: People, vacancy: Vacancy
) -> None:
    match_round = in_state(state, people)
    if state not in (State.PROPOSED, State.PUBLISHED, State.CLOSED):
        with pytest.raises(NotTheTime):
            runs.check_result(match_round, by=people.officer, at=READY)
        return
    check = runs.check_result(match_round, by=people.officer, at=READY)
    with pytest.raises(AlreadyDone):
        runs.check_result(match_round, by=people.officer_2, at=READY)
    runs.finish_run(check, at=READY)
    match_round.refresh_from_db()
    assert (check.same, check.number, match_round.state) == (True, 2, state)
    assert RunResult.objects.count() == 1
    assert [(line.verb, line.facts["same"]) for line in audit.trail(check)] == [
        ("compare_results", True)
    ]


def test_a_check_by_a_broken_solver_differs(
    people: People, vacancy: Vacancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    proposed(frozen(match_round, people), people)
    check = runs.check_result(match_round, by=people.officer, at=READY)
    monkeypatch.setattr(deferred_acceptance, "solve", _places_nobody)
    runs.finish_run(check, at=READY)
    match_round.refresh_from_db()
    assert (check.same, match_round.state) == (False, State.PROPOSED)


def test_closing_puts_the_round_away_after_the_window(people: People, vacancy: Vacancy) -> None:
    match_round = published(opened(people), people)
    with pytest.raises(AnswersAreAhead):
        rounds.close_round(match_round, by=people.officer, at=READY)
    rounds.close_round(match_round, by=people.officer, reason="همه پاسخ دادند", at=ANSWERED)
    match_round.refresh_from_db()
    line = audit.trail(match_round).last()
    assert line is not None
    assert (match_round.state, line.verb, line.by, line.at, line.reason) == (
        State.CLOSED, "close_round", people.officer, ANSWERED, "همه پاسخ دادند",
    )  # fmt: skip
