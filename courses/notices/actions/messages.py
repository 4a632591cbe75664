"""What a keeper does with a message that did not go."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from courses.kit.moves import lock, move
from courses.kit.rights import must
from courses.notices.models import Message
from courses.notices.states import MOVES
from courses.people.models import User


@transaction.atomic
def retry_message(message: Message, *, by: User, at: datetime | None = None) -> Message:
    """Let a message that was given up, or that rests, be sent at the next round, under its id.

    Raises NotAllowed, IllegalMove for a sent one, BeingSent while a relay holds it.
    """
    at = at or timezone.now()
    must(by, "notices.keep_outbox")
    lock(message)
    return move(
        message, MOVES, "retry", by=by, at=at,
        facts={"attempts": message.attempts, "error": message.last_error},
        not_before=at, attempts=0, lease_until=None, lease_owner="",
    )  # fmt: skip
