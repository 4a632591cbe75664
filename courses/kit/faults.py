"""Faults of the place where things are kept: the database, the disk.

`fault_of` reads an exception and tells a fault, which passes by itself or with a keeper's help and
of which nothing was written, from a mistake of ours, which waiting does not mend. It asks the
error codes of the drivers; words are read only where an exception carries none.
"""

import errno
from collections.abc import Iterator
from enum import StrEnum

from django.db import DatabaseError, InterfaceError, OperationalError


class Fault(StrEnum):
    """What is wrong: somebody holds a lock, nothing can be written, nothing can be reached."""

    BUSY = "busy"
    FULL = "full"
    LOST = "lost"


# SQLite's primary result codes, https://www.sqlite.org/rescode.html
_OF_SQLITE = {
    5: Fault.BUSY,  # SQLITE_BUSY
    6: Fault.BUSY,  # SQLITE_LOCKED
    8: Fault.FULL,  # SQLITE_READONLY
    10: Fault.LOST,  # SQLITE_IOERR
    11: Fault.LOST,  # SQLITE_CORRUPT
    13: Fault.FULL,  # SQLITE_FULL
    14: Fault.LOST,  # SQLITE_CANTOPEN
    15: Fault.BUSY,  # SQLITE_PROTOCOL: too many tried to begin reading at once
    26: Fault.LOST,  # SQLITE_NOTADB
}
# Of the extended codes, those that say another thing than their primary one.
_OF_SQLITE_EXTENDED = {
    778: Fault.FULL,  # SQLITE_IOERR_WRITE
    1032: Fault.LOST,  # SQLITE_READONLY_DBMOVED
    4874: Fault.FULL,  # SQLITE_IOERR_SHMSIZE: no room for the index of the log
}
# PostgreSQL's SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html; the
# longest beginning that is named decides.
_OF_SQLSTATE = {
    "08": Fault.LOST,  # connection exceptions
    "25006": Fault.FULL,  # read-only transaction: a standby, or a keeper's setting
    "40001": Fault.BUSY,  # serialization failure
    "40P01": Fault.BUSY,  # deadlock
    "53": Fault.BUSY,  # insufficient resources: memory, connections
    "53100": Fault.FULL,  # disk full
    "55P03": Fault.BUSY,  # lock not available
    "57014": Fault.BUSY,  # query cancelled, by a timeout
    "57P": Fault.LOST,  # shut down, crashed, starting, dropped
    "58": Fault.LOST,  # system errors
    "XX": Fault.LOST,  # internal errors, corrupted data
}
_OF_WORDS = {
    "database is locked": Fault.BUSY,
    "database table is locked": Fault.BUSY,
    "lock timeout": Fault.BUSY,
    "deadlock detected": Fault.BUSY,
    "is full": Fault.FULL,
    "no space left": Fault.FULL,
    "readonly database": Fault.FULL,
    "read-only transaction": Fault.FULL,
    "unable to open database file": Fault.LOST,
    "disk i/o error": Fault.LOST,
    "connection": Fault.LOST,
}
_FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
# A chain of causes longer than this is no chain of ours.
_DEEPEST = 20


def fault_of(error: BaseException | None) -> Fault | None:
    """Return the fault an exception tells of, or was made of; None: a mistake, not a fault."""
    for one in _chain(error):
        found = _of_one(one)
        if found is not None:
            return found
    return None


def words_of(error: BaseException) -> str:
    """Return what the exception that tells of a fault says, in one line that fits a log."""
    teller = next((one for one in _chain(error) if _of_one(one) is not None), error)
    return (str(teller).splitlines() or [type(teller).__name__])[0][:200]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception, then what it was made of, nearest first."""
    waiting, seen = [error], 0
    while waiting and seen < _DEEPEST:
        one = waiting.pop(0)
        if one is None:
            continue
        seen += 1
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting.extend(one.exceptions)
        waiting += [one.__cause__, None if one.__suppress_context__ else one.__context__]


def _of_one(error: BaseException) -> Fault | None:
    if isinstance(error, OSError):
        return Fault.FULL if error.errno in _FULL_DISK else None
    if not isinstance(error, DatabaseError | InterfaceError):
        return None
    driver = error.__cause__
    code = getattr(driver, "sqlite_errorcode", None)
    if code is not None:
        return _OF_SQLITE_EXTENDED.get(code) or _OF_SQLITE.get(code & 0xFF)
    state = getattr(driver, "sqlstate", None)
    if state:
        return next((_OF_SQLSTATE[state[:n]] for n in (5, 3, 2) if state[:n] in _OF_SQLSTATE), None)
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    said = str(error).lower()
    words = next((fault for words, fault in _OF_WORDS.items() if words in said), None)
    # What the server had no time to give a code is a connection that failed or broke.
    no_answer = isinstance(error, OperationalError) and hasattr(driver, "sqlstate")
    return words or (Fault.LOST if no_answer else None)
