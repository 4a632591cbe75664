"""Taking the database away from a running site, and giving it back; filling its disk."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connections

from tests import databases

BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
SIDES = ("", "-wal", "-shm")
SMALL = 32 << 20


@contextmanager
def away(database: str) -> Iterator[None]:
    """Take a database away: SQLite's files are moved, PostgreSQL ends and refuses connections."""
    connections.close_all()
    if not databases.on_sqlite():
        _refuse(database, refuse=True)
        try:
            yield
        finally:
            _refuse(database, refuse=False)
        return
    file = Path(databases.database_name(database)).resolve()
    aside = file.with_name(f"{file.name}.aside")
    found = [side for side in SIDES if Path(f"{file}{side}").exists()]
    for side in found:
        Path(f"{file}{side}").rename(f"{aside}{side}")
    try:
        yield
        assert not file.exists(), "an empty database took the place of the lost one"
    finally:
        for side in found:
            Path(f"{aside}{side}").rename(f"{file}{side}")


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Make a folder a disk of its own that is soon full; tell whether that was allowed."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(folder)]
    allowed = subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield allowed
    finally:
        if allowed:
            # Lazily: a server that is ending may still hold a file of it.
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def move_to(folder: Path, database: str) -> None:
    """Let an SQLite database lie in another folder, under the name it had."""
    connections.close_all()
    file = Path(databases.database_name(database))
    there = folder / file.name
    shutil.copy(file, there)
    file.unlink()
    file.symlink_to(there)


def can_be_filled(database: str) -> bool:
    """Tell whether a database's disk is so small that it may be filled."""
    file = Path(databases.database_name(database)).resolve()
    return shutil.disk_usage(file.parent).total <= SMALL


@contextmanager
def nothing_new(database: str) -> Iterator[None]:
    """Let a database take nothing new.

    SQLite's disk, which must be a small one, is filled to the last byte; PostgreSQL, whose disk
    is not ours to fill, takes read-only transactions alone.
    """
    connections.close_all()
    if not databases.on_sqlite():
        databases._admin(f'ALTER DATABASE "{database}" SET default_transaction_read_only = on')
        _end_connections(database)
        try:
            yield
        finally:
            databases._admin(f'ALTER DATABASE "{database}" RESET default_transaction_read_only')
            _end_connections(database)
        return
    assert can_be_filled(database)
    fill = Path(databases.database_name(database)).resolve().with_name("fill")
    try:
        with suppress(OSError), fill.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        yield
    finally:
        fill.unlink()


def _refuse(database: str, *, refuse: bool) -> None:
    answer = "false" if refuse else "true"
    databases._admin(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS {answer}')
    if refuse:
        _end_connections(database)


def _end_connections(database: str) -> None:
    databases._admin(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"  # noqa: S608 - a name of ours
        f" WHERE datname = '{database}' AND pid <> pg_backend_pid()"
    )


class Cluster:
    """A PostgreSQL of our own, which may be stopped without anybody else's noticing."""

    def __init__(self, port: int) -> None:
        """Make it and start it; PostgreSQL does not run as root, nor in root's own folders."""
        assert BIN is not None
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="javar-cluster-")), port
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run("initdb", "-D", str(self.folder), "-A", "trust", "-U", "postgres", "-N")
        self.start()

    @property
    def url(self) -> str:
        """The address of its one database."""
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        options = f"-p {self.port} -h 127.0.0.1 -k {self.folder} -c fsync=off"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.folder), "-l", log, "-o", options, "-w", "start")

    def stop(self, how: str = "immediate") -> None:
        """Stop it as a crash does, or `fast` as an operator does."""
        self._run("pg_ctl", "-D", str(self.folder), "-m", how, "-w", "stop")

    def remove(self) -> None:
        """End it for good."""
        with suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def fill_from(self, url: str) -> None:
        """Copy another database into it."""
        assert BIN is not None
        dumped = subprocess.run(
            [str(BIN / "pg_dump"), "--no-owner", url], check=True, capture_output=True
        )
        subprocess.run(
            [str(BIN / "psql"), "-q", "-v", "ON_ERROR_STOP=1", self.url], input=dumped.stdout,
            check=True, capture_output=True,
        )  # fmt: skip

    def _run(self, program: str, *arguments: str) -> None:
        assert BIN is not None
        command = [str(BIN / program), *arguments]
        if os.geteuid() == 0:
            command = [
                "setpriv",
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                *command,
            ]
        subprocess.run(
            command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/"
        )


def until(what: str, holds: object, *, within: float) -> float:
    """Wait until something holds; return the seconds it took."""
    assert callable(holds)
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < within, f"not within {within} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - begun
