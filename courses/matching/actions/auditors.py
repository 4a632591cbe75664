"""Links for outsiders who recompute a published round, and what they download."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from courses.kit import audit
from courses.kit.persian import normalise
from courses.kit.refusal import AlreadyDone
from courses.kit.rights import must
from courses.matching import queries
from courses.matching.models import AuditorLink, MatchRound
from courses.matching.refusals import NotTheTime
from courses.notices.queries import hash_of
from courses.people.models import User

# 144 random bits.
TOKEN_BYTES = 18


@transaction.atomic
def make_auditor_link(
    match_round: MatchRound,
    *,
    auditor: str,
    purpose: str,
    days: int,
    by: User,
    at: datetime | None = None,
) -> str:
    """Let an outsider download a published round's frozen input for some days; return the token.

    The token is returned here and never again: only its hash is kept.
    """
    must(by, "matching.run_rounds")
    at = at or timezone.now()
    if match_round.state not in queries.RESULT_STATES:
        raise NotTheTime
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = AuditorLink.objects.create(
        round=match_round, token_hash=hash_of(token), auditor=normalise(auditor),
        purpose=normalise(purpose), made_by=by, made_at=at, expires_at=at + timedelta(days=days),
    )  # fmt: skip
    audit.record(
        match_round, "make_auditor_link", by=by, at=at, reason=link.purpose,
        auditor=link.auditor, until=link.expires_at.isoformat(),
    )  # fmt: skip
    return token


@transaction.atomic
def close_auditor_link(link: AuditorLink, *, by: User, at: datetime | None = None) -> AuditorLink:
    """Let a link end now."""
    must(by, "matching.run_rounds")
    at = at or timezone.now()
    if not AuditorLink.objects.filter(pk=link.pk, expires_at__gt=at).update(
        # A link that is closed in the very moment it was made still lasted for a moment.
        expires_at=max(at, link.made_at + timedelta(microseconds=1))
    ):
        raise AlreadyDone
    link.refresh_from_db()
    audit.record(link.round, "close_auditor_link", by=by, at=at, auditor=link.auditor)
    return link


@transaction.atomic
def hand_out_snapshot(link: AuditorLink, *, at: datetime | None = None) -> bytes:
    """Return the frozen bytes of a published round to the holder of a link, and count it."""
    at = at or timezone.now()
    if not AuditorLink.objects.filter(
        pk=link.pk, expires_at__gt=at, round__state__in=queries.RESULT_STATES
    ).update(downloads=F("downloads") + 1):
        raise NotTheTime
    audit.record(link, "download_snapshot", by=None, at=at, round=link.round.code)
    return queries.frozen_bytes(link.round)
