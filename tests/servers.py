"""The whole site as a stranger starts it: `manage.py serve` in a process of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from django.conf import settings

from tests import databases

STARTS_WITHIN = 90


@dataclass(frozen=True)
class Server:
    """A running site."""

    url: str
    log: Path

    def complaints(self) -> str:
        """Return what the server's processes said of errors."""
        lines = self.log.read_text().splitlines()
        return "\n".join(line for line in lines if "Error" in line or "Traceback" in line)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment_of(database: str, **environment: str) -> dict[str, str]:
    """Return what a server on a database reads from its environment."""
    return os.environ | {
        "DATABASE_URL": databases.url_of(database),
        "JAVAR_DEMO": "1",
        "JAVAR_RATE_LIMITS": "false",
        "JAVAR_TASKS": "django_tasks_db.DatabaseBackend",
        "PYTHONPATH": os.pathsep.join([str(settings.SITE), str(settings.ROOT)]),
        "DJANGO_SETTINGS_MODULE": "javar.settings",
        **environment,
    }


@contextmanager
def started(
    command: list[str], *, port: int, database: str, **environment: str
) -> Iterator[Server]:
    """Run a server on a database until the block ends; wait until it answers."""
    folder = Path(settings.VAR) / "tests"
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"server-{port}.log"
    values = environment_of(database, **environment)
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=settings.ROOT, env=values, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, log)
        yield Server(url, log)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/account/login/", timeout=5):  # noqa: S310
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"the server did not start:\n{log.read_text()[-3000:]}")


@contextmanager
def whole_site(name: str, **environment: str) -> Iterator[Server]:
    """Serve a copy of the sown site: web, worker, scheduler and relay."""
    template = databases.sown()
    databases.drop(name)
    databases.copy(template, name)
    port = free_port()
    manage = str(settings.ROOT / "manage.py")
    try:
        with started(
            [sys.executable, manage, "serve", "--port", str(port)], port=port, database=name,
            **environment,
        ) as server:  # fmt: skip
            yield server
    finally:
        databases.drop(name)
