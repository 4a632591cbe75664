"""`manage.py release_outbox`: let a restored site go on, once a keeper has read its report."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.kit import holds
from courses.kit.refusal import Refusal
from courses.notices.actions import release_outbox
from courses.people.models import User


class Command(BaseCommand):
    """Ends the hold after a restore, in a keeper's name."""

    help = "Let the outbox be sent and time decide again after a restore."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take who answers for it, and what becomes of the copy's own messages."""
        parser.add_argument("--by", required=True, metavar="USERNAME", help="a keeper of the site")
        parser.add_argument(
            "--give-up", action="store_true",
            help="send none of the copy's own messages: without a journal nobody knows which went",
        )  # fmt: skip

    def handle(self, *args: Any, by: str, give_up: bool, **options: Any) -> None:
        """Release."""
        hold = holds.present()
        keeper = User.objects.filter(username=by.lower()).first()
        if hold is None:
            raise CommandError("The outbox is not held.")
        if keeper is None:
            raise CommandError(f"There is no account “{by}”.")
        try:
            release_outbox(hold, by=keeper, give_up=give_up)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write("The outbox is released; the relay sends what waits.")
