"""`manage.py scheduler`: start the periodic jobs of all rooms, each once a period."""

import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from courses.kit.jobs import JOBS, tick

logger = logging.getLogger("javar.scheduler")


class Command(BaseCommand):
    """Ticks every few seconds; two schedulers do no harm."""

    help = "Run the periodic jobs of all rooms."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the pause between ticks and whether to tick once."""
        parser.add_argument("--pause", type=float, default=5.0, help="seconds between ticks")
        parser.add_argument("--once", action="store_true", help="tick once and end")

    def handle(self, *args: Any, pause: float, once: bool, **options: Any) -> None:
        """Tick until stopped; a job that fails is logged and tried again."""
        while True:
            close_old_connections()
            try:
                ran = tick(timezone.now())
            except Exception:
                logger.exception("a periodic job failed; it is tried again at the next tick")
                ran = []
            if once:
                self.stdout.write(f"{len(JOBS)} jobs known; run now: {', '.join(ran) or 'none'}")
                return
            time.sleep(pause)
