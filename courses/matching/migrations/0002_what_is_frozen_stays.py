"""Let the database refuse to change what a round has frozen and what a run has found."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLES = ("matching_frozenmarket", "matching_runresult")


def protect(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Add a trigger that refuses every update."""
    if editor.connection.vendor == "sqlite":
        for table in TABLES:
            editor.execute(
                f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'what is frozen stays'); END"
            )
        return
    editor.execute(
        "CREATE FUNCTION matching_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'what is frozen stays' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in TABLES:
        editor.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION matching_refuse_change()"
        )


def release(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away."""
    for table in TABLES:
        on = "" if editor.connection.vendor == "sqlite" else f" ON {table}"
        editor.execute(f"DROP TRIGGER {table}_stays{on}")
    if editor.connection.vendor != "sqlite":
        editor.execute("DROP FUNCTION matching_refuse_change()")


class Migration(migrations.Migration):
    """The triggers."""

    dependencies = [("matching", "0001_initial")]

    operations = [migrations.RunPython(protect, release)]
