"""From a frozen round in the database to its stored result, at national size and beyond.

`python -m tests.bench.frozen RUN` is the process that a run is measured in: like a worker it has
nothing else in its memory.
"""

import json
import os
import subprocess
import sys
import time
from datetime import timedelta

import django

if __name__ == "__main__":
    django.setup()

from django.db import connection
from django.utils import timezone

from courses.matching.actions.runs import finish_run
from courses.matching.models import FrozenMarket, MatchRound, MatchRun
from courses.matching.solver.invented import invented
from courses.matching.solver.snapshot import sha256
from courses.matching.states import State
from courses.people.models import User
from tests import databases
from tests.bench.figures import SMALL, Figure, Say, middle, peak_megabytes

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
            return _measured(students, name, say)
    finally:
        databases.drop(name)


def _measured(students: int, name: str, say: Say) -> list[Figure]:
    round_ = _frozen(students)
    found = []
    for number in range(1, RUNS + 1):
        run = MatchRun.objects.create(
            round=round_, number=number, started_by=User.objects.get(), started_at=timezone.now()
        )
        MatchRound.objects.filter(pk=round_.pk).update(state=State.RUNNING)
        found.append(_in_a_worker(run, name))
        run.refresh_from_db()
        if run.violations:
            raise SystemExit(f"the run was withheld: {run.violations[:3]}")
        say(f"run {number} of {RUNS}: {found[-1]}, stages {run.report['seconds']}")
    about = f"round of {students:,}: "
    return [
        Figure(about + "from the frozen bytes to the stored result",
               round(middle([one["seconds"] for one in found]), 2), "s", runs=RUNS),
        Figure(about + "peak memory of the worker",
               round(max(one["megabytes"] for one in found)), "MB", runs=RUNS),
    ]  # fmt: skip


def _in_a_worker(run: MatchRun, name: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.frozen", str(run.pk)], check=True, text=True,
        stdout=subprocess.PIPE, env=os.environ | {"DATABASE_URL": databases.url_of(name)},
    )  # fmt: skip
    return dict(json.loads(done.stdout))


def finish(run: MatchRun) -> dict[str, float]:
    """Finish a run; return the seconds it took and the most memory of this process."""
    begun = time.perf_counter()
    finish_run(run)
    seconds = time.perf_counter() - begun
    return {"seconds": round(seconds, 2), "megabytes": round(peak_megabytes())}


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


if __name__ == "__main__":
    print(json.dumps(finish(MatchRun.objects.get(pk=int(sys.argv[1])))))
