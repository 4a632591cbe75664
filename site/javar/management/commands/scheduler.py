"""`manage.py scheduler`: start the periodic jobs of all rooms, each once a period."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from courses.kit.jobs import JOBS, tick
from courses.kit.loops import Loop
from courses.kit.models import Part
from javar.upkeep.anchor import anchor


class Command(BaseCommand):
    """Ticks every few seconds; two schedulers do no harm."""

    help = "Run the periodic jobs of all rooms."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the pause between ticks and whether to tick once."""
        parser.add_argument("--pause", type=float, default=5.0, help="seconds between ticks")
        parser.add_argument("--once", action="store_true", help="tick once and end")

    def handle(self, *args: Any, pause: float, once: bool, **options: Any) -> None:
        """Tick until stopped; a job that fails is logged and tried again."""
        if once:
            ran = tick(timezone.now())
            self.stdout.write(f"{len(JOBS)} jobs known; run now: {', '.join(ran) or 'none'}")
            return
        Loop(self._turn, part=Part.SCHEDULER, pause=pause).run()

    def _turn(self, at: datetime) -> bool:
        anchor.hold()
        tick(at)
        return False
