"""`manage.py relay`: carry the outbox out of the site."""

import os
import secrets
import socket
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from courses.kit.loops import Loop
from courses.kit.models import Part
from courses.notices.actions import Relayed, relay_batch
from courses.notices.senders import senders


class Command(BaseCommand):
    """Sends what waits, rests, looks again; several relays share the work."""

    help = "Send the SMS and mails that wait in the outbox."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the pause between rounds, the size of a round and whether to end when done."""
        parser.add_argument("--pause", type=float, default=2.0, help="seconds between rounds")
        parser.add_argument("--size", type=int, default=50, help="messages in one round")
        parser.add_argument("--once", action="store_true", help="end when nothing is due")

    def handle(self, *args: Any, pause: float, size: int, once: bool, **options: Any) -> None:
        """Relay until stopped; a round that fails is logged and the next one comes."""
        carried = senders()
        owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"

        def turn(at: datetime) -> bool:
            done = relay_batch(carried, owner=owner, at=at, size=size)
            if done.claimed:
                self._say(done)
            return bool(done.claimed)

        if not once:
            Loop(turn, part=Part.RELAY, pause=pause).run()
        while turn(timezone.now()):
            pass
        self.stdout.write("nothing is due")

    def _say(self, done: Relayed) -> None:
        self.stdout.write(
            f"{done.claimed} taken: {done.sent} sent, {done.failed} to be tried again, "
            f"{done.dead} given up, {done.returned} given back"
        )
        self.stdout.flush()
