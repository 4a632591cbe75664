"""`manage.py migrate`: Django's own, which here alone may make the database's file."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections


class Command(migrate.Command):
    """Makes SQLite's file where there is none, then migrates."""

    def execute(self, *args: Any, **options: Any) -> Any:
        """Make the file, unless only asked what is missing; then check and do as Django does."""
        make_missing = getattr(connections[options["database"]], "make_missing", None)
        if make_missing is not None and not options["check_unapplied"]:
            make_missing()
        return super().execute(*args, **options)
