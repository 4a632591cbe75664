"""`manage.py restore FILE`: bring a copy back into an empty place, with the outbox held."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from courses.kit.faults import words_of
from javar.upkeep.backups import making, restores
from javar.upkeep.backups.archives import CopyRefused


class Command(BaseCommand):
    """Checks, loads, settles, puts in place; says what the copy cannot know."""

    help = "Restore a copy into an empty place; nothing is ever overwritten."
    # The place is empty, or a restore was cut off: neither is a reason not to begin.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the copy and its key."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--key", default="", help="the key file; JAVAR_BACKUP_KEY_FILE")
        parser.add_argument(
            "--go-on", action="store_true",
            help="end well where this very copy was restored here already; touches nothing then",
        )  # fmt: skip

    def handle(self, *args: Any, file: Path, key: str, go_on: bool, **options: Any) -> None:
        """Restore and report."""
        begun = time.monotonic()
        try:
            if go_on and restores.was_restored(file):
                self.stdout.write(f"{file.name} was restored here already; nothing was touched.")
                return
            report = restores.restore(file, making.given_key(key), say=self.stdout.write)
        except CopyRefused as refusal:
            raise CommandError(_with_notes(str(refusal), refusal)) from refusal
        except (DatabaseError, OSError) as error:
            words = (
                f"The restore broke off: {words_of(error)}. Mend that and run it again; it clears "
                "what may be left."
            )
            raise CommandError(_with_notes(words, error)) from error
        for line in restores.sentences(report):
            self.stdout.write(line)
        self.stdout.write(f"Done in {time.monotonic() - begun:.1f} s")


def _with_notes(words: str, error: BaseException) -> str:
    """Return what an error says and what was noted on its way up."""
    return " ".join([words, *getattr(error, "__notes__", [])])
