"""`manage.py organisation`: enter a school, a firm or an office, with its page.

It is written as a seed is, so it may be entered again: what an editor has changed is kept.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from courses.kit.persian import normalise
from courses.kit.seedfile import Words
from courses.kit.sowing import Sower
from courses.organisations.models import Kind, Learners, OrganisationIndexPage, Variety
from courses.organisations.seeding import Body, sow_bodies, sow_pages


class Command(BaseCommand):
    """Enters one organisation."""

    help = "Enter a school, firm or office; its page appears in the list of its kind."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what the site shows of it."""
        parser.add_argument("code", help="short and for ever, such as tabriz-girls-3")
        parser.add_argument("kind", choices=Kind.values)
        parser.add_argument("name", help="in Persian")
        parser.add_argument("--english", required=True, help="its name in English")
        parser.add_argument("--place", required=True, help="where it is, in Persian")
        parser.add_argument("--place-english", required=True)
        parser.add_argument("--learners", choices=Learners.values, help="of a school")
        parser.add_argument("--variety", choices=Variety.values)

    @transaction.atomic
    def handle(self, *args: Any, code: str, kind: str, name: str, **options: Any) -> None:
        """Write it and its page."""
        if kind == Kind.SCHOOL and not options["learners"]:
            raise CommandError("a school teaches girls, boys, both or grown-ups: --learners")
        if "نمونه" in name:
            raise CommandError("«نمونه» marks what is invented; it is no part of a real name")
        values = {
            "kind": kind, "name_fa": normalise(name), "name_en": options["english"],
            "locality_fa": normalise(options["place"]), "locality_en": options["place_english"],
            "variety": options["variety"] or "", "learners": options["learners"] or "",
            "is_sample": False,
        }  # fmt: skip
        bodies = {code: Body(values, Words("", ""), [], [])}
        sower = Sower(at=timezone.now())
        sown = sow_bodies(bodies, sower)
        indexes = {
            page.kind: page
            for page in OrganisationIndexPage.objects.filter(locale__language_code="fa")
        }
        sow_pages(bodies, sown, {Kind(kind): indexes.get(kind)}, sower)
        for line in sower.report.lines():
            self.stdout.write(f"  {line}")
