"""The database into which a copy is restored: empty before, whole afterwards, never in between.

All work happens beside the real place: on SQLite in a file next to it, which gets its name at the
end; on PostgreSQL in a schema of its own, which becomes `public` at the end. Whoever serves the
site meanwhile finds an empty database, and whoever is killed leaves one.
"""

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connections, transaction

from javar.upkeep.backups import copies
from javar.upkeep.backups.archives import CopyRefused
from javar.upkeep.backups.copies import RESTORING

# Of restores on one PostgreSQL database; no other lock of ours has this number.
LOCK = 0x4A52_5354
# Numbers that rows had after the copy was made are never given again.
JUMP = 1_000_000
_COUNT = """
    SELECT COUNT(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname NOT LIKE 'pg\\_%%' AND n.nspname NOT IN ('information_schema', %s)
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""


def sqlite_place() -> Path:
    """Return the file of the live SQLite database."""
    return Path(str(connections["default"].settings_dict["NAME"]))


def work_file() -> Path:
    """Return the file in which a SQLite database is restored."""
    place = sqlite_place()
    return place.with_name(f"{place.name}.restoring")


def is_empty() -> bool:
    """Tell whether nothing of anybody's lies in the database."""
    connection: Any = connections["default"]
    if connection.vendor == "sqlite":
        return _sqlite_is_empty(sqlite_place())
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [RESTORING])
        return bool(cursor.fetchone()[0] == 0)


def _sqlite_is_empty(place: Path) -> bool:
    if not place.exists() or place.stat().st_size == 0:
        return True
    try:
        with closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True)) as found:
            return bool(found.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0] == 0)
    except sqlite3.Error:
        # Whatever it is, it is somebody's.
        return False


@contextmanager
def held() -> Iterator[None]:
    """Keep a database on a server to one restore, whatever machine or folder another is on.

    A second one would drop the schema in which the first one works. A killed one holds nothing.
    """
    if connections["default"].vendor == "sqlite":
        yield
        return
    # A connection of its own: the others are closed on the way.
    lock: Any = connections["default"].copy()
    try:
        with lock.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                raise CopyRefused("Another restore is at work on this database.")
        yield
    finally:
        lock.close()


def work_is_left() -> bool:
    """Tell whether a database that was being restored still lies beside its place."""
    connection: Any = connections["default"]
    if connection.vendor == "sqlite":
        return work_file().exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [RESTORING])
        return cursor.fetchone() is not None


def clear_work() -> None:
    """Throw away what a restore that was cut off, or refused, has loaded."""
    connections.close_all()
    connection: Any = connections["default"]
    if connection.vendor == "sqlite":
        for end in ("", "-wal", "-shm", "-journal"):
            Path(f"{work_file()}{end}").unlink(missing_ok=True)
        return
    with connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA IF EXISTS "{RESTORING}" CASCADE')


def load(database: Path) -> None:
    """Load a copied database beside the real place."""
    clear_work()
    if connections["default"].vendor == "sqlite":
        copies.check_sqlite(database)
        os.rename(database, work_file())
    else:
        _load_dump(database)


def _load_dump(dump: Path) -> None:
    """Load a dump in one transaction, at whose end its tables lie in the work schema."""
    restore = [
        copies.tool("pg_restore", 0), "--file=-", "--no-owner", "--no-privileges", str(dump),
    ]  # fmt: skip
    psql = [copies.tool("psql", 0), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complaint:
        loading = subprocess.Popen(  # noqa: S603
            psql, env=copies.address(), stdin=subprocess.PIPE, stdout=said, stderr=said
        )
        reading = subprocess.Popen(  # noqa: S603
            restore, env=copies.address(), stdout=subprocess.PIPE, stderr=complaint
        )
        try:
            whole = _pass_on(reading, loading)
        finally:
            for process in (reading, loading):
                if process.poll() is None:
                    process.kill()
                process.wait()
            for pipe in (reading.stdout, loading.stdin):
                with suppress(BrokenPipeError):
                    pipe.close()  # type: ignore[union-attr]
        if not whole or loading.returncode:
            said.seek(0)
            complaint.seek(0)
            words = (complaint.read() + said.read()).decode(errors="replace").strip()
            raise CopyRefused(f"The dump could not be loaded; nothing was kept: {words[-300:]}")


def _pass_on(reading: "subprocess.Popen[bytes]", loading: "subprocess.Popen[bytes]") -> bool:
    """Pipe the dump into psql; commit only what was read to its end."""
    source: IO[bytes] = reading.stdout  # type: ignore[assignment]
    sink: IO[bytes] = loading.stdin  # type: ignore[assignment]
    try:
        sink.write(b"BEGIN;\n")
        while piece := source.read(1 << 20):
            sink.write(piece)
        whole = reading.wait() == 0
        if whole:
            sink.write(
                f'\nALTER SCHEMA public RENAME TO "{RESTORING}";\n'
                "CREATE SCHEMA public;\nCOMMIT;\n".encode()
            )
        sink.close()
    except BrokenPipeError:
        return False
    loading.wait()
    return whole


@contextmanager
def at_work() -> Iterator[None]:
    """Let every connection of this process use the database that is being restored."""
    live: dict[str, Any] = connections["default"].settings_dict
    before = dict(live)
    connections.close_all()
    if connections["default"].vendor == "sqlite":
        live["NAME"] = str(work_file())
    else:
        options = live.get("OPTIONS", {})
        said = f"{options.get('options', '')} -c search_path={RESTORING}".strip()
        live["OPTIONS"] = options | {"options": said}
    try:
        yield
    finally:
        connections.close_all()
        live.clear()
        live.update(before)


def forget_what_was_read() -> None:
    """Empty the process's memory of tables: another database may number them otherwise."""
    ContentType.objects.clear_cache()
    apps.clear_cache()


def jump_ahead() -> None:
    """Let every table's numbers go on far behind those that may have been given meanwhile."""
    connection: Any = connections["default"]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
            )
            for (name,) in cursor.fetchall():
                cursor.execute(
                    "UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [JUMP, name]
                )
                if cursor.rowcount == 0:
                    cursor.execute("INSERT INTO sqlite_sequence VALUES (%s, %s)", [name, JUMP])
            return
        cursor.execute(
            "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, "
            "LEAST(max_value, COALESCE(last_value, 0) + %s)) "
            "FROM pg_sequences WHERE schemaname = current_schema()",
            [JUMP],
        )


def put_in_place() -> None:
    """Give the restored database its name; from here on it is the site's."""
    connection: Any = connections["default"]
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(work_file(), isolation_level=None)) as whole:
            whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            whole.execute("PRAGMA journal_mode=DELETE")
        copies.flush_file(work_file())
        connections.close_all()
        for end in ("-wal", "-shm"):
            Path(f"{sqlite_place()}{end}").unlink(missing_ok=True)
        os.rename(work_file(), sqlite_place())
        copies.flush_file(sqlite_place().parent)
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # Refuses where somebody has made tables meanwhile: nothing is overwritten.
        cursor.execute("DROP SCHEMA public RESTRICT")
        cursor.execute(f'ALTER SCHEMA "{RESTORING}" RENAME TO public')
        cursor.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
        # A dump carries no statistics: without them the first pages would be planned blindly.
        cursor.execute("ANALYZE")
    connections.close_all()
