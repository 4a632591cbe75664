"""What a keeper does with a message that did not go."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from courses.kit import audit
from courses.kit.refusal import NotAllowed
from courses.notices import rules
from courses.notices.models import Message
from courses.notices.refusals import BeingSent
from courses.notices.states import MOVES
from courses.people.models import User


@transaction.atomic
def retry_message(message: Message, *, by: User, at: datetime | None = None) -> Message:
    """Let a message that was given up, or that rests, be sent at the next round, under its id.

    Raises NotAllowed, IllegalMove for a sent one, BeingSent while a relay holds it.
    """
    at = at or timezone.now()
    if not rules.keeps_outbox(by):
        raise NotAllowed
    move = MOVES["retry"]
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=at)
    before = Message.objects.select_for_update().get(pk=message.pk)
    target = MOVES.target("retry", before.state)
    moved = Message.objects.filter(free, pk=message.pk, state__in=move.sources).update(
        state=target, not_before=at, attempts=0, lease_until=None, lease_owner=""
    )
    if not moved:
        raise BeingSent
    audit.record(
        message, "retry", by=by, at=at, from_state=before.state, to_state=target,
        attempts=before.attempts, error=before.last_error,
    )  # fmt: skip
    message.refresh_from_db()
    return message
