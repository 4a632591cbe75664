"""One `serve`, or one restore, at a time: on a folder's database; and one server on a port."""

import errno
import fcntl
import hashlib
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management.base import CommandError

# Seconds in which a server that was just ended lets go of its port.
PORT_FREE_WITHIN = 5.0


class PlaceTaken(CommandError):  # noqa: N818 - said to people, as every refusal
    """Somebody serves this database from this folder, or restores it."""


@contextmanager
def hold_the_place() -> Iterator[None]:
    """Hold the right to serve this database from this folder, or to restore it.

    Raises PlaceTaken while somebody else holds it. The system takes it back from who dies.
    """
    database = settings.DATABASES["default"]
    name = [str(database.get(part, "")) for part in ("HOST", "PORT", "NAME")]
    mark = hashlib.sha256(":".join(name).encode()).hexdigest()[:12]
    with (settings.VAR / f"serve-{mark}.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            raise PlaceTaken(
                f"The site is already served from {settings.VAR}, or restored, by process"
                f" {file.read().strip()}."
                " Stop that one first, or name another folder in JAVAR_VAR."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def until_port_is_free(host: str, port: int, *, within: float = PORT_FREE_WITHIN) -> None:
    """Wait for a port that is being let go of.

    Raises CommandError when somebody keeps it.
    """
    until = time.monotonic() + within
    while not _is_free(host, port):
        if time.monotonic() >= until:
            raise CommandError(
                f"Port {port} of {host} is taken by another program, perhaps by another serve."
                f" Stop it, or choose another port: --port {port + 1}."
            )
        time.sleep(0.2)


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise CommandError(f"Port {port} of {host} cannot be used: {error}") from error
    return True
