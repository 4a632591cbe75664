"""An SMS sender that fails three times in ten, and says which process sent what."""

import json
import os
import random

from django.conf import settings

from courses.notices.senders import SendingFailed

FAILS = 0.3


class FlakySender:
    """Appends lines to a file like `FileSender`; the seed is given for each process."""

    def __init__(self) -> None:
        """Begin the row of chances."""
        self.chance = random.Random(int(os.environ["FLAKY_SEED"]))

    def send(self, *, to: str, text: str, subject: str, stable_id: str) -> None:
        """Fail, or append one line and wait until it is on the disk."""
        if self.chance.random() < FAILS:
            raise SendingFailed("the gateway is moody", retry=True)
        line = json.dumps({"id": stable_id, "to": to, "text": text, "pid": os.getpid()})
        file = os.open(settings.JAVAR_SMS_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(file, f"{line}\n".encode())
        os.fsync(file)
        os.close(file)
