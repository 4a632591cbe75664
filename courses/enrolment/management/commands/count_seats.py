"""`manage.py count_seats`: compare every counter of seats with the places it counts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.enrolment import queries


class Command(BaseCommand):
    """Says what was counted wrongly; ends with an error where anything was."""

    help = "Compare the counters of seats and of open places with the places themselves."

    def handle(self, *args: Any, **options: Any) -> None:
        """Count."""
        wrong = queries.miscounts()
        if wrong:
            raise CommandError("\n".join(map(str, wrong)))
        self.stdout.write("Every counter agrees with the places.")
