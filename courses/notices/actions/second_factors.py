"""A lost second factor: two keepers take it away together, and its owner is told."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from courses.kit import audit
from courses.kit.rights import may
from courses.notices.actions.telling import tell
from courses.notices.refusals import NotTwoKeepers
from courses.people.actions import end_sessions, forget_devices
from courses.people.models import User


@transaction.atomic
def reset_second_factor(
    user: User, *, asked_by: User, by: User, reason: str, at: datetime | None = None
) -> int:
    """Take every second factor of an account away; return how many there were.

    One keeper asks, another approves (`by`); neither is the account's owner. Its sessions end, no
    browser is known any more, and it is told. Raises NotTwoKeepers.
    """
    at = at or timezone.now()
    keepers = {one.pk for one in (asked_by, by) if may(one, "notices.reset_factors")}
    if len(keepers) != 2 or user.pk in keepers:
        raise NotTwoKeepers
    factors = Authenticator.objects.filter(user=user)
    kinds = sorted(factors.values_list("type", flat=True))
    factors.delete()
    end_sessions(user, by=by, at=at)
    forget_devices(user, by=by, at=at)
    audit.record(
        user, "reset_second_factor", by=by, at=at, reason=reason, asked_by=asked_by.pk, kinds=kinds
    )
    tell(
        user, "notices.second_factor_reset", key=f"second-factor:{at.timestamp()}", path="/my/",
        at=at,
    )  # fmt: skip
    return len(kinds)
