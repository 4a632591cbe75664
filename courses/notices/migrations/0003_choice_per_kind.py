"""What a person chose of a whole group cannot be split among its kinds: choices begin anew."""

from typing import Any

from django.db import migrations, models


def begin_anew(apps: Any, schema_editor: Any) -> None:
    """Let every kind go its usual way again."""
    apps.get_model("notices", "Choice").objects.all().delete()


class Migration(migrations.Migration):
    """A choice is of one kind of notice, no longer of a group."""

    dependencies = [("notices", "0002_initial")]

    operations = [
        migrations.RunPython(begin_anew, migrations.RunPython.noop),
        migrations.RemoveConstraint("choice", "a_channel_is_chosen_once_per_group"),
        migrations.RenameField("choice", "group", "kind"),
        migrations.AlterField(
            "choice", "kind", models.CharField(max_length=60, verbose_name="kind")
        ),
        migrations.AddConstraint(
            "choice",
            models.UniqueConstraint(
                fields=("user", "kind", "channel"), name="a_channel_is_chosen_once_per_kind"
            ),
        ),
    ]
