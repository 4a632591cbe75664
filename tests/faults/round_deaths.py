"""A worker that dies, as by `kill -9`, before and after every statement of a run or a publication.

`python -m tests.faults.round_deaths run|publish`: on the database of `DATABASE_URL`, which holds
one round that waits for it, a child is born for every step and dies at that step, until one gets
to the end. Prints JSON: how many died, and the harm that was found after a death or in the end.
`ROUND_MUTANT=autocommit` takes the transaction away, to see that harm would be found.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

MOST_STEPS = 400


def main(what: str) -> None:
    """Let children die one after another; print what was found."""
    django.setup()
    from django.db import connections  # noqa: PLC0415 - after the set-up

    from tests.racing import do_without_transactions  # noqa: PLC0415

    if os.environ.get("ROUND_MUTANT") == "autocommit":
        do_without_transactions()

    work, harm_of = _publication() if what == "publish" else _run()
    deaths, harm = 0, list[str]()
    for step in range(1, MOST_STEPS):
        connections.close_all()
        child = os.fork()
        if not child:
            _die_at(step, work)
        _pid, status = os.waitpid(child, 0)
        died = os.WIFSIGNALED(status)
        if not died and os.WEXITSTATUS(status):
            harm.append(f"step {step}: the worker ended with {os.WEXITSTATUS(status)}")
        harm += [f"step {step}: {found}" for found in harm_of()]
        if not died:
            break
        deaths += 1
    print(json.dumps({"deaths": deaths, "harm": harm}))


def _die_at(step: int, work: Callable[[], None]) -> None:
    """Do the work in this process, dying at a step; statements and both sides of commits count."""
    from django.db import connection  # noqa: PLC0415 - after the set-up
    from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: PLC0415

    left = [step]

    def count() -> None:
        left[0] -= 1
        if left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        count()
        answer = execute(sql, params, many, context)
        count()
        return answer

    commit = BaseDatabaseWrapper.commit

    def counted(self: BaseDatabaseWrapper) -> None:
        count()
        commit(self)
        count()

    BaseDatabaseWrapper.commit = counted  # type: ignore[method-assign]
    with connection.execute_wrapper(statement):
        work()
    os._exit(0)


def _run() -> tuple[Callable[[], None], Callable[[], list[str]]]:
    from courses.matching.actions import runs  # noqa: PLC0415 - after the set-up
    from courses.matching.models import MatchRound, MatchRun, RunResult  # noqa: PLC0415
    from courses.matching.solver.snapshot import sha256  # noqa: PLC0415
    from courses.notices.models import Notice  # noqa: PLC0415

    if os.environ.get("ROUND_MUTANT") == "autocommit":
        runs._write = runs._write.__wrapped__  # type: ignore[attr-defined]

    def work() -> None:
        runs.finish_run(MatchRun.objects.get())

    def harm() -> list[str]:
        run, state = MatchRun.objects.get(), MatchRound.objects.get().state
        told = Notice.objects.filter(kind="matching.proposed").count()
        results = list(RunResult.objects.all())
        if run.finished_at is None:
            fine = state == "running" and not results and not told
        else:
            fine = (
                state == "proposed"
                and len(results) == 1
                and sha256(bytes(results[0].result)) == run.result_sha256
                and told == 2
            )
        return [] if fine else [f"{state}, {run.finished_at}, {len(results)} results, {told} told"]

    return work, harm


def _publication() -> tuple[Callable[[], None], Callable[[], list[str]]]:
    from courses.matching.actions import publishing  # noqa: PLC0415 - after the set-up
    from courses.matching.models import MatchOutcome, MatchRound, VacancyResult  # noqa: PLC0415
    from courses.notices.models import Notice  # noqa: PLC0415

    if os.environ.get("ROUND_MUTANT") == "autocommit":
        publishing.publish_round = publishing.publish_round.__wrapped__  # type: ignore[attr-defined]

    def work() -> None:
        publishing.publish_round(MatchRound.objects.get())

    def harm() -> list[str]:
        match_round = MatchRound.objects.get()
        counts = (
            MatchOutcome.objects.count(),
            VacancyResult.objects.count(),
            Notice.objects.filter(kind="matching.published").count(),
        )
        whole = (
            match_round.lists.count(),
            match_round.vacancies.count(),
            match_round.lists.count(),
        )
        expected = whole if match_round.state == "published" else (0, 0, 0)
        return [] if counts == expected else [f"{match_round.state}: {counts} of {whole}"]

    return work, harm


if __name__ == "__main__":
    main(sys.argv[1])
