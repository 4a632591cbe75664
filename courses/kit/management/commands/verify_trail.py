"""`manage.py verify_trail`: is the audit trail what it was when it was sealed?"""

from argparse import ArgumentParser, ArgumentTypeError
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from courses.kit.trail.heads import exported_heads
from courses.kit.trail.verification import Verification

# So many faults are named; the rest would say the same.
MOST_NAMED = 20


def _head(text: str) -> tuple[int, str]:
    number, _colon, head = text.strip().partition(":")
    if not number.isascii() or not number.isdigit() or not head:
        raise ArgumentTypeError("write it as NUMBER:HASH, as it stands in the mail")
    return int(number), head.lower()


class Command(BaseCommand):
    """Names the first row changed, missing or added, and its seal."""

    help = "Verify the audit trail against its seals and the heads that were carried out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take heads from mails: what nobody with access to this machine can have changed."""
        parser.add_argument(
            "--head", action="append", type=_head, default=[], metavar="NUMBER:HASH",
            help="a seal's hash as it was mailed; may be given more than once",
        )  # fmt: skip

    def handle(self, *args: Any, head: list[tuple[int, str]], **options: Any) -> None:
        """Read the whole trail once and say what was read; fail when something is wrong."""
        heads, remarks = exported_heads()
        for remark in remarks:
            self.stdout.write(f"note: {remark}")
        given = dict(head)
        reading = Verification(heads | given, at=timezone.now())
        faults = list(islice(reading.faults(), MOST_NAMED + 1))
        for fault in faults[:MOST_NAMED]:
            self.stdout.write(f"✗ {fault}")
        if faults:
            more = " and more" if len(faults) > MOST_NAMED else ""
            raise CommandError(f"The trail is not what it was: {len(faults[:MOST_NAMED])}{more}.")
        self.stdout.write(
            f"✓ {reading.entries} entries in {reading.seals} seals are what they were; "
            f"{len(heads)} heads from the file and {len(given)} from you agree; "
            f"{reading.unsealed} entries are not sealed yet; head {reading.seals}:{reading.head}"
        )
