"""Copying the live database: SQLite by `VACUUM INTO`, PostgreSQL by `pg_dump` of one snapshot.

Both are taken while people write, and no write waits. What is told about a copy (its migrations,
the rows of every table, the files that rows name) is read from the very same state.
"""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connections, models

from courses.kit.models import AuditEntry
from courses.kit.uploads.storage import PrivateStorage
from javar.upkeep.backups.archives import CopyRefused

# The schema in which a restore works until it is whole; nothing of it belongs in a copy.
RESTORING = "javar_restoring"
Ask = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Copied:
    """What is known of a copied database; `files` are names as “media/…” and “private/…”."""

    engine_version: str
    migrations: list[str]
    counts: dict[str, int]
    files: frozenset[str]
    entry: int


def engine() -> str:
    """Return which engine the site runs on: sqlite or postgresql."""
    return connections["default"].vendor


def copy_database(to: Path) -> Copied:
    """Copy the live database into a new file and return what is known of the copy."""
    return _copy_sqlite(to) if engine() == "sqlite" else _copy_postgresql(to)


def size_of_database() -> int:
    """Return about how many bytes a copy of the database will need."""
    connection: Any = connections["default"]
    if connection.vendor == "sqlite":
        path = Path(str(connection.settings_dict["NAME"]))
        return path.stat().st_size if path.exists() else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])


def check_database(path: Path, name: str) -> None:
    """Refuse a copied database that does not open."""
    if name.endswith(".sqlite3"):
        check_sqlite(path)
    else:
        _run([tool("pg_restore", 0), "--list", str(path)], "The dump cannot be read")


def check_sqlite(path: Path) -> None:
    """Refuse a SQLite file that is not sound."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as found:
            said = [row[0] for row in found.execute("PRAGMA integrity_check")]
    except sqlite3.Error as error:
        raise CopyRefused(f"The copied database does not open: {error}.") from error
    if said != ["ok"]:
        raise CopyRefused(f"The copied database is not sound: {said[0]}.")


def _copy_sqlite(to: Path) -> Copied:
    source = str(connections["default"].settings_dict["NAME"])
    try:
        # A connection of its own: VACUUM cannot run inside a transaction.
        with closing(
            sqlite3.connect(f"file:{source}?mode=rw", uri=True, isolation_level=None, timeout=60)
        ) as live:
            live.execute("VACUUM INTO ?", [str(to)])
        check_sqlite(to)
        with closing(sqlite3.connect(f"file:{to}?mode=ro", uri=True)) as copied:
            found = _known(lambda question: copied.execute(question).fetchall())
    except sqlite3.Error as error:
        raise CopyRefused(f"The database was not copied: {error}.") from error
    flush_file(to)
    return Copied(sqlite3.sqlite_version, *found)


def _copy_postgresql(to: Path) -> Copied:
    live: Any = connections["default"].copy()
    try:
        with live.cursor() as cursor:

            def ask(question: str) -> list[tuple[Any, ...]]:
                cursor.execute(question)
                return list(cursor.fetchall())

            # The dump and our own questions see one and the same moment.
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            version = int(ask("SHOW server_version_num")[0][0]) // 10_000
            snapshot = ask("SELECT pg_export_snapshot()")[0][0]
            _run(
                [
                    tool("pg_dump", version), "--format=custom", "--compress=1", "--no-owner",
                    "--no-privileges", f"--snapshot={snapshot}", "--lock-wait-timeout=60s",
                    f"--exclude-schema={RESTORING}", f"--file={to}",
                ],
                "The database was not copied",
            )  # fmt: skip
            found = _known(ask)
            said = ask("SHOW server_version")[0][0]
            cursor.execute("ROLLBACK")
    finally:
        live.close()
    check_database(to, to.name)
    flush_file(to)
    return Copied(str(said), *found)


def _known(ask: Ask) -> tuple[list[str], dict[str, int], frozenset[str], int]:
    """Ask a database for its migrations, rows, files and the last line of its trail.

    It may be older than the code, before an upgrade: only what is there is asked for.
    """
    there: dict[str, set[str]] = {}
    for table, column in ask(_COLUMNS[engine()]):
        there.setdefault(table, set()).add(column)
    counts = {
        table: ask(f'SELECT COUNT(*) FROM "{table}"')[0][0]  # noqa: S608
        for table in sorted(there)
        if table in {model._meta.db_table for model in apps.get_models()}
    }
    files = {
        f"{root}/{name}"
        for root, table, column in _file_columns()
        if column in there.get(table, ())
        for (name,) in ask(f'SELECT DISTINCT "{column}" FROM "{table}"')  # noqa: S608
        if name
    }
    rows = ask("SELECT app, name FROM django_migrations") if "django_migrations" in there else []
    trail = AuditEntry._meta.db_table
    entry = ask(f'SELECT MAX(id) FROM "{trail}"')[0][0] if trail in there else 0  # noqa: S608
    return sorted(f"{app}.{name}" for app, name in rows), counts, frozenset(files), int(entry or 0)


_COLUMNS = {
    "sqlite": "SELECT m.name, p.name FROM sqlite_master m, pragma_table_info(m.name) p "
    "WHERE m.type = 'table'",
    "postgresql": "SELECT table_name, column_name FROM information_schema.columns "
    "WHERE table_schema = current_schema()",
}


def _file_columns() -> Iterator[tuple[str, str, str]]:
    """Yield the folder, table and column of every field that names files."""
    for model in apps.get_models():
        for column in model._meta.local_fields:
            if isinstance(column, models.FileField):
                root = "private" if isinstance(column.storage, PrivateStorage) else "media"
                yield root, model._meta.db_table, str(column.column)


def tool(name: str, version: int) -> str:
    """Return PostgreSQL's own program of a version that can serve such a server."""
    found: dict[int, str] = {}
    for path in [*Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), shutil.which(name)]:
        if path is None:
            continue
        said = subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False)  # noqa: S603
        number = re.search(r"(\d+)", said.stdout)
        if number:
            found.setdefault(int(number[1]), str(path))
    fit = [number for number in sorted(found) if number >= version]
    if not fit:
        raise CopyRefused(
            f"{name} of PostgreSQL {version or ''} or newer is needed; install postgresql-client."
        )
    return found[fit[0] if version else fit[-1]]


def address() -> dict[str, str]:
    """Return the environment in which PostgreSQL's programs find our database."""
    live = connections["default"].settings_dict
    options = live.get("OPTIONS", {})
    said = {
        "PGHOST": live["HOST"], "PGPORT": live["PORT"], "PGUSER": live["USER"],
        "PGPASSWORD": live["PASSWORD"], "PGDATABASE": live["NAME"],
        "PGSSLMODE": options.get("sslmode"), "PGSSLROOTCERT": options.get("sslrootcert"),
        "PGSERVICE": options.get("service"), "PGPASSFILE": options.get("passfile"),
    }  # fmt: skip
    return os.environ | {name: str(value) for name, value in said.items() if value}


def _run(command: list[str], complaint: str) -> None:
    done = subprocess.run(  # noqa: S603
        command, env=address(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CopyRefused(f"{complaint}: {done.stderr.strip()[-300:]}")


def flush_file(path: Path) -> None:
    """Let a file, or a folder's list of names, reach the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
