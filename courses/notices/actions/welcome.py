"""The first way into an account a school made: a link, then a password of one's own."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from courses.kit import audit
from courses.notices import queries
from courses.notices.actions.links import close_links, make_link
from courses.notices.actions.telling import send_sms
from courses.notices.models import Link
from courses.notices.refusals import AlreadyIn, LinkOver
from courses.people.models import User

# A list handed out before the holidays is still good after them.
LASTS = timedelta(days=30)


@transaction.atomic
def welcome(
    user: User, *, by: User | None, lasts: timedelta = LASTS, at: datetime | None = None
) -> str:
    """Make the link with which somebody begins, and send it where there is a mobile.

    Returns the link's path, which is shown once; an earlier link is closed. Raises AlreadyIn
    where the account has a password or has been used: nobody gets a way into another's account.
    """
    at = at or timezone.now()
    if user.last_login is not None or user.has_usable_password() or not user.is_active:
        raise AlreadyIn
    close_links(queries.FIRST_SIGN_IN, str(user.public_id), at)
    token = make_link(queries.FIRST_SIGN_IN, str(user.public_id), expires_at=at + lasts, at=at)
    path = f"/start/{token}/"
    if user.mobile:
        key = f"welcome:{user.public_id}:{at.timestamp():.0f}"
        send_sms(user.mobile, "notices.welcome", key=key, at=at, link=path)
    audit.record(user, "welcome", by=by, at=at)
    return path


@transaction.atomic
def begin_with(link: Link, password: str, *, at: datetime | None = None) -> User:
    """Give an account its first password; of two who press at once one is refused (LinkOver)."""
    at = at or timezone.now()
    if not Link.objects.filter(pk=link.pk, closed_at__isnull=True, expires_at__gt=at).update(
        closed_at=at
    ):
        raise LinkOver
    user = User.objects.get(public_id=link.subject)
    if user.has_usable_password() or not user.is_active:
        raise LinkOver
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(user, "first_password", by=user, at=at)
    return user
