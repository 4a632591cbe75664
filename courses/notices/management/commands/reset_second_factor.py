"""`manage.py reset_second_factor`: for who lost the telephone and the printed codes.

Two keepers stand at the machine; each types the own password. Neither is the account's owner.
"""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.kit.refusal import Refusal
from courses.notices.actions import reset_second_factor
from courses.people.models import User


class Command(BaseCommand):
    """Takes somebody's second factor away, by the hands of two keepers."""

    help = "Take away the second factor of somebody who lost it; two keepers type their passwords."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whose, by whom, why."""
        parser.add_argument("username", help="whose second factor is lost")
        parser.add_argument("asks", help="the keeper who asks")
        parser.add_argument("approves", help="another keeper, who knows the person")
        parser.add_argument("--reason", required=True, help="how they know that it is them")

    def handle(
        self, *args: Any, username: str, asks: str, approves: str, reason: str, **options: Any
    ) -> None:
        """Do it and say so."""
        user, first, second = (self._account(name) for name in (username, asks, approves))
        for keeper in (first, second):
            if not keeper.check_password(getpass.getpass(f"Password of {keeper.username}: ")):
                raise CommandError(f"this is not the password of {keeper.username}")
        try:
            count = reset_second_factor(user, asked_by=first, by=second, reason=reason)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{username}: {count} taken away; asked for anew at the next sign-in")

    def _account(self, name: str) -> User:
        user = User.objects.filter(username=name.lower()).first()
        if user is None:
            raise CommandError(f"there is no account “{name}”")
        return user
