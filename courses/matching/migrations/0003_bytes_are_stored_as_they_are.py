"""PostgreSQL stores frozen rounds and results as they come, not compressed.

Uncompressed bytes can be read piece by piece, and a million students' result is written in half
the time; it costs 100 MB of disk for such a round.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


COLUMNS = {
    "matching_frozenmarket": ("content",),
    "matching_runresult": ("result", "codes", "trace"),
}


def _store(editor: BaseDatabaseSchemaEditor, how: str) -> None:
    if editor.connection.vendor == "postgresql":
        for table, columns in COLUMNS.items():
            for column in columns:
                editor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE {how}")


def as_it_is(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Store what comes from now on without compressing it."""
    _store(editor, "EXTERNAL")


def compressed(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Let the database compress again."""
    _store(editor, "EXTENDED")


class Migration(migrations.Migration):
    """The storage of four columns; what was stored before stays readable."""

    dependencies = [("matching", "0002_what_is_frozen_stays")]

    operations = [migrations.RunPython(as_it_is, compressed)]
