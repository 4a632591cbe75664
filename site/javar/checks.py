"""System checks of the whole house, run at every start."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

WANTED_PRAGMAS = {"journal_mode": "wal", "synchronous": 2}


@register(Tags.database)  # type: ignore[type-var]
def sqlite_is_durable(databases: list[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Assert the live PRAGMA values, not the settings: a typing mistake there fails silently."""
    errors: list[CheckMessage] = []
    for alias in databases or []:
        connection: Any = connections[alias]
        if connection.vendor != "sqlite" or connection.is_in_memory_db():
            continue
        with connection.cursor() as cursor:
            for pragma, wanted in WANTED_PRAGMAS.items():
                found = cursor.execute(f"PRAGMA {pragma}").fetchone()[0]
                if found != wanted:
                    errors.append(
                        Error(
                            f"SQLite runs with {pragma}={found}; it must be {wanted}.",
                            id="javar.E001",
                        )
                    )
        if connection.transaction_mode != "IMMEDIATE":
            errors.append(
                Error(
                    "SQLite runs in DEFERRED transactions; half of a rush would answer 500.",
                    id="javar.E002",
                )
            )
    return errors
