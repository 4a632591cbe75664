"""From a frozen round in the database to its stored result, at national size and beyond."""

import resource
import time
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from courses.matching.actions.runs import finish_run
from courses.matching.models import FrozenMarket, MatchRound, MatchRun
from courses.matching.solver.invented import invented
from courses.matching.solver.snapshot import sha256
from courses.matching.states import State
from courses.people.models import User
from tests import databases
from tests.bench.figures import SMALL, Figure, Say, middle

STUDENTS = {"postgresql": 1_000_000, "sqlite": 100_000}
RUNS = 1 if SMALL else 3


def measured(say: Say) -> list[Figure]:
    """Solve one frozen round several times on a database of its own."""
    students = 2_000 if SMALL else STUDENTS[connection.vendor]
    name = databases.own_name("frozen")
    template = databases.migrated()
    databases.drop(name)
    databases.copy(template, name)
    try:
        with databases.using(name):
            return _measured(students, say)
    finally:
        databases.drop(name)


def _measured(students: int, say: Say) -> list[Figure]:
    round_ = _frozen(students)
    seconds = []
    for number in range(1, RUNS + 1):
        run = MatchRun.objects.create(
            round=round_, number=number, started_by=User.objects.get(), started_at=timezone.now()
        )
        MatchRound.objects.filter(pk=round_.pk).update(state=State.RUNNING)
        begun = time.perf_counter()
        run = finish_run(run)
        seconds.append(time.perf_counter() - begun)
        if run.violations:
            raise SystemExit(f"the run was withheld: {run.violations[:3]}")
        say(f"run {number} of {RUNS}: {seconds[-1]:.1f} s, stages {run.report['seconds']}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    about = f"round of {students:,}: "
    return [
        Figure(about + "from the frozen bytes to the stored result", round(middle(seconds), 2), "s",
               runs=RUNS),
        Figure(about + "peak memory of the process", round(peak), "MB", runs=RUNS),
    ]  # fmt: skip


def _frozen(students: int) -> MatchRound:
    """Lay in an invented frozen round; its students have no rows, for a run needs none."""
    now = timezone.now()
    officer = User.objects.create(username="officer")
    snapshot = invented(students, max(1, students * 12 // 100), 1, reserves=True)
    content = snapshot.to_bytes()
    found = MatchRound.objects.create(
        code="invented", title_fa="-", title_en="-", state=State.RUNNING, seed=bytes(32),
        commitment="-", public_source="-", public_value="7", public_value_source="-",
        wishes_close_at=now - timedelta(days=2), ranking_closes_at=now - timedelta(days=1),
        snapshot_sha256=sha256(content), frozen_at=now,
    )  # fmt: skip
    FrozenMarket.objects.create(
        round=found, content=content, sha256=sha256(content), students=students,
        vacancies=len(snapshot.vacancies), seats=0, wishes=len(snapshot.vacancy), forbidden=0,
        full_lists=0, frozen_by=officer, frozen_at=now,
    )  # fmt: skip
    return found
