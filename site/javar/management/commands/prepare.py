"""`manage.py prepare`: everything a start needs, again and again without harm."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from javar.catalogues import compile_catalogues
from javar.seeding import seeds_fingerprint, seeds_were_sown
from javar.upkeep.backups.restores import cut_off
from javar.upkeep.lost_database import refuse_to_begin_anew, remember_prepared


class Command(BaseCommand):
    """Compiles the catalogues, migrates, sows the seeds; says what it did."""

    help = "Prepare database, translations and content; does only what is missing."
    # The database may not exist yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to sow the demo."""
        parser.add_argument("--demo", action="store_true", default=settings.DEMO)

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:
        """Do what is missing."""
        refuse_to_begin_anew()
        if said := cut_off():
            raise CommandError(said)
        self._timed("translations", self._catalogues)
        self._timed("database", self._database)
        if not settings.DEVELOPMENT:
            call_command("check", databases=["default"], stdout=self.stdout)
            self._timed("static files", self._static)
        if seeds_were_sown(seeds_fingerprint(), demo=demo):
            self.stdout.write("  content: the seeds have not changed")
        else:
            call_command("seed", demo=demo, stdout=self.stdout)
        remember_prepared()

    def _timed(self, what: str, work: Any) -> None:
        begun = time.monotonic()
        said = work()
        self.stdout.write(f"  {what}: {said} ({time.monotonic() - begun:.1f} s)")

    def _catalogues(self) -> str:
        return f"{len(compile_catalogues())} compiled"

    def _database(self) -> str:
        # The plan below asks the database, which may have to be made first.
        make_missing = getattr(connection, "make_missing", None)
        if make_missing is not None:
            make_missing()
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if not plan:
            return "up to date"
        call_command("migrate", interactive=False, verbosity=0)
        return f"{len(plan)} migrations applied"

    def _static(self) -> str:
        call_command("collectstatic", interactive=False, verbosity=0)
        return "collected"
