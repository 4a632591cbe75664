"""Running a frozen round: once at a time, in the background, verified before it is shown."""

import platform
from collections.abc import Callable
from datetime import datetime
from time import perf_counter
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction
from django.utils import timezone

from courses.kit import audit
from courses.kit.later import later
from courses.kit.moves import lock, move
from courses.kit.refusal import AlreadyDone
from courses.kit.rights import must, who_may
from courses.matching import effects, queries
from courses.matching.models import MatchRound, MatchRun, ReserveEffect, RunResult
from courses.matching.models.runs import Purpose
from courses.matching.refusals import AnotherOfficerRuns, NotTheTime, PublicValueIsMissing
from courses.matching.solver import deferred_acceptance
from courses.matching.solver.cutoffs import codes, standing_of
from courses.matching.solver.journal import Journal
from courses.matching.solver.market import IllegalMarket
from courses.matching.solver.packed import Packed
from courses.matching.solver.snapshot import Snapshot, result_bytes, sha256
from courses.matching.solver.verify import Fault, judge, violation
from courses.matching.states import MOVES, Stage, State
from courses.notices.actions import tell
from courses.people.models import User

# The published rule's own version: it changes only when the rule does.
ALGORITHM = "javar-deferred-acceptance/1"
MOST_VIOLATIONS = 50


def start_run(
    match_round: MatchRound, *, by: User, reason: str = "", at: datetime | None = None
) -> MatchRun:
    """Start the run of a frozen round, as another officer than who froze it.

    Of two officers who start at once, one is refused.
    """
    must(by, "matching.run_rounds")
    at = at or timezone.now()
    MOVES.target("start_run", match_round.state)
    if match_round.frozen.frozen_by_id == by.pk:
        raise AnotherOfficerRuns
    if not match_round.public_value:
        raise PublicValueIsMissing
    try:
        with transaction.atomic():
            move(match_round, MOVES, "start_run", by=by, at=at, reason=reason)
            run = _queued(match_round, Purpose.RESULT, by=by, at=at)
    except IntegrityError as error:
        raise AlreadyDone from error
    return run


def check_result(match_round: MatchRound, *, by: User, at: datetime | None = None) -> MatchRun:
    """Solve a round again from its frozen bytes, to see whether the result is the same.

    Nothing of the round changes; one check at a time.
    """
    must(by, "matching.run_rounds")
    at = at or timezone.now()
    if match_round.state not in (State.PROPOSED, State.PUBLISHED, State.CLOSED):
        raise NotTheTime
    try:
        with transaction.atomic():
            lock(MatchRound.objects.filter(pk=match_round.pk))
            run = _queued(match_round, Purpose.CHECK, by=by, at=at)
            audit.record(match_round, "check_result", by=by, at=at, run=run.number)
    except IntegrityError as error:
        raise AlreadyDone from error
    return run


def _queued(match_round: MatchRound, purpose: Purpose, *, by: User, at: datetime) -> MatchRun:
    run = MatchRun.objects.create(
        round=match_round, number=match_round.runs.count() + 1, purpose=purpose,
        started_by=by, started_at=at, stage=Stage.QUEUED, stage_at=at,
    )  # fmt: skip
    later("matching.finish_run", run_id=run.pk)
    return run


class Solved:
    """A frozen round read, drawn, solved, judged and explained, stage by stage.

    `violations` are sentences; where there are any, what comes after them is missing.
    """

    def __init__(self, match_round: MatchRound, announce: Callable[[Stage], None]) -> None:
        """Work through the stages, announcing each."""
        self.seconds: dict[str, float] = {}
        self.violations: list[str] = []
        self._began = perf_counter()
        self._announce = announce
        self._stage = Stage.READING
        announce(self._stage)
        content = queries.frozen_bytes(match_round)
        if sha256(content) != match_round.snapshot_sha256:
            self.violations = ["the frozen round does not have its fingerprint any more"]
            return
        try:
            self.snapshot = Snapshot.from_bytes(content)
        except IllegalMarket as error:
            # Illegal data stops the run with its list; otherwise the round would run for ever.
            self.violations = error.faults[:MOST_VIOLATIONS]
            return
        self.next(Stage.DRAWING)
        seed = bytes(match_round.seed or b"")
        tickets = self.snapshot.tickets(seed, match_round.public_value)
        self.lottery_sha256 = sha256(tickets.astype("<i4").tobytes())
        self.packed: Packed = self.snapshot.packed(tickets)
        self.next(Stage.SOLVING)
        self.journal = Journal()
        self.outcome = deferred_acceptance.solve(self.packed, self.journal)
        self.place = self.outcome.place
        self.next(Stage.JUDGING)
        faults = judge(self.packed, self.place)
        if faults:
            self.violations = [self._sentence(fault) for fault in faults[:MOST_VIOLATIONS]]
            return
        self.result = result_bytes(self.snapshot, self.place)
        self.next(Stage.EXPLAINING)
        self.standing = standing_of(self.packed, self.place)
        self.codes = codes(self.packed, self.place, self.standing)
        self.next(Stage.COMPARING)

    def next(self, stage: Stage) -> None:
        """Write down how long the present stage took, and announce the one that follows."""
        now = perf_counter()
        self.seconds[self._stage] = round(now - self._began, 3)
        self._began, self._stage = now, stage
        self._announce(stage)

    def _sentence(self, fault: Fault) -> str:
        vacancy = "" if fault.vacancy < 0 else self.snapshot.vacancies[fault.vacancy].code
        student = "" if fault.student < 0 else self.snapshot.students[fault.student]
        return violation(fault.kind, student, vacancy).sentence

    def ranks(self) -> list[list[int]]:
        """Return [the wish's place from 1, students] in order; last [0, students without one]."""
        placed = self.place >= 0
        got = (self.place - self.packed.starts[:-1])[placed] + 1
        numbers, counts = np.unique(got, return_counts=True)
        rows = [[int(n), int(c)] for n, c in zip(numbers, counts, strict=True)]
        return [*rows, [0, int((~placed).sum())]]


