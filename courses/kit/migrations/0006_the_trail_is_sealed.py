"""Let the database refuse to change the audit trail and its seals."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLES = ("kit_auditentry", "kit_seal")
WORDS = "the audit trail is append-only"


def protect(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Add triggers that refuse every update and every deletion."""
    if editor.connection.vendor == "sqlite":
        for table in TABLES:
            for end, what in (("stays", "UPDATE"), ("is_kept", "DELETE")):
                editor.execute(
                    f"CREATE TRIGGER {table}_{end} BEFORE {what} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
                )
        return
    editor.execute(
        "CREATE FUNCTION kit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{WORDS}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in TABLES:
        for end, what, each in (
            ("stays", "UPDATE", "ROW"),
            ("is_kept", "DELETE", "ROW"),
            ("is_whole", "TRUNCATE", "STATEMENT"),
        ):
            editor.execute(
                f"CREATE TRIGGER {table}_{end} BEFORE {what} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION kit_refuse_change()"
            )


def release(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away."""
    on_sqlite = editor.connection.vendor == "sqlite"
    for table in TABLES:
        for end in ("stays", "is_kept") if on_sqlite else ("stays", "is_kept", "is_whole"):
            on = "" if on_sqlite else f" ON {table}"
            editor.execute(f"DROP TRIGGER {table}_{end}{on}")
    if not on_sqlite:
        editor.execute("DROP FUNCTION kit_refuse_change()")


class Migration(migrations.Migration):
    """The seals and the triggers.

    Whoever changes one of these two tables on SQLite later: Django makes the table anew there, and
    its triggers go with the old one. Run `release` before and `protect` after; a check of the
    database at every start, and `verify_trail`, name triggers that do not stand.
    """

    dependencies = [("kit", "0005_heartbeats")]

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveBigIntegerField(unique=True, verbose_name="number")),
                ("first_entry", models.BigIntegerField(verbose_name="first entry")),
                ("last_entry", models.BigIntegerField(verbose_name="last entry")),
                ("absent", models.JSONField(default=list, verbose_name="absent")),
                ("late", models.JSONField(default=list, verbose_name="late")),
                ("digests", models.BinaryField(verbose_name="digests")),
                ("head", models.CharField(max_length=64, verbose_name="head")),
                ("made_at", models.DateTimeField(verbose_name="made at")),
            ],
            options={
                "verbose_name": "seal",
                "verbose_name_plural": "seals",
                "ordering": ["number"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_entry__gte", models.F("first_entry") - 1)),
                        name="a_seal_covers_a_range",
                    )
                ],
            },
        ),
        migrations.RunPython(protect, release),
    ]
