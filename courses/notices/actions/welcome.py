"""The first way into an account a school made: a link, then a password of one's own.

There are two links with tokens of their own. One is shown to who made the account and proves
nothing of the number; the other stands in the SMS alone, so that who opens it holds the number.
"""

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
    """Make the link with which somebody begins, and send another where there is a mobile.

    Returns the first link's path, which is shown once; earlier links are closed. Raises AlreadyIn
    where the account has a password or has been used: nobody gets a way into another's account.
    """
    at = at or timezone.now()
    if user.last_login is not None or user.has_usable_password() or not user.is_active:
        raise AlreadyIn
    _close_all(user, at)
    ends = at + lasts
    shown = make_link(queries.FIRST_SIGN_IN, str(user.public_id), expires_at=ends, at=at)
    if user.mobile:
        sent = make_link(
            queries.FIRST_SIGN_IN_BY_SMS, f"{user.public_id}:{user.mobile}", expires_at=ends, at=at
        )
        key = f"welcome:{user.public_id}:{at.timestamp():.0f}"
        send_sms(user.mobile, "notices.welcome", key=key, at=at, link=f"/start/{sent}/")
    audit.record(user, "welcome", by=by, at=at)
    return f"/start/{shown}/"


@transaction.atomic
def begin_with(link: Link, password: str, *, at: datetime | None = None) -> User:
    """Give an account its first password; of two who press at once one is refused (LinkOver).

    The link of the SMS also proves the number it went to, as long as the account still has it.
    """
    at = at or timezone.now()
    if not Link.objects.filter(pk=link.pk, closed_at__isnull=True, expires_at__gt=at).update(
        closed_at=at
    ):
        raise LinkOver
    public_id, _colon, mobile = link.subject.partition(":")
    user = User.objects.get(public_id=public_id)
    before = user.password
    if user.has_usable_password() or not user.is_active:
        raise LinkOver
    user.set_password(password)
    # There are two links: whoever comes second finds the password of the first.
    if not User.objects.filter(pk=user.pk, password=before).update(password=user.password):
        raise LinkOver
    _close_all(user, at)
    audit.record(user, "first_password", by=user, at=at)
    by_sms = link.purpose == queries.FIRST_SIGN_IN_BY_SMS
    if by_sms and User.objects.filter(
        pk=user.pk, mobile=mobile, mobile_proven_at__isnull=True
    ).update(mobile_proven_at=at):
        audit.record(user, "prove_mobile", by=user, at=at, way="first_sign_in")
    user.refresh_from_db()
    return user


def _close_all(user: User, at: datetime) -> None:
    """Close every open link with which somebody would begin."""
    close_links(queries.FIRST_SIGN_IN, str(user.public_id), at)
    for subject in queries.links_by_sms(user):
        close_links(queries.FIRST_SIGN_IN_BY_SMS, subject, at)
