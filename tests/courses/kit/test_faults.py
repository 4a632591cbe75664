"""Faults are told from mistakes by the drivers' codes, wherever in a chain of causes they stand."""

import errno
import sqlite3
from pathlib import Path

import pytest
from django.db import DataError, IntegrityError, InterfaceError, OperationalError

from courses.kit.faults import Fault, fault_of


def caused(error: Exception, **codes: object) -> Exception:
    """Return a database error of Django's with the driver's own behind it."""
    driver = Exception()
    for name, value in codes.items():
        setattr(driver, name, value)
    error.__cause__ = driver
    return error


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        ("57P01", Fault.LOST), ("57P03", Fault.LOST), ("08006", Fault.LOST), ("58030", Fault.LOST),
        ("53300", Fault.BUSY), ("53100", Fault.FULL), ("55P03", Fault.BUSY), ("40P01", Fault.BUSY),
        ("57014", Fault.BUSY), ("25006", Fault.FULL), (None, Fault.LOST),
        ("42P01", None), ("42601", None), ("22001", None), ("3D000", None),
    ],
)  # fmt: skip
def test_state_of_postgresql_names_the_fault(state: str | None, fault: Fault | None) -> None:
    assert fault_of(caused(OperationalError("-"), sqlstate=state)) == fault


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (5, Fault.BUSY), (6, Fault.BUSY), (261, Fault.BUSY), (8, Fault.FULL), (13, Fault.FULL),
        (10, Fault.LOST), (14, Fault.LOST), (26, Fault.LOST), (1032, Fault.LOST),
        (4874, Fault.FULL), (1, None), (19, None),
    ],
)  # fmt: skip
def test_code_of_sqlite_names_the_fault(code: int, fault: Fault | None) -> None:
    assert fault_of(caused(OperationalError("-"), sqlite_errorcode=code)) == fault


def test_file_of_a_missing_database_is_a_lost_one(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError) as met:
        sqlite3.connect(f"file:{tmp_path / 'none'}?mode=rw", uri=True).execute("SELECT 1")
    wrapped = OperationalError("-")
    wrapped.__cause__ = met.value
    assert fault_of(wrapped) == Fault.LOST


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (OperationalError("no such table: x"), None),
        (OperationalError("database is locked"), Fault.BUSY),
        (InterfaceError("connection already closed"), Fault.LOST),
        (IntegrityError("database is locked"), None),
        (DataError("connection"), None),
        (OSError(errno.ENOSPC, "-"), Fault.FULL),
        (OSError(errno.EROFS, "-"), Fault.FULL),
        (OSError(errno.ECONNREFUSED, "-"), None),
        (ValueError("connection"), None),
        (None, None),
    ],
)
def test_words_and_numbers_name_the_fault(error: Exception | None, fault: Fault | None) -> None:
    assert fault_of(error) == fault


def test_fault_behind_another_exception_is_found() -> None:
    behind = ValueError("-")
    behind.__context__ = OperationalError("database is locked")
    assert fault_of(behind) == Fault.BUSY
    group = ExceptionGroup("-", [ValueError(), OperationalError("disk I/O error")])
    assert fault_of(group) == Fault.LOST


def test_fault_that_was_put_aside_is_not_found() -> None:
    aside = ValueError("-")
    aside.__context__, aside.__suppress_context__ = OperationalError("database is locked"), True
    assert fault_of(aside) is None


def test_chain_without_an_end_is_left() -> None:
    first, second = ValueError(), ValueError()
    first.__context__, second.__context__ = second, first
    assert fault_of(first) is None
