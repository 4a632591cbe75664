"""Carrying the outbox out: claim under a lease, send outside any transaction, mark.

At least once: a relay that dies between sending and marking leaves a lease that runs out, and
the message goes again under the same id. The journal learns of a message between its sending and
its mark, so that a restored copy never sends it again. Two relays share the work: a row is
claimed by one guarded UPDATE, so that at most one of them holds it.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from courses.kit import journal
from courses.kit.moves import claim, move_all
from courses.kit.scrubbing import scrub
from courses.kit.tracing import traced
from courses.notices import queries, rules
from courses.notices.kinds import KINDS
from courses.notices.models import Message
from courses.notices.queries import journal_line
from courses.notices.senders import Sender, SendingFailed
from courses.notices.states import MOVES, MessageState

logger = logging.getLogger("javar.relay")


@dataclass(frozen=True)
class Relayed:
    """What one round did, in messages."""

    claimed: int = 0
    sent: int = 0
    failed: int = 0
    dead: int = 0
    returned: int = 0


def relay_batch(
    sender_by_channel: Mapping[str, Sender],
    *,
    owner: str,
    at: datetime,
    size: int = 50,
    watch: Callable[[], float] = time.monotonic,
) -> Relayed:
    """Claim at most `size` messages that are due, send them, mark each; return what was done.

    `owner` names this relay and no other. `watch` counts seconds: when half the lease is over
    nothing more is sent, and what is left is given back.
    """
    begun = watch()
    lease = timedelta(seconds=settings.JAVAR_RELAY_LEASE)
    counts = dict.fromkeys(("sent", "failed", "dead", "returned"), 0)
    claimed = _claim(owner, at, lease, size)
    for message in claimed:
        if watch() - begun > lease.total_seconds() / 2:
            _give_back(claimed[sum(counts.values()) :], owner)
            counts["returned"] = len(claimed) - sum(counts.values())
            break
        with traced(f"message-{message.stable_id}"):
            counts[_send(message, sender_by_channel[message.channel], owner, at)] += 1
    return Relayed(claimed=len(claimed), **counts)


def _claim(owner: str, at: datetime, lease: timedelta, size: int) -> list[Message]:
    """Take a lease on due messages and return those that are ours, oldest first.

    The UPDATE repeats every condition: of two relays that chose the same rows only one gets
    each. PostgreSQL skips rows another relay is claiming at this moment.
    """
    if not queries.due(at=at).exists():
        return []
    until = at + lease
    with transaction.atomic():
        chosen = claim(queries.due(at=at), size)
        queries.due(at=at).filter(pk__in=chosen).order_by().update(
            lease_until=until, lease_owner=owner
        )
    return list(
        Message.objects.filter(
            pk__in=chosen, state=MessageState.WAITING, lease_owner=owner, lease_until=until
        ).order_by("not_before", "pk")
    )


def _send(message: Message, sender: Sender, owner: str, at: datetime) -> str:
    """Send one message and mark what came of it; return the word for it."""
    try:
        sender.send(
            to=message.to,
            text=message.text,
            subject=message.subject,
            stable_id=str(message.stable_id),
        )
    except SendingFailed as failure:
        return _fail(message, owner, at, str(failure), retry=failure.retry)
    except Exception as error:
        # A mistake of ours in one message must not hold up the others.
        logger.exception("message %s could not be sent", message.stable_id)
        return _fail(message, owner, at, type(error).__name__, retry=True)
    _mark(
        message, owner, "send", sent_at=at, text="", subject="", last_error="",
        attempts=message.attempts + 1, in_journal=_write_down(message, at),
    )  # fmt: skip
    return "sent"


def _write_down(message: Message, at: datetime) -> bool:
    """Tell the journal that a message went, before the database says so; tell whether it knows.

    A journal that cannot be written holds up nobody's message: a job writes what it lacks.
    """
    try:
        journal.write([journal_line(message.stable_id, message.channel, at)])
    except OSError as error:
        logger.warning("the journal cannot be written: %s", error.strerror)
        return False
    return True


def _fail(message: Message, owner: str, at: datetime, words: str, *, retry: bool) -> str:
    """Let a message rest, or give it up."""
    attempts = message.attempts + 1
    dead = not retry or attempts >= rules.MOST_ATTEMPTS
    first = timedelta(seconds=settings.JAVAR_RELAY_REST)
    not_before = at + rules.rest_after(attempts, message.stable_id, first=first)
    kind = KINDS.get(message.kind)
    if kind is None or not kind.urgent:
        not_before = rules.after_quiet_hours(not_before, queries.quiet_hours(message.recipient))
    _mark(
        message, owner, "give_up" if dead else "rest", attempts=attempts,
        last_error=scrub(words)[:120], not_before=not_before,
    )  # fmt: skip
    return "dead" if dead else "failed"


def _mark(message: Message, owner: str, verb: str, **changes: Any) -> None:
    """Write what came of a message we hold, and give the lease back; else somebody has it now."""
    ours = Message.objects.filter(
        pk=message.pk, lease_owner=owner, lease_until=message.lease_until
    )  # fmt: skip
    if not move_all(ours, MOVES, verb, lease_until=None, lease_owner="", **changes):
        logger.warning("the lease on message %s was over when it was marked", message.stable_id)


def _give_back(messages: list[Message], owner: str) -> None:
    """End the lease on what was not sent."""
    Message.objects.filter(
        pk__in=[message.pk for message in messages], lease_owner=owner
    ).update(lease_until=None, lease_owner="")  # fmt: skip
