"""One idle connection to SQLite's file, held by every process that lives long.

Whoever closes the last connection removes the write-ahead log and its index, and the next one to
read has to make them anew: on a full disk that fails, and reading would end with writing. While
an anchor is held they stay.
"""

import os
import sqlite3
import threading
from pathlib import Path
from urllib.parse import quote

from django.db import connection

Identity = tuple[int, int]


class Anchor:
    """Holds the file that is there now; lets go of one that was moved away or replaced."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._lock = threading.Lock()
        self._held: sqlite3.Connection | None = None
        self._identity: Identity | None = None
        self._process = 0

    def hold(self) -> None:
        """Hold the database's file; cheap when it is held already, silent when it cannot be."""
        file = getattr(connection, "file", None)
        if file is None or (self._process, self._identity) == (os.getpid(), _identity_of(file)):
            return
        with self._lock:
            self._let_go()
            self._identity = _identity_of(file)
            self._process = os.getpid()
            self._held = _opened(file) if self._identity else None
            if self._held is None:
                self._identity = None

    def _let_go(self) -> None:
        # A connection made before a fork belongs to the parent: closing it here would hurt it.
        if self._held is not None and self._process == os.getpid():
            self._held.close()
        self._held = None


def _identity_of(file: Path) -> Identity | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _opened(file: Path) -> sqlite3.Connection | None:
    try:
        held = sqlite3.connect(
            f"file:{quote(str(file))}?mode=rw", uri=True, check_same_thread=False
        )
        # Reading once joins the log; an idle connection then holds no lock of anybody's way.
        held.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        return None
    return held


anchor = Anchor()
