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
        processes = [
            self._start(
                sys.executable, "-m", "gunicorn", "--pythonpath", str(settings.SITE),
                "--bind", f"{host}:{port}", "--workers", "2", "--threads", "4",
                "--worker-class", "gthread", "--log-level", "warning", "javar.wsgi",
            ),
            self._start(sys.executable, str(MANAGE), "db_worker", "--no-reload", "-v", "0"),
            self._start(sys.executable, str(MANAGE), "scheduler"),
            self._start(sys.executable, str(MANAGE), "relay"),
        ]  # fmt: skip
        self._announce(host, port, time.monotonic() - begun)
        self._watch(processes)

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

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(settings.SITE), str(settings.ROOT)]),
            "DJANGO_SETTINGS_MODULE": "javar.settings",
        }
        return subprocess.Popen(command, cwd=settings.ROOT, env=environment)  # noqa: S603

    def _announce(self, host: str, port: int, seconds: float) -> None:
        lines = [f"Javar is served on http://{host}:{port}/ (prepared in {seconds:.0f} s)"]
        if settings.DEMO:
            lines += ["", f"Demo accounts, password “{PASSWORD}”:"]
            lines += [f"  {name:<16} {what}" for name, what in ACCOUNTS.items()]
        lines += ["", "Stop with Ctrl-C."]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

    def _watch(self, processes: list[subprocess.Popen[bytes]]) -> None:
        """Wait; when asked to stop, or when one process ends, stop them all."""

        def stop(number: int, frame: object) -> None:
            raise KeyboardInterrupt

        # A shell that starts us in the background leaves Ctrl-C ignored: take it back.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)
        try:
            while all(process.poll() is None for process in processes):
                time.sleep(0.5)
            ended = next(process for process in processes if process.poll() is not None)
            self.stderr.write(f"Process {ended.pid} ended by itself; stopping the rest.")
        except KeyboardInterrupt:
            self.stdout.write("\nStopping …")
        finally:
            self._stop(processes)

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
