"""Databases for the tests: migrated once, sown once, then copied; never once per worker.

Templates are named after the hash of all that makes them, so an edited migration or seed makes a
new one and an unchanged tree starts in a second.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import global_settings, settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import override_settings
from django.utils import timezone

FOLDER = Path(settings.VAR) / "tests"


def on_sqlite() -> bool:
    """Tell whether this run is on SQLite."""
    return connection.vendor == "sqlite"


def _fingerprint(*patterns: str) -> str:
    # One PostgreSQL serves several checkouts: none may drop what another copies from.
    found = hashlib.sha256(str(settings.ROOT).encode())
    for pattern in patterns:
        for path in sorted(settings.ROOT.glob(pattern)):
            if path.is_file():
                found.update(str(path.relative_to(settings.ROOT)).encode())
                found.update(path.read_bytes())
    return found.hexdigest()[:12]


def migrated() -> str:
    """Return the name of the migrated template, made on first use."""
    mark = _fingerprint(
        "courses/*/migrations/*.py", "site/javar/*/migrations/*.py", "requirements.txt"
    )
    return _template(f"javar_migrated_{mark}", lambda: call_command("migrate", verbosity=0))


def sown() -> str:
    """Return the name of the template with all seeds and the demo, made on first use."""
    base = migrated()
    mark = _fingerprint(
        "courses/*/migrations/*.py", "site/javar/*/migrations/*.py", "seeds/**/*",
        "courses/**/*.py", "site/javar/**/*.py",
    )  # fmt: skip
    # The demo's days count from the day of sowing.
    name = f"javar_sown_{mark}_{timezone.now():%m%d}"

    def sow() -> None:
        from javar.seeding import read_seeds  # noqa: PLC0415 - needs the app registry
        from javar.seeding import sow as sow_seeds  # noqa: PLC0415

        # The real hash: servers of the journeys sign people in with it.
        with override_settings(PASSWORD_HASHERS=global_settings.PASSWORD_HASHERS):
            sow_seeds(read_seeds(), at=timezone.now(), demo=True)

    return _template(name, sow, base=base)


def _template(name: str, fill: Any, *, base: str = "") -> str:
    """Make a template under a lock that workers share; a half-made one is thrown away."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = FOLDER / f"{name}.{connection.vendor}.ready"
        if ready.exists() and _exists(name):
            return name
        drop(name)
        if base:
            copy(base, name)
        elif not on_sqlite():
            _admin(f'CREATE DATABASE "{name}"')
        with using(name):
            fill()
            if on_sqlite():
                with connection.cursor() as cursor:
                    # One file without a log beside it: only so may it be copied.
                    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ready.touch()
    return name


def _file(name: str) -> Path:
    return FOLDER / f"{name}.sqlite3"


def database_name(name: str) -> str:
    """Return what the settings call a database."""
    return str(_file(name)) if on_sqlite() else name


def url_of(name: str) -> str:
    """Return a database's address for another process."""
    if on_sqlite():
        return f"sqlite:///{_file(name)}"
    found = connection.settings_dict
    login = ":".join(filter(None, [found["USER"], found["PASSWORD"]]))
    host = f"{found['HOST'] or ''}" + (f":{found['PORT']}" if found["PORT"] else "")
    return f"postgres://{login}@{host}/{name}"


def _admin(statement: str) -> None:
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement)


def _exists(name: str) -> bool:
    if on_sqlite():
        return _file(name).exists()
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


# Which template each copy of this process was made of.
_COPIED_FROM: dict[str, str] = {}


def copy(template: str, name: str) -> None:
    """Copy a template to a database of its own."""
    _COPIED_FROM[name] = template
    if on_sqlite():
        shutil.copy(_file(template), _file(name))
    else:
        _admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def create(name: str) -> None:
    """Make an empty database; on SQLite it is made by whoever first writes."""
    drop(name)
    if not on_sqlite():
        _admin(f'CREATE DATABASE "{name}"')


def drop(name: str) -> None:
    """Remove a database, if it is there."""
    if on_sqlite():
        for end in ("", "-wal", "-shm"):
            Path(f"{_file(name)}{end}").unlink(missing_ok=True)
    else:
        _admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def using(name: str) -> Iterator[None]:
    """Let every connection of this process use another database for a while."""
    before = connection.settings_dict["NAME"]
    connections.close_all()
    connection.settings_dict["NAME"] = database_name(name)
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = before


def own_name(what: str) -> str:
    """Return a database name of this worker alone."""
    return f"javar_{what}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"


@contextmanager
def lifted_triggers() -> Iterator[None]:
    """Take every trigger of this database away for a while, as who owns the database could."""
    with connection.cursor() as cursor:
        if on_sqlite():
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            found = cursor.fetchall()
            away = [f'DROP TRIGGER "{name}"' for name, _sql in found]
            back = [sql for _name, sql in found]
        else:
            cursor.execute(
                "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
            )
            tables = [name for (name,) in cursor.fetchall()]
            # A table whose keys are still to be checked cannot be altered.
            away = ["SET CONSTRAINTS ALL IMMEDIATE"]
            away += [f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in tables]
            back = [f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in tables]
            back += ["SET CONSTRAINTS ALL DEFERRED"]
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in away:
            cursor.execute(statement)
        yield
        for statement in back:
            cursor.execute(statement)


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever a request writes, as if it had come alone.

    What insists on a transaction of its own (a count, a code's try) finds none around it, as in
    production.
    """
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)


def let_tests_empty_it() -> None:
    """Let a test that commits leave the database as it found it: copied anew, not emptied.

    Emptied, it would lack what the migrations wrote (the root page, its language), and what is
    append-only refuses to be.
    """

    def begin_anew(statements: list[str]) -> None:
        name = str(connection.settings_dict["NAME"])
        plain = Path(name).stem if on_sqlite() else name
        connections.close_all()
        drop(plain)
        copy(_COPIED_FROM[plain], plain)

    connection.ops.execute_sql_flush = begin_anew  # type: ignore[method-assign]
