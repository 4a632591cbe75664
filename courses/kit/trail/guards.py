"""The triggers that refuse to change the trail: whether they stand."""

from django.db import connection

# Rows are refused by these; PostgreSQL has one more each for TRUNCATE.
TABLES = ("kit_auditentry", "kit_seal")


def missing_guards() -> list[str]:
    """Return the names of triggers that should stand and do not, or are switched off."""
    if connection.vendor == "sqlite":
        wanted = {f"{table}_{end}" for table in TABLES for end in ("stays", "is_kept")}
        question = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        wanted = {f"{table}_{end}" for table in TABLES for end in ("stays", "is_kept", "is_whole")}
        # O: it fires in ordinary sessions; A: always.
        question = "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
    with connection.cursor() as cursor:
        cursor.execute(question)
        return sorted(wanted - {name for (name,) in cursor.fetchall()})
