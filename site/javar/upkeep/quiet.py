"""A fault is written down once, then counted: a lost database must not drown its own log."""

import logging
import threading
import time
from collections.abc import Callable

from courses.kit.faults import fault_of, words_of

# Seconds between two lines of one fault.
EVERY = 60.0


class FaultsAreCounted(logging.Filter):
    """Lets the first line of a fault through, and one a minute with the count of the others.

    A line tells of a fault by its `fault` attribute or by its exception; its traceback is left
    out, for it shows where the site stood, and what is wrong is said instead. All other lines
    pass untouched.
    """

    def __init__(self, name: str = "", *, watch: Callable[[], float] = time.monotonic) -> None:
        """Take the clock, which counts seconds."""
        super().__init__(name)
        self._watch = watch
        self._lock = threading.Lock()
        self._said_at: dict[str, float] = {}
        self._unsaid: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line is written; add to it how many were not."""
        fault = getattr(record, "fault", "")
        if not fault and record.exc_info:
            found = fault_of(record.exc_info[1])
            fault = str(found) if found else ""
        if not fault:
            return True
        now = self._watch()
        with self._lock:
            last = self._said_at.get(fault)
            if last is not None and now - last < EVERY:
                self._unsaid[fault] = self._unsaid.get(fault, 0) + 1
                return False
            self._said_at[fault] = now
            unsaid = self._unsaid.pop(fault, 0)
        what = f": {words_of(record.exc_info[1])}" if record.exc_info and record.exc_info[1] else ""
        more = f" (and {unsaid} times more since the last line)" if unsaid else ""
        record.msg = (record.getMessage().splitlines() or [""])[0] + what + more
        record.args = ()
        record.exc_info = record.exc_text = None
        return True
