"""System checks of the whole house, run at every start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from courses.kit.trail.guards import TABLES, missing_guards
from courses.people.models import User
from javar.upkeep.backups import restores

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


@register(Tags.database)  # type: ignore[type-var]
def demo_is_no_production(databases: list[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a demo's database outside development: everybody knows its accounts' password."""
    if settings.DEVELOPMENT or "default" not in (databases or []):
        return []
    connection = connections["default"]
    if User._meta.db_table not in connection.introspection.table_names():
        return []
    if not User.objects.filter(is_sample=True).exists():
        return []
    return [
        Error(
            "This database is a demo's: it holds invented people, and their password is public.",
            hint="Name an empty place with DATABASE_URL or JAVAR_VAR.",
            id="javar.E003",
        )
    ]


@register()
def no_restore_was_cut_off(**kwargs: Any) -> list[CheckMessage]:
    """Refuse to work on a place in which a restore has not come to its end."""
    said = restores.cut_off()
    return [Error(said, id="javar.E005")] if said else []


@register(Tags.database)  # type: ignore[type-var]
def trail_is_guarded(databases: list[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Assert that the triggers of the audit trail stand, where its tables are there at all."""
    if "default" not in (databases or []):
        return []
    if not set(TABLES) <= set(connections["default"].introspection.table_names()):
        return []
    return [
        Error(
            f"The audit trail can be changed: the trigger {name} does not stand.", id="javar.E003"
        )
        for name in missing_guards()
    ]
