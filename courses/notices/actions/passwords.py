"""A password of an account set anew: by its owner, after a code, or after a link."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from courses.kit import audit
from courses.notices import queries
from courses.notices.actions.codes import end_codes_to
from courses.notices.actions.links import close_links
from courses.notices.actions.telling import tell
from courses.notices.models import WayBack
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
    no browser is known any more, and every other way in that stood open is closed.

    `way` says how whoever did it came to it: `change`, `code`, `link`. The account is told, at
    its proven number and address too.
    """
    at = at or timezone.now()
    user.set_password(password)
    user.save(update_fields=["password"])
    close_ways_in(user, at=at)
    end_sessions(user, by=by, keep=keep, at=at)
    forget_devices(user, by=by, at=at)
    audit.record(user, "set_password", by=by, at=at, way=way)
    tell(user, "notices.password_changed", key=f"password:{at.timestamp()}", path="/my/", at=at)
    return user


def close_ways_in(user: User, *gone: str, at: datetime) -> None:
    """Close the links somebody was given into an account, asked for or made, and end the codes
    that would open it.

    Also those to the numbers and addresses it has just lost (`gone`): whoever asked for one of
    them before does not come in behind the owner, who has only now chosen how it is entered.
    """
    close_links(queries.WAY_BACK, str(user.public_id), at)
    # Whoever asked a keeper in her name still waits for the second one to agree.
    asked = WayBack.objects.filter(user=user, link__isnull=True, withdrawn_at__isnull=True)
    if asked.update(withdrawn_at=at):
        audit.record(user, "withdraw_way_back", by=user, at=at)
    to = {user.proven_mobile, user.proven_email, *gone} - {None, ""}
    end_codes_to([address for address in to if address], user.username, at=at)
