"""`manage.py keeper`: appoint who keeps the site; prints a one-time link, never a password."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from courses.kit.refusal import Refusal
from courses.notices.refusals import AlreadyIn
from javar.upkeep.keepers import appoint_keeper


class Command(BaseCommand):
    """Appoints a keeper, or gives one who has not begun a new link."""

    help = "Make the account of who keeps the site; print the one-time link to begin with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take who."""
        parser.add_argument("username")
        parser.add_argument("--email", default="")
        parser.add_argument("--mobile", default="")

    def handle(self, *args: Any, username: str, email: str, mobile: str, **options: Any) -> None:
        """Do it and print the link, or say that it is not needed any more."""
        try:
            path = appoint_keeper(username, email=email, mobile=mobile, by=None)
        except AlreadyIn:
            self.stdout.write(f"{username} keeps the site already and has begun.")
            return
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{settings.WAGTAILADMIN_BASE_URL.rstrip('/')}{path}")
