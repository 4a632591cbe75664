"""Two who act in one moment, each in a thread with a connection of its own."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection

from courses.kit import moves

T = TypeVar("T")
PATIENCE = 20


def _alone(work: Callable[[], T]) -> T:
    """Do something on a connection that ends with it."""
    try:
        return work()
    finally:
        connection.close()


@contextmanager
def company() -> Iterator[Callable[[Callable[[], T]], Future[T]]]:
    """Give somebody who begins a work beside us; at the end we wait until it is done."""
    with ThreadPoolExecutor(4) as pool:
        yield lambda work: pool.submit(_alone, work)


def at_once(*works: Callable[[], T]) -> list[Future[T]]:
    """Let each be done by somebody else, all in one moment; return what came of each."""
    with ThreadPoolExecutor(len(works)) as pool:
        return [pool.submit(_alone, work) for work in works]


def until_somebody_waits() -> None:
    """Return as soon as another connection waits for a lock of ours; PostgreSQL alone can say."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone():
                return
    raise AssertionError("nobody waits")


def do_without_transactions() -> None:
    """Let locks and moves be made outside a transaction too: for the mutants that have none."""
    moves._must_be_atomic = lambda: None
    moves._held = lambda rows: rows  # type: ignore[assignment]
