"""The outbox: messages a relay carries in a second; beside it, a lease for every single one."""

import time

from django.db import transaction
from django.utils import timezone

from courses.notices.actions import relay_batch, send_sms
from courses.notices.models import Message
from courses.notices.states import Channel, MessageState
from tests import databases
from tests.bench.figures import SMALL, Figure, Say, middle
from tests.load import rushes

MESSAGES, RUNS = (40, 1) if SMALL else (1_000, 5)


class NullSender:
    """Carries nothing anywhere: what is left is the relay's own work."""

    def send(self, *, to: str, text: str, subject: str, stable_id: str) -> None:
        """Do nothing."""


def measured(say: Say) -> list[Figure]:
    """Carry the same number of messages in portions and one by one."""
    name = rushes.own_database("bench")
    try:
        with databases.using(name):
            portions, single = [], []
            for number in range(1, RUNS + 1):
                portions.append(_carried(f"a{number}", size=50))
                single.append(_carried(f"b{number}", size=1))
                say(f"run {number} of {RUNS}: {portions[-1]:,.0f} messages a second")
    finally:
        databases.drop(name)
    return [
        Figure(
            "outbox: messages relayed a second", round(middle(portions)), "/s",
            "one lease a message", round(middle(single)), runs=RUNS,
        )
    ]  # fmt: skip


def _carried(mark: str, *, size: int) -> float:
    now = timezone.now()
    with transaction.atomic():
        for number in range(MESSAGES):
            send_sms(
                f"+98914{number:07}", "notices.sign_in_code", key=f"{mark}{number}", at=now,
                code=str(number),
            )  # fmt: skip
    senders = {Channel.SMS: NullSender()}
    begun = time.monotonic()
    while relay_batch(senders, owner="bench", at=timezone.now(), size=size).claimed:
        pass
    seconds = time.monotonic() - begun
    if Message.objects.exclude(state=MessageState.SENT).exists():
        raise SystemExit("some messages were not sent")
    return MESSAGES / seconds
