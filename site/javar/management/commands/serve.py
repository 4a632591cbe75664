"""`manage.py serve`: prepare, then run web, worker, scheduler and relay together until Ctrl-C."""

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

from javar.demo import ACCOUNTS, PASSWORD

MANAGE = settings.ROOT / "manage.py"
GRACE_SECONDS = 10
# What ends so often within so many seconds of its start has a fault that starting does not mend.
MOST_FALLS, FALL_SECONDS = 3, 5


class Child:
    """A process of the site, and how often it fell right after it was started."""

    def __init__(self, command: list[str]) -> None:
        """Start it."""
        self.command, self.falls = command, 0
        self.name = next(
            (part for part in ("gunicorn", "db_worker", "scheduler", "relay") if part in command),
            command[0],
        )
        self._start()

    def _start(self) -> None:
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(settings.SITE), str(settings.ROOT)]),
            "DJANGO_SETTINGS_MODULE": "javar.settings",
        }
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603
            self.command, cwd=settings.ROOT, env=environment
        )

    def start_again(self) -> bool:
        """Start it anew, unless it falls at every start; tell whether it was started."""
        fell = time.monotonic() - self.started_at < FALL_SECONDS
        self.falls = self.falls + 1 if fell else 0
        if self.falls >= MOST_FALLS:
            return False
        self._start()
        return True


class Command(BaseCommand):
    """Runs the whole site in the foreground; four processes that stop together."""

    help = "Prepare everything, print the address, serve until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the port; PORT in the environment is its default."""
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))

    def handle(self, *args: Any, port: int, host: str, **options: Any) -> None:
        """Prepare, print, serve."""
        begun = time.monotonic()
        self.stdout.write("Preparing Javar …")
        self._fonts()
        call_command("prepare", demo=settings.DEMO, stdout=self.stdout)
        call_command("check", databases=["default"], stdout=self.stdout)
        # Links in messages lead to this very server, unless told otherwise.
        os.environ.setdefault("BASE_URL", f"http://{host}:{port}")
        commands = [
            [
                sys.executable, "-m", "gunicorn", "--pythonpath", str(settings.SITE),
                "--bind", f"{host}:{port}", "--workers", "2", "--threads", "4",
                "--worker-class", "gthread", "--log-level", "warning",
                "--logger-class", "javar.web.logs.GunicornLogger", "javar.wsgi",
            ],
            [sys.executable, str(MANAGE), "db_worker", "--no-reload", "-v", "0"],
            [sys.executable, str(MANAGE), "scheduler"],
            [sys.executable, str(MANAGE), "relay"],
        ]  # fmt: skip
        children = [Child(command) for command in commands]
        self._announce(host, port, time.monotonic() - begun)
        self._watch(children)

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
        """Wait; start again what was killed; stop all when asked to, or when one cannot live."""

        def stop(number: int, frame: object) -> None:
            raise KeyboardInterrupt

        # A shell that starts us in the background leaves Ctrl-C ignored: take it back.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)
        try:
            while True:
                time.sleep(0.5)
                for child in children:
                    if child.process.poll() is None:
                        continue
                    self.stderr.write(f"{child.name} ended by itself; starting it again.")
                    if not child.start_again():
                        self.stderr.write(f"{child.name} ends again and again; stopping the rest.")
                        return
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            self._stop([child.process for child in children])

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
