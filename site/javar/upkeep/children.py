"""The processes of the site, and when one that ended is started again."""

import ctypes
import os
import signal
import subprocess
import sys

from django.conf import settings

# Seconds: who ends sooner has fallen, who lives as long as the second stands again.
FALL_SECONDS, STEADY_SECONDS = 10.0, 30.0
LONGEST_PAUSE = 30.0
# From this fall on it is said that a process ends again and again.
MANY_FALLS = 3
# prctl(2): a signal for the child when the parent dies.
PR_SET_PDEATHSIG = 1


def pause_after(falls: int) -> float:
    """Return the seconds before a process is started that fell so often in a row.

    One that had lived is started at once.
    """
    return min(float(2 ** (min(falls, 20) - 2)), LONGEST_PAUSE) if falls > 1 else 0.0


def _end_with_parent() -> None:
    """Let the system ask this process to end when `serve` is killed: an orphan keeps the port."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """A process of the site; it is started again for ever, ever more slowly while it falls."""

    def __init__(self, name: str, command: list[str], *, now: float) -> None:
        """Start it; `now` is the present second of the clock that `look` is given later."""
        self.name, self.command, self.falls = name, command, 0
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = self.due_at = 0.0
        self._start(now)

    def look(self, now: float) -> str:
        """Look after it; return a sentence where something has changed."""
        if self.process is None:
            if now >= self.due_at:
                self._start(now)
            return ""
        if self.process.poll() is None:
            return self._lives(now)
        return self._ended(now, self.process.returncode)

    def _start(self, now: float) -> None:
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(settings.SITE), str(settings.ROOT)]),
            "DJANGO_SETTINGS_MODULE": "javar.settings",
        }
        self.started_at = now
        self.process = subprocess.Popen(  # noqa: S603
            self.command, cwd=settings.ROOT, env=environment, preexec_fn=_end_with_parent
        )

    def _lives(self, now: float) -> str:
        if not self.falls or now - self.started_at < STEADY_SECONDS:
            return ""
        was_told = self.falls >= MANY_FALLS
        self.falls = 0
        return f"{self.name} runs again." if was_told else ""

    def _ended(self, now: float, code: int) -> str:
        fell = now - self.started_at < FALL_SECONDS
        self.falls = self.falls + 1 if fell else 1
        self.process = None
        self.due_at = now + pause_after(self.falls)
        if self.falls == 1:
            return f"{self.name} ended by itself ({code}); starting it again."
        if self.falls == MANY_FALLS:
            return (
                f"{self.name} ends again and again ({code}); it is tried after growing pauses,"
                f" at most {LONGEST_PAUSE:.0f} seconds. The rest goes on."
            )
        return ""
