"""`manage.py db_worker`: the library's worker in a loop that outlives its database.

The library's own worker ends with a traceback when the database goes away, and leaves the task it
was at marked as running for ever.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import DatabaseError
from django.utils import timezone
from django_tasks.signals import task_finished
from django_tasks_db.management.commands import db_worker

from courses.kit.loops import Loop
from courses.kit.models import Part
from javar.upkeep.anchor import anchor
from javar.upkeep.tasks import let_go_of


class Command(db_worker.Command):
    """Works the queue off, says that it lives, looks again."""

    def handle(self, *, verbosity: int, interval: float, worker_id: str, **options: Any) -> None:
        """Work until stopped; where it is asked to end by itself, do as the library does."""
        if options["batch"] or options["reload"] or options["max_tasks"]:
            super().handle(
                verbosity=verbosity, interval=interval, worker_id=worker_id, **options
            )  # fmt: skip
            return
        self.configure_logging(verbosity)
        worker = db_worker.Worker(
            queue_names=options["queue_name"].split(","),
            excluded_queue_names=list(filter(None, options["exclude_queues"].split(","))),
            backend_name=options["backend_name"],
            worker_id=worker_id,
            interval=interval,
            # It ends when nothing waits, and the loop takes the next turn.
            batch=True,
            startup_delay=False,
            max_tasks=None,
        )
        worker.configure_signals()

        was_broken = False

        def turn(at: datetime) -> bool:
            nonlocal was_broken
            anchor.hold()
            if was_broken:
                # One process does one task at a time: what it had begun cannot be at work.
                let_go_of(worker_id, at=at)
            was_broken = True
            worker.run()
            was_broken = False
            if not worker.running:
                raise SystemExit(0)
            return False

        loop = Loop(turn, part=Part.WORKER, pause=interval)

        def live_on(sender: Any, **kwargs: Any) -> None:
            # A long queue is one turn; a heart that cannot beat must not make its task fail.
            with suppress(DatabaseError):
                loop.beat(timezone.now())

        task_finished.connect(live_on)
        loop.run()