def finish_run(run: MatchRun, *, at: datetime | None = None) -> MatchRun:
    """Solve, verify and write a run's result whole; a finished run is left as it is.

    A snapshot that is no market and a result the verifier faults are withheld with their list.
    Solving is a pure function of snapshot, seed and public value, so it may be repeated after a
    crash with the same result; only the writing is a transaction.
    """
    run.refresh_from_db()
    if run.finished_at is not None:
        return run
    match_round = MatchRound.objects.get(pk=run.round_id)

    def announce(stage: Stage) -> None:
        MatchRun.objects.filter(pk=run.pk, finished_at__isnull=True).update(
            stage=stage, stage_at=timezone.now()
        )

    solved = Solved(match_round, announce)
    found: list[ReserveEffect] = []
    if not solved.violations and run.purpose == Purpose.RESULT:
        found = effects.of_reserves(run, solved.snapshot, solved.packed, solved.place)
    solved.next(Stage.WRITING)
    return _write(run, match_round, solved, found, at=at or timezone.now())


@transaction.atomic
def _write(
    run: MatchRun,
    match_round: MatchRound,
    solved: Solved,
    found: list[ReserveEffect],
    *,
    at: datetime,
) -> MatchRun:
    changes: dict[str, Any] = {"violations": solved.violations, "versions": _versions()}
    if not solved.violations:
        changes |= {
            "placed": int((solved.place >= 0).sum()),
            "result_sha256": sha256(solved.result),
            "report": {
                "ranks": solved.ranks(),
                "lottery_sha256": solved.lottery_sha256,
                "turns": solved.outcome.turns,
                "chained": solved.outcome.chained,
                "seconds": solved.seconds,
            },
        }
    if not MatchRun.objects.filter(pk=run.pk, finished_at__isnull=True).update(
        finished_at=at, stage=Stage.DONE, stage_at=at, **changes
    ):
        run.refresh_from_db()
        return run
    run.refresh_from_db()
    if run.purpose == Purpose.CHECK:
        return _compare(run, match_round, at=at)
    if solved.violations:
        move(match_round, MOVES, "withhold", by=None, at=at)
        _tell_officers(match_round, "matching.withheld", run, at=at)
        return run
    RunResult.objects.create(
        run=run, result=solved.result, codes=solved.codes.tobytes(), trace=solved.journal.packed()
    )
    ReserveEffect.objects.bulk_create(found)
    move(match_round, MOVES, "propose", by=None, at=at)
    audit.record(run, "finish_run", by=None, at=at, placed=run.placed, sha256=run.result_sha256)
    _tell_officers(match_round, "matching.proposed", run, at=at)
    return run


def _compare(run: MatchRun, match_round: MatchRound, *, at: datetime) -> MatchRun:
    """Write down whether a check gave the result's own bytes."""
    first = match_round.runs.filter(purpose=Purpose.RESULT, violations=[]).last()
    run.same = first is not None and run.result_sha256 == first.result_sha256
    run.save(update_fields=["same"])
    audit.record(run, "compare_results", by=None, at=at, same=run.same, sha256=run.result_sha256)
    return run


def _versions() -> dict[str, str]:
    return {
        "rule": ALGORITHM,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
    }


def _tell_officers(match_round: MatchRound, kind: str, run: MatchRun, *, at: datetime) -> None:
    for officer in who_may("matching.run_rounds"):
        tell(
            officer, kind, key=f"{kind}:{match_round.public_id}:{run.number}",
            path=f"/rounds/{match_round.code}/", at=at, round=match_round.title_fa,
        )  # fmt: skip
