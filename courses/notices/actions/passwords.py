"""A password of an account set anew: by its owner, after a code, or after a link."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from courses.kit import audit
from courses.notices.actions.telling import tell
from courses.people.actions import end_sessions, forget_devices
from courses.people.models import User


@transaction.atomic
def set_password(
    user: User,
    password: str,
    *,
    by: User | None,
    way: str,
    keep: str | None = None,
    at: datetime | None = None,
) -> User:
    """Give an account another password; every session of it but the one whose key is kept ends,
    and no browser is known any more.

    `way` says how whoever did it came to it: `change`, `code`, `link`. The account is told, at
    its proven number and address too.
    """
    at = at or timezone.now()
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(user, by=by, keep=keep, at=at)
    forget_devices(user, by=by, at=at)
    audit.record(user, "set_password", by=by, at=at, way=way)
    tell(user, "notices.password_changed", key=f"password:{at.timestamp()}", path="/my/", at=at)
    return user
