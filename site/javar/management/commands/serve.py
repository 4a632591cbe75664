"""`manage.py serve`: prepare, then run web, worker, scheduler and relay together until Ctrl-C.

It does not give up: it waits for a database that is away, and starts again whatever ends, with
growing pauses when that ends again and again.
"""

import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections

from courses.kit.faults import fault_of
from javar.demo import ACCOUNTS, PASSWORD
from javar.upkeep.alone import hold_the_place, until_port_is_free
from javar.upkeep.children import Child
from javar.upkeep.lost_database import until_database_answers

MANAGE = settings.ROOT / "manage.py"
GRACE_SECONDS = 10
LOOK_EVERY = 0.5


class Command(BaseCommand):
    """Runs the whole site in the foreground; four processes that stop together."""

    help = "Prepare everything, print the address, serve until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the port; PORT in the environment is its default."""
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))

    def handle(self, *args: Any, port: int, host: str, **options: Any) -> None:
        """Prepare, print, serve; stop at once when asked to, whatever is being done."""

        def stop(number: int, frame: object) -> None:
            raise KeyboardInterrupt

        # A shell that starts us in the background leaves Ctrl-C ignored: take it back.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)
        children: list[Child] = []
        begun = time.monotonic()
        try:
            with hold_the_place():
                until_port_is_free(host, port)
                self._prepare()
                for name, command in self._commands(host, port):
                    children.append(Child(name, command, now=time.monotonic()))
                self._announce(host, port, time.monotonic() - begun)
                self._watch(children)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            self._stop([child.process for child in children if child.process])

    def _prepare(self) -> None:
        """Prepare, however often the database goes away meanwhile."""
        self.stdout.write("Preparing Javar …")
        self._fonts()
        while True:
            until_database_answers(self.stderr.write)
            try:
                call_command("prepare", demo=settings.DEMO, stdout=self.stdout)
                call_command("check", databases=["default"], stdout=self.stdout)
            except Exception as error:
                if fault_of(error) is None:
                    raise
                self.stderr.write(f"The database went away while preparing: {error}")
                connections.close_all()
                time.sleep(1)
            else:
                # The children open connections of their own.
                connections.close_all()
                return

    def _commands(self, host: str, port: int) -> list[tuple[str, list[str]]]:
        # Links in messages lead to this very server, unless told otherwise.
        os.environ.setdefault("BASE_URL", f"http://{host}:{port}")
        web = [
            sys.executable, "-m", "gunicorn", "--pythonpath", str(settings.SITE),
            "--bind", f"{host}:{port}", "--workers", "2", "--threads", "4",
            "--worker-class", "gthread", "--timeout", "60",
            "--graceful-timeout", str(GRACE_SECONDS - 2),
            # What leaks a little is born anew before that matters, never all at the same time.
            "--max-requests", str(settings.JAVAR_MAX_REQUESTS),
            "--max-requests-jitter", str(settings.JAVAR_MAX_REQUESTS // 5),
            "--log-level", "warning",
            "--logger-class", "javar.web.logs.GunicornLogger", "javar.wsgi",
        ]  # fmt: skip
        return [
            ("gunicorn", web),
            ("db_worker", [sys.executable, str(MANAGE), "db_worker", "--no-reload", "-v", "0"]),
            ("scheduler", [sys.executable, str(MANAGE), "scheduler"]),
            ("relay", [sys.executable, str(MANAGE), "relay"]),
        ]

    def _fonts(self) -> None:
        """Fetch the font when Node is there; without it the fallback fonts serve."""
        if (settings.ROOT / "node_modules" / ".package-lock.json").exists():
            return
        try:
            subprocess.run(
                ["npm", "ci", "--silent", "--no-progress"],  # noqa: S607
                cwd=settings.ROOT, check=True, capture_output=True, timeout=120,
            )  # fmt: skip
            self.stdout.write("  font: Vazirmatn fetched")
        except (OSError, subprocess.SubprocessError):
            self.stdout.write("  font: not fetched (no Node or no network); fallback fonts serve")

    def _announce(self, host: str, port: int, seconds: float) -> None:
        lines = [f"Javar is served on http://{host}:{port}/ (prepared in {seconds:.0f} s)"]
        if settings.DEMO:
            lines += ["", f"Demo accounts, password “{PASSWORD}”:"]
            lines += [f"  {name:<16} {what}" for name, what in ACCOUNTS.items()]
        lines += ["", "Stop with Ctrl-C."]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

    def _watch(self, children: list[Child]) -> None:
        """Start again what ended, each in its own time, until asked to stop."""
        while True:
            time.sleep(LOOK_EVERY)
            for child in children:
                said = child.look(time.monotonic())
                if said:
                    self.stderr.write(said)

    def _stop(self, processes: list[subprocess.Popen[bytes]]) -> None:
        for process in processes:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in processes:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
