"""Waiting for a database that is away, and not taking one that is gone for one not yet made."""

import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, connections

from courses.kit.faults import Fault, fault_of

LONGEST_PAUSE = 10.0
# Names the file that was prepared here once: gone, it is lost, and no empty one takes its place.
MARK = "prepared"


def missing_file() -> Path | None:
    """Return the database's file where there is none; None where there is, or on a server."""
    file: Path | None = getattr(connection, "file", None)
    return file if file is not None and not file.exists() else None


def is_gone(file: Path) -> bool:
    """Tell whether a file that is not there was prepared here before, in a real installation."""
    mark = settings.VAR / MARK
    return not settings.DEVELOPMENT and mark.exists() and mark.read_text() == str(file)


def refuse_to_begin_anew() -> None:
    """Raise CommandError where the database was here and is gone."""
    file = missing_file()
    if file is not None and is_gone(file):
        raise CommandError(_gone_sentence(file))


def remember_prepared() -> None:
    """Write down that this database has been prepared."""
    file: Path | None = getattr(connection, "file", None)
    if file is not None:
        (settings.VAR / MARK).write_text(str(file))


def until_database_answers(
    say: Callable[[str], object], *, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Wait for the database; say once what is waited for, again when that changes."""
    said, pause = "", 0.5
    while True:
        problem = _problem()
        if not problem:
            if said:
                say("The database answers.")
            return
        if problem != said:
            say(problem)
            said = problem
        sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def _problem() -> str:
    file = missing_file()
    if file is not None:
        # A first start: preparing makes it.
        return _gone_sentence(file) if is_gone(file) else ""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        connections.close_all()
        # A full disk or a lock is met, and waited for, by what writes.
        if fault_of(error) is not Fault.LOST:
            raise
        words = (str(error).splitlines() or ["no answer"])[0]
        return f"The database cannot be reached ({words}); waiting for it."
    return ""


def _gone_sentence(file: Path) -> str:
    return (
        f"The database {file} was here and is gone; waiting for it. To begin with an empty one,"
        f" remove {settings.VAR / MARK}."
    )
