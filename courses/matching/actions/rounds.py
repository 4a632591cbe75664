"""The course of a round: drafted, opened, extended, frozen, published, closed."""

import secrets
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from courses.kit import audit
from courses.kit.calendars import today
from courses.kit.refusal import IllegalMove
from courses.matching import market, queries, rules
from courses.matching.models import MatchOutcome, MatchRound
from courses.matching.refusals import (
    AnotherOfficerPublishes,
    DeadlineMustMove,
    DeadlinesAreAhead,
    NothingToMatch,
    NotTheTime,
)
from courses.matching.solver.lottery import commitment
from courses.matching.states import MOVES, State
from courses.notices.actions import tell
from courses.organisations.models import Role
from courses.organisations.queries import members
from courses.organisations.rules import must_be_officer
from courses.people.models import User
from courses.vacancies.models import Vacancy
from courses.vacancies.queries import published


@transaction.atomic
def draft_round(match_round: MatchRound, *, by: User, at: datetime | None = None) -> MatchRound:
    """Save a new round with its titles and deadlines."""
    must_be_officer(by)
    match_round.state = State.DRAFT
    match_round.save()
    audit.record(match_round, "draft_round", by=by, at=at, to_state=State.DRAFT)
    return match_round


@transaction.atomic
def open_round(
    match_round: MatchRound, *, by: User, at: datetime | None = None, seed: bytes | None = None
) -> MatchRound:
    """Open a draft: draw the lottery's seed, publish only its commitment, gather the vacancies.

    Every published vacancy that begins after the firms' deadline takes part. `seed` is given by
    tests alone; 32 bytes.
    """
    must_be_officer(by)
    at = at or timezone.now()
    MOVES.target("open_round", match_round.state)
    if match_round.wishes_close_at <= at:
        raise DeadlineMustMove
    taking_part = published().filter(starts_on__gt=today(match_round.ranking_closes_at))
    if not taking_part.exists():
        raise NothingToMatch
    seed = seed or secrets.token_bytes(32)
    move(
        match_round, "open_round", by=by, at=at,
        seed=seed, commitment=commitment(seed, match_round.code),
    )  # fmt: skip
    match_round.vacancies.set(taking_part)
    return match_round


@transaction.atomic
def set_deadlines(
    match_round: MatchRound,
    *,
    wishes_close_at: datetime,
    ranking_closes_at: datetime,
    reason: str,
    by: User,
    at: datetime | None = None,
) -> MatchRound:
    """Move the deadlines of an open round, with a reason everybody can read.

    A deadline is moved to now or later, never into the past; extending the wishes' one reopens
    the choosing, and what firms have ranked is kept.
    """
    must_be_officer(by)
    at = at or timezone.now()
    if match_round.phase(at) is None:
        raise NotTheTime
    moves = {
        "wishes_close_at": (match_round.wishes_close_at, wishes_close_at),
        "ranking_closes_at": (match_round.ranking_closes_at, ranking_closes_at),
    }
    into_the_past = any(new != old and new < at for old, new in moves.values())
    if into_the_past or ranking_closes_at < wishes_close_at:
        raise DeadlineMustMove
    if not MatchRound.objects.filter(pk=match_round.pk, state=State.OPEN).update(
        wishes_close_at=wishes_close_at, ranking_closes_at=ranking_closes_at
    ):
        raise NotTheTime
    match_round.refresh_from_db()
    audit.record(
        match_round, "set_deadlines", by=by, at=at, reason=reason,
        wishes=wishes_close_at.isoformat(), ranking=ranking_closes_at.isoformat(),
    )  # fmt: skip
    return match_round


def end_phase(
    match_round: MatchRound, *, by: User, reason: str, at: datetime | None = None
) -> MatchRound:
    """Let the running phase of an open round end now: wishes first, then ranking."""
    at = at or timezone.now()
    choosing = rules.students_choose(match_round, at)
    ranking = rules.firms_rank(match_round, at)
    if not (choosing or ranking):
        raise NotTheTime
    return set_deadlines(
        match_round,
        wishes_close_at=at if choosing else match_round.wishes_close_at,
        ranking_closes_at=max(match_round.ranking_closes_at, at) if choosing else at,
        reason=reason,
        by=by,
        at=at,
    )


@transaction.atomic
def freeze_round(match_round: MatchRound, *, by: User, at: datetime | None = None) -> MatchRound:
    """Freeze everything that enters the result into one snapshot with its hash.

    Eligibility is judged here, once, with the law's reasons.
    """
    must_be_officer(by)
    at = at or timezone.now()
    # Written first: wishes and standings that arrive now wait, and then find the round frozen.
    MatchRound.objects.filter(pk=match_round.pk).update(title_fa=match_round.title_fa)
    match_round.refresh_from_db()
    if match_round.state == State.OPEN and not rules.may_freeze(match_round, at):
        raise DeadlinesAreAhead
    MOVES.target("freeze_round", match_round.state)
    snapshot = market.snapshot_of(match_round)
    return move(
        match_round, "freeze_round", by=by, at=at,
        snapshot=snapshot, snapshot_sha256=market.fingerprint(snapshot), frozen_at=at,
    )  # fmt: skip


@transaction.atomic
def publish_round(match_round: MatchRound, *, by: User, at: datetime | None = None) -> MatchRound:
    """Publish a proposed result: by another officer than who ran it. Everybody is told once."""
    must_be_officer(by)
    at = at or timezone.now()
    run = queries.good_run(match_round)
    MOVES.target("publish_round", match_round.state)
    if run is None:
        raise NotTheTime
    if run.started_by_id == by.pk:
        raise AnotherOfficerPublishes
    move(match_round, "publish_round", by=by, at=at, published_at=at)
    path = f"/rounds/{match_round.code}/result/"
    for outcome in MatchOutcome.objects.filter(run=run).select_related("list__student"):
        tell(
            outcome.list.student, "matching.published",
            key=f"matching.published:{match_round.public_id}", path=path, at=at,
            round=match_round.title_fa,
        )  # fmt: skip
    for vacancy in match_round.vacancies.select_related("firm"):
        tell_firm(vacancy, match_round, "matching.published_to_firm", at=at)
    return match_round


@transaction.atomic
def close_round(match_round: MatchRound, *, by: User, at: datetime | None = None) -> MatchRound:
    """Put a published round away."""
    must_be_officer(by)
    return move(match_round, "close_round", by=by, at=at or timezone.now())


def move(
    match_round: MatchRound, verb: str, *, by: User | None, at: datetime, **changes: object
) -> MatchRound:
    """Make one move of the table by a guarded update, with the changes that belong to it."""
    before = match_round.state
    target = MOVES.target(verb, before)
    if not MatchRound.objects.filter(pk=match_round.pk, state=before).update(
        state=target, **changes
    ):
        raise IllegalMove
    match_round.refresh_from_db()
    audit.record(match_round, verb, by=by, at=at, from_state=before, to_state=target)
    return match_round


def tell_firm(vacancy: Vacancy, match_round: MatchRound, kind: str, *, at: datetime) -> None:
    """Tell a vacancy's owners and mentors something about it in a round, once."""
    for person in members(vacancy.firm, Role.OWNER, Role.MENTOR):
        tell(
            person, kind, key=f"{kind}:{match_round.public_id}:{vacancy.code}",
            path=f"/rounds/{match_round.code}/vacancies/{vacancy.public_id}/",
            at=at, round=match_round.title_fa, vacancy=vacancy.title_fa,
        )  # fmt: skip
