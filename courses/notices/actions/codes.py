"""One-time codes: six digits to a number or an address, to show that somebody holds it."""

import logging
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from courses.kit.calendars import TEHRAN
from courses.kit.models import Tally
from courses.kit.moves import lock
from courses.kit.persian import to_ascii_digits
from courses.notices import queries, rules
from courses.notices.actions.telling import send_to, tell_all
from courses.notices.models import MOST_TRIES, Code
from courses.notices.refusals import CodeOver, WrongCode

logger = logging.getLogger("javar.codes")

LASTS = timedelta(minutes=10)
# Codes are kept as long as the ceilings count them, and then no number nobody has proven stays.
KEPT = timedelta(days=2)


@transaction.atomic
def send_code(
    purpose: str,
    subject: str,
    *,
    to: str,
    channel: str,
    goes_out: bool = True,
    asked_from: str = "",
    known_by: str = "",
    at: datetime | None = None,
    **values: Any,
) -> Code:
    """Send six digits to a number or address; return the row, which `check_code` asks for.

    `purpose` is the kind of notice that carries the code (its sentence has a `%(code)s`), and
    `subject` whose or which thing it is about. `asked_from` is the visitor's address, and
    `known_by` what the number or address knows of them (`Code`): its codes are counted apart from
    strangers'. Whoever asks hears one sentence: where there is nobody to send to (`goes_out`
    False), or a ceiling is reached, the same rows are written and the message alone is taken back.
    Further `values` are the sentence's; one without a place for the code may carry a `link`
    instead, under the same ceilings.

    The audit trail has no line of it: strangers may ask as often as the ceilings let them.
    """
    at = at or timezone.now()
    _one_at_a_time(at)
    reached = rules.ceiling_reached(
        purpose, subject, to=to, asked_from=asked_from, known_by=known_by, at=at
    )
    digits = f"{secrets.randbelow(10**6):06d}"
    code = Code(
        purpose=purpose, subject=subject, channel=channel, to=to, asked_from=asked_from,
        known_by=known_by,
        goes_out=goes_out and not reached, made_at=at, expires_at=at + LASTS,
    )  # fmt: skip
    code.code_hash = _hash(code, digits)
    code.save()
    with transaction.atomic():
        send_to(channel, to, purpose, key=f"code:{code.public_id}", at=at, code=digits, **values)
        if not code.goes_out:
            transaction.set_rollback(True)
    if reached and goes_out:
        _tell_keepers(reached, at)
    return code


def check_code(
    purpose: str,
    subject: str,
    typed: str,
    *,
    code: uuid.UUID | str | None = None,
    at: datetime | None = None,
) -> Code:
    """Use a code up, once; return its row, whose `to` is thereby proven.

    `code` names the row (keep its `public_id` in the session of who asked); without it the
    newest of this purpose and subject is meant. Raises WrongCode, and CodeOver where it was used,
    outdated, tried five times, or is another purpose's or subject's.

    Call it outside any transaction (one around it is refused with RuntimeError): a wrong try
    stays counted whatever becomes of the request.
    """
    at = at or timezone.now()
    row = queries.find_code(purpose, subject, code)
    if row is None:
        raise CodeOver
    # The try is taken before the digits are looked at: many at once are still five.
    with transaction.atomic(durable=True):
        mine = Code.objects.filter(
            pk=row.pk, used_at__isnull=True, expires_at__gt=at, tries__lt=MOST_TRIES
        ).update(tries=F("tries") + 1)
    if not mine:
        raise CodeOver
    if not constant_time_compare(_hash(row, to_ascii_digits(typed).strip()), row.code_hash):
        raise WrongCode
    with transaction.atomic(durable=True):
        used = Code.objects.filter(pk=row.pk, used_at__isnull=True, goes_out=True).update(
            used_at=at
        )
    if not used:
        raise CodeOver
    row.refresh_from_db()
    return row


def end_codes_to(addresses: list[str], username: str, *, at: datetime) -> int:
    """End the open codes that would let in who holds one of these addresses, or has this name."""
    opening = Q(purpose__in=queries.OPENING) & (
        Q(to__in=addresses) | Q(purpose=queries.RESET, subject__iexact=username)
    )
    return Code.objects.filter(
        opening, used_at__isnull=True, expires_at__gt=at, made_at__lt=at
    ).update(expires_at=at)  # fmt: skip


def forget_codes(*, at: datetime) -> int:
    """Delete codes that no ceiling counts any more; return how many."""
    gone, _kinds = Code.objects.filter(made_at__lt=at - KEPT).delete()
    return gone


def _one_at_a_time(at: datetime) -> None:
    """Wait until whoever asks for a code now has it: of many at once each counts the others'."""
    Tally.objects.bulk_create(
        [Tally(key="codes", taken=0, ends_at=at + KEPT)], ignore_conflicts=True
    )
    lock(Tally.objects.filter(key="codes"))


def _hash(code: Code, digits: str) -> str:
    """Return the keyed hash of a code's digits; it holds for this row alone."""
    return salted_hmac(
        "courses.notices.code", f"{code.public_id}:{digits}", algorithm="sha256"
    ).hexdigest()


def _tell_keepers(ceiling: str, at: datetime) -> None:
    """Tell who keeps the site that a ceiling holds codes back, once a day for each ceiling."""
    logger.warning("the ceiling of codes (%s) is reached", ceiling)
    day = at.astimezone(TEHRAN).date().isoformat()
    tell_all(
        queries.keepers(), "notices.codes_ceiling", key=f"codes:{ceiling}:{day}",
        path="/my/notices/outbox/", at=at, ceiling=ceiling,
    )  # fmt: skip
