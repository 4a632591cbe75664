"""`serve` starts again what ends, ever more slowly, and is alone where it serves."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection

from javar.upkeep import lost_database
from javar.upkeep.alone import hold_the_place, until_port_is_free
from javar.upkeep.children import Child, pause_after
from javar.upkeep.lost_database import MARK, until_database_answers

ENDS_AT_ONCE = [sys.executable, "-S", "-c", "raise SystemExit(3)"]
LIVES = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]


@pytest.fixture
def children() -> Iterator[list[Child]]:
    born: list[Child] = []
    yield born
    for child in born:
        if child.process is not None:
            child.process.kill()
            child.process.wait()


def test_pauses_grow_and_never_end() -> None:
    assert [pause_after(falls) for falls in range(1, 9)] == [0, 1, 2, 4, 8, 16, 30, 30]
    assert pause_after(10**6) == 30


def test_child_that_falls_is_tried_for_ever_and_told_of_twice(children: list[Child]) -> None:
    child = Child("relay", ENDS_AT_ONCE, now=0.0)
    children.append(child)
    now, said, starts = 0.0, [], 0
    while now < 200:
        if child.process is not None:
            child.process.wait()
            starts += 1
        said.append(child.look(now))
        now = max(now, child.due_at)
        if child.process is None:
            child.look(now)
    assert starts == 12, "0, 0, 1, 3, 7, 15, 31 and then every half minute"
    assert [words for words in said if words] == [
        "relay ended by itself (3); starting it again.",
        "relay ends again and again (3); it is tried after growing pauses, at most 30 seconds."
        " The rest goes on.",
    ]


def test_child_that_was_killed_is_started_at_once(children: list[Child]) -> None:
    child = Child("scheduler", LIVES, now=0.0)
    children.append(child)
    assert child.process is not None
    first = child.process
    assert child.look(1.0) == ""
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert child.look(60.0) == "scheduler ended by itself (-9); starting it again."
    assert child.look(60.0) == ""
    assert child.process is not None
    assert child.process.pid != first.pid
    assert child.process.poll() is None


def test_child_that_stands_again_is_said_to(children: list[Child]) -> None:
    child = Child("relay", LIVES, now=100.0)
    children.append(child)
    child.falls = 5
    assert child.look(120.0) == ""
    assert child.look(130.0) == "relay runs again."
    assert (child.falls, child.look(140.0)) == (0, "")


def test_second_serve_of_a_folder_is_refused_in_words(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    words = f"already served from .* by process {os.getpid()}"
    with hold_the_place(), pytest.raises(CommandError, match=words), hold_the_place():
        raise AssertionError("both hold it")
    with hold_the_place():
        pass


def test_taken_port_is_refused_in_words() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} of 127.0.0.1 is taken"):
            until_port_is_free("127.0.0.1", port, within=0)
    until_port_is_free("127.0.0.1", port, within=0)


@pytest.mark.django_db
def test_start_waits_for_a_database_that_is_away_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("javar.upkeep.lost_database.connections.close_all", lambda: None)
    said: list[str] = []
    slept: list[float] = []

    def fail(execute: Any, *what: Any) -> Any:
        if len(slept) < 4:
            raise OperationalError("connection refused")
        return execute(*what)

    with connection.execute_wrapper(fail):
        until_database_answers(said.append, sleep=slept.append)
    assert said == [
        "The database cannot be reached (connection refused); waiting for it.",
        "The database answers.",
    ]
    assert slept == [0.5, 1.0, 2.0, 4.0]


@pytest.fixture
def gone_file(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A real installation whose database's file was prepared and is not there."""
    settings.VAR, settings.DEVELOPMENT = tmp_path, False
    file = tmp_path / "javar.sqlite3"
    (tmp_path / MARK).write_text(str(file))
    monkeypatch.setattr(lost_database, "missing_file", lambda: None if file.exists() else file)
    return file


@pytest.mark.django_db
def test_file_that_was_here_is_waited_for_not_made_anew(gone_file: Path) -> None:
    said: list[str] = []
    until_database_answers(said.append, sleep=lambda seconds: gone_file.touch())
    assert said == [
        f"The database {gone_file} was here and is gone; waiting for it. To begin with an empty"
        f" one, remove {gone_file.parent / MARK}.",
        "The database answers.",
    ]


def test_preparing_does_not_begin_anew_where_a_database_is_gone(gone_file: Path) -> None:
    with pytest.raises(CommandError, match="was here and is gone"):
        call_command("prepare")
    assert not gone_file.exists()


def test_first_start_makes_its_database(gone_file: Path) -> None:
    (gone_file.parent / MARK).unlink()
    said: list[str] = []
    until_database_answers(said.append)
    assert said == []


def test_migrate_as_a_command_makes_its_database(tmp_path: Path) -> None:
    """The checks of a command open the database before it begins its work."""
    plain = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    command = [
        sys.executable,
        str(site_settings.ROOT / "manage.py"),
        "migrate",
        "contenttypes",
        "0001",
    ]

    subprocess.run(
        command, env=plain | {"JAVAR_VAR": str(tmp_path / "var")}, check=True, capture_output=True
    )

    assert (tmp_path / "var/javar.sqlite3").stat().st_size > 0
