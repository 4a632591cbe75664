"""Writing the sign-in log, one insert that never makes a sign-in fail; and who looks at it."""

import logging
from datetime import date, datetime

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from courses.kit import audit
from courses.kit.identity import read_mobile
from courses.kit.persian import to_ascii_digits
from courses.people.models import SignInEvent, User

logger = logging.getLogger("javar.sign_ins")


def hash_of_name(name: str) -> str:
    """Return the keyed hash under which a typed name stands; every writing of a mobile has one."""
    plain = to_ascii_digits(name).strip()
    return _hash("name", (read_mobile(plain) or plain).casefold())


def hash_of_address(address: str) -> str:
    """Return the keyed hash under which an address stands."""
    return _hash("address", address)


def _hash(what: str, text: str) -> str:
    if not text:
        return ""
    return salted_hmac(f"javar.sign_ins.{what}", text, algorithm="sha256").hexdigest()[:32]


def write_down_sign_in(
    kind: str,
    *,
    account: User | None = None,
    name: str = "",
    address: str = "",
    network: str = "",
    agent: str = "",
    route: str = "",
    way: str = "",
    second: str = "",
    at: datetime | None = None,
) -> SignInEvent | None:
    """Add one line; where the database cannot, say so in the log and go on.

    Nothing is looked up, so that a name somebody has takes as long as one nobody has.
    """
    event = SignInEvent(
        at=at or timezone.now(), kind=kind, account=account, name_hash=hash_of_name(name),
        address_hash=hash_of_address(address), network=network[:45], agent=agent[:40],
        route=route[:80], way=way, second=second,
    )  # fmt: skip
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except DatabaseError as error:
        logger.warning("a line of the sign-in log is lost: %s", type(error).__name__)
        return None
    return event


def look_at_sign_ins(
    *, by: User, account: User | None, kind: str, day: date | None, at: datetime | None = None
) -> None:
    """Record that a keeper reads the log, and about whom; without an account it is all of it."""
    facts = {"kind": kind, "day": day.isoformat() if day else ""}
    audit.record(
        account or by, "look_at_sign_ins", by=by, at=at, of_all=account is None,
        **{name: value for name, value in facts.items() if value},
    )  # fmt: skip


def forget_old_sign_ins(*, at: datetime) -> int:
    """Delete what is older than the installation keeps; return how many lines."""
    oldest = at - settings.JAVAR_SIGN_IN_LOG
    gone, _kinds = SignInEvent.objects.filter(at__lt=oldest).delete()
    return gone
