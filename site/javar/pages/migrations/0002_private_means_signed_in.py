"""Pages and collections that were kept by a shared password are kept for signed-in people."""

from django.db import migrations


def ask_for_a_sign_in(apps, schema_editor):
    for name in ("PageViewRestriction", "CollectionViewRestriction"):
        restrictions = apps.get_model("wagtailcore", name).objects
        restrictions.filter(restriction_type="password").update(
            restriction_type="login", password=""
        )


class Migration(migrations.Migration):
    dependencies = [
        ("pages", "0001_initial"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
    ]

    operations = [
        # The passwords are gone: nothing can be brought back.
        migrations.RunPython(ask_for_a_sign_in, migrations.RunPython.noop, elidable=True),
    ]
