"""`manage.py sign_ins`: read the sign-in log, for whoever keeps the site."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from courses.people.models import SignInKind
from courses.people.queries import find_sign_ins
from courses.people.sign_ins import hash_of_address


class Command(BaseCommand):
    """Prints the newest lines first; a name or an address is compared by its hash."""

    help = "Read the sign-in log: who signed in, who failed, who was refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to look for; all that is given must fit."""
        parser.add_argument("--kind", choices=SignInKind.values)
        parser.add_argument("--name", help="an account's user name, or a name as it was typed")
        parser.add_argument("--address", help="a whole network address")
        parser.add_argument("--days", type=int, default=7)
        parser.add_argument("--most", type=int, default=100, help="lines")

    def handle(
        self, *args: Any, kind: str | None, name: str | None, address: str | None, days: int,
        most: int, **options: Any,
    ) -> None:  # fmt: skip
        """Print."""
        since = timezone.now() - timedelta(days=days)
        events = find_sign_ins(name=name or "", kind=kind or "").filter(at__gte=since)
        if address:
            events = events.filter(address_hash=hash_of_address(address))
        for event in events[:most]:
            who = event.account.username if event.account else f"name#{event.name_hash[:8] or '-'}"
            self.stdout.write(
                f"{event.at:%Y-%m-%d %H:%M:%S} {event.kind:<8} {who:<24} {event.network:<20} "
                f"addr#{event.address_hash[:8]} {event.agent:<18} {event.route} "
                f"{'+'.join(filter(None, (event.way, event.second)))}".rstrip()
            )
