"""`manage.py seed`: sow `seeds/` into the database; again and again without harm."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from courses.kit.seedfile import SeedError
from courses.people.models import User
from javar.seeding import SEEDS, read_seeds, remember_sowing, seeds_fingerprint, sow


class Command(BaseCommand):
    """Checks every file and reference first; then writes all of it or nothing."""

    help = "Sow the content of seeds/; --demo adds invented people and an open round."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the demo switch and, for tests, another folder."""
        parser.add_argument("--demo", action="store_true", help="also sow the demo's people")
        parser.add_argument("--from", dest="folder", type=Path, default=SEEDS)
        parser.add_argument("--check", action="store_true", help="only read and check the files")

    def handle(self, *args: Any, demo: bool, folder: Path, check: bool, **options: Any) -> None:
        """Read, check, write, report."""
        if demo and not settings.DEMO:
            raise CommandError(
                "The demo's accounts share one public password: they are sown only where "
                "JAVAR_DEMO=1 is set, and production refuses to start with it."
            )
        if demo and not check and _real_people_live_here():
            raise CommandError(
                "This database holds accounts of real people: the demo is not sown beside them. "
                "Name another place with DATABASE_URL or JAVAR_VAR, or leave JAVAR_DEMO off."
            )
        with translation.override("en"):
            try:
                seeds = read_seeds(folder)
            except SeedError as error:
                raise CommandError(f"Nothing was written. {error}") from error
            self.stdout.write("  content: every file and reference is right")
            if check:
                return
            at = timezone.now()
            report = sow(seeds, at=at, demo=demo)
            remember_sowing(seeds_fingerprint(folder), demo=demo, at=at)
        for line in report.lines():
            self.stdout.write(f"  {line}")


def _real_people_live_here() -> bool:
    """Tell whether somebody is here and the demo is not: an address typed wrongly."""
    real = User.objects.filter(is_sample=False, is_active=True).exists()
    return real and not User.objects.filter(username="demo-admin").exists()
