"""What one line of a log belongs to: a request, a background task, a message, a periodic job.

Everything that is written down while something is done carries its name, so that a person can say
“number 3f2a…” and a keeper finds every line of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TRACE: ContextVar[str] = ContextVar("trace", default="")


def trace() -> str:
    """Return the name of what is being done now, or nothing."""
    return _TRACE.get()


def begin(name: str) -> None:
    """Name what is done from now on, where a block cannot stand around it."""
    _TRACE.set(name)


@contextmanager
def traced(name: str) -> Iterator[None]:
    """Name what is done within the block."""
    before = _TRACE.set(name)
    try:
        yield
    finally:
        _TRACE.reset(before)
