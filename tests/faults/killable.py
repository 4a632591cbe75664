"""The whole site in a process group of its own, so that any part of it can be killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings

from tests.servers import STARTS_WITHIN, environment_of, free_port

PARTS = ("web worker", "gunicorn", "db_worker", "scheduler", "relay", "everything")


class Site:
    """`manage.py serve`, and how to kill it."""

    def __init__(self, database: str, **environment: str) -> None:
        """Start it and wait until it answers."""
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        self.log = Path(settings.VAR) / "tests" / f"site-{self.port}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.environment = environment_of(database, **environment)
        self.start()

    def start(self) -> None:
        """Start it in a session of its own."""
        command = [sys.executable, str(settings.ROOT / "manage.py"), "serve"]
        with self.log.open("a") as output:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port)], cwd=settings.ROOT, env=self.environment,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        try:
            self.until_it_answers()
        except AssertionError:
            # Nobody holds it yet who could stop it, and it would load the machine for ever.
            self.stop()
            raise

    def until_it_answers(self) -> float:
        """Wait for a good answer; return how many seconds that took."""
        begun = time.monotonic()
        while time.monotonic() - begun < STARTS_WITHIN:
            try:
                with urlopen(f"http://{self.host}/account/login/", timeout=5):
                    return time.monotonic() - begun
            except (URLError, OSError):
                time.sleep(0.05)
        raise AssertionError(f"the site does not answer:\n{self.log.read_text()[-3000:]}")

    def processes(self, part: str) -> list[int]:
        """Return the processes of a part, by what their command lines say."""
        found: dict[int, str] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                number = int(folder.name)
                if os.getpgid(number) == self.process.pid:
                    found[number] = (folder / "cmdline").read_text().replace("\0", " ")
            except (OSError, ValueError):
                continue
        web = sorted(number for number, line in found.items() if " gunicorn " in line)
        if part == "gunicorn":
            return web[:1]
        if part == "web worker":
            return web[1:]
        return [number for number, line in found.items() if f"manage.py {part}" in line]

    def kill(self, part: str) -> float:
        """Kill -9 a part; what is not started again by the site itself is started here.

        Returns the seconds until the site answers again.
        """
        if part == "everything":
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            begun = time.monotonic()
            self.start()
            return time.monotonic() - begun
        for number in self.processes(part)[:1]:
            os.kill(number, signal.SIGKILL)
        return self.until_it_answers()

    def stop(self) -> None:
        """End it for good."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait()
