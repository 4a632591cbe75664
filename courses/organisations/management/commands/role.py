"""`manage.py role`: give somebody a role in an organisation, or end it.

How a new installation gets its first registrars, owners and officers: accounts come from signing
up (or `createsuperuser`), organisations from the seeds, and this joins them.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.kit.refusal import Refusal
from courses.organisations.actions import end_role, grant_role
from courses.organisations.models import Membership, Organisation, Role
from courses.people.models import User


class Command(BaseCommand):
    """Grants or ends one role; granting twice changes nothing."""

    help = "Give a person a role in an organisation, or end it with --end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take who, where, what."""
        parser.add_argument("username")
        parser.add_argument("organisation", help="its code, such as s03")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--end", action="store_true", help="end the role instead")

    def handle(
        self, *args: Any, username: str, organisation: str, role: str, end: bool, **options: Any
    ) -> None:
        """Do it and say so."""
        user = User.objects.filter(username=username.lower()).first()
        body = Organisation.objects.filter(code=organisation).first()
        if user is None:
            raise CommandError(f"there is no account “{username}”")
        if body is None:
            raise CommandError(f"there is no organisation “{organisation}”")
        if end:
            held = Membership.objects.filter(
                user=user, organisation=body, role=role, ended_on__isnull=True
            ).first()
            if held is None:
                raise CommandError(f"{username} is not {role} of {organisation}")
            end_role(held, by=None)
            self.stdout.write(f"{username} is no longer {role} of {organisation}")
            return
        try:
            grant_role(user, body, role, by=None)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{username} is {role} of {organisation}")
