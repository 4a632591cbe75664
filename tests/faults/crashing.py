"""The site with a process that can be killed at any one statement of a request.

`X-Crash: 7` kills the process, as `kill -9` does, right before the seventh statement of that
request reaches the database; commits count too, and a crash may come before or after one.
`CRASH_MUTANT` breaks the site: `autocommit` takes the transaction around a decision away,
`told_afterwards` tells people after the commit, as one would with a message queue.

Served by `gunicorn tests.faults.crashing:application`.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterable
from typing import Any

# The application sets Django up: models come after it.
# isort: off
from javar.wsgi import application as site
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db import transaction
from courses.enrolment.actions import applications, seats
from tests.racing import do_without_transactions
# isort: on

MUTANT = os.environ.get("CRASH_MUTANT", "")
if MUTANT == "autocommit":
    applications._enter = applications._enter.__wrapped__  # type: ignore[attr-defined]
    do_without_transactions()
if MUTANT == "told_afterwards":
    _tell = seats.tell_student
    seats.tell_student = lambda *words, **values: transaction.on_commit(  # type: ignore[assignment]
        lambda: _tell(*words, **values)
    )

_here = threading.local()


def _step() -> None:
    """Count one more step of this request; die when it is the one."""
    left = getattr(_here, "left", None)
    if left is None:
        return
    _here.left = left - 1
    if _here.left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)


def _statement(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    _step()
    return execute(sql, params, many, context)


_commit = BaseDatabaseWrapper.commit


def _counted_commit(self: BaseDatabaseWrapper) -> None:
    _step()
    _commit(self)
    _step()


BaseDatabaseWrapper.commit = _counted_commit  # type: ignore[method-assign]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request; count its steps where it asks for a crash."""
    at = environ.get("HTTP_X_CRASH", "")
    if not at:
        return site(environ, start_response)
    _here.left = int(at)
    try:
        with connection.execute_wrapper(_statement):
            return site(environ, start_response)
    finally:
        _here.left = None
