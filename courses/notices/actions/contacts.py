"""The mobile and the e-mail of an account: proven by a code, changed, taken away.

Whatever an account loses is told to the address it loses. The audit trail says that a number was
proven or changed, never which.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from courses.kit import audit
from courses.kit.moves import lock
from courses.notices import queries
from courses.notices.actions.passwords import close_ways_in
from courses.notices.actions.telling import send_to
from courses.notices.models import Code
from courses.notices.refusals import CodeOver, EmailIsAnothers
from courses.notices.states import Channel
from courses.people.actions import end_sessions, forget_devices
from courses.people.models import User


@transaction.atomic
def prove_contact(
    user: User, code: Code, *, by: User, keep: str | None = None, at: datetime | None = None
) -> User:
    """Give an account the number or address that a used code has proven.

    Another proven one is replaced and told so; with a number the account's browsers are forgotten,
    and its sessions end but for the one whose key is kept. Raises CodeOver for a code that is
    not this account's, EmailIsAnothers where somebody has proven the same address.
    """
    at = at or timezone.now()
    if (code.purpose, code.subject) != (queries.PROVE, str(user.pk)) or code.used_at is None:
        raise CodeOver
    (before,) = lock(User.objects.filter(pk=user.pk))
    own = User.objects.filter(pk=user.pk)
    if code.channel == Channel.SMS:
        old = before.proven_mobile
        own.update(mobile=code.to, mobile_proven_at=at)
        what = "mobile"
    else:
        old = before.proven_email or None
        address = code.to.lower()
        try:
            with transaction.atomic():
                own.update(email=address, email_proven_at=at)
        except IntegrityError as error:
            raise EmailIsAnothers from error
        what = "email"
    user.refresh_from_db()
    close_ways_in(user, *([old] if old else []), at=at)
    if old is None or old.lower() == code.to.lower():
        audit.record(user, f"prove_{what}", by=by, at=at, way="code")
        return user
    audit.record(user, f"change_{what}", by=by, at=at)
    _part_with(user, code.channel, old, by=by, keep=keep, at=at)
    return user


@transaction.atomic
def remove_contact(
    user: User, channel: str, *, by: User, keep: str | None = None, at: datetime | None = None
) -> User:
    """Take the mobile or the e-mail from an account; a proven one is told."""
    at = at or timezone.now()
    (before,) = lock(User.objects.filter(pk=user.pk))
    own = User.objects.filter(pk=user.pk)
    if channel == Channel.SMS:
        what, old, had = "mobile", before.proven_mobile, before.mobile
        own.update(mobile=None, mobile_proven_at=None)
    else:
        what, old, had = "email", before.proven_email, before.email
        own.update(email="", email_proven_at=None)
    user.refresh_from_db()
    if not had:
        return user
    close_ways_in(user, *([old] if old else []), at=at)
    audit.record(user, f"remove_{what}", by=by, at=at)
    if old:
        _part_with(user, channel, old, by=by, keep=keep, at=at)
    return user


@transaction.atomic
def ask_password_too(user: User, on: bool, *, by: User, at: datetime | None = None) -> User:
    """Demand the account's password beside every code, or no longer."""
    User.objects.filter(pk=user.pk).update(asks_password=on)
    user.asks_password = on
    audit.record(user, "ask_password_too" if on else "ask_code_alone", by=by, at=at)
    return user


def _part_with(
    user: User, channel: str, old: str, *, by: User, keep: str | None, at: datetime
) -> None:
    """Tell an address that the account no longer has it; with a number its sessions go too."""
    send_to(
        channel, old, "notices.contact_changed", key=f"parted:{user.pk}:{at.timestamp()}", at=at,
        username=user.username,
    )  # fmt: skip
    if channel == Channel.SMS:
        end_sessions(user, by=by, keep=keep, at=at)
        forget_devices(user, by=by, at=at)
