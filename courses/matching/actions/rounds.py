"""The course of a round: drafted, opened, extended, closed; freezing and publishing stand apart."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from courses.kit import audit
from courses.kit.calendars import today
from courses.kit.moves import lock, move
from courses.kit.refusal import IllegalMove
from courses.kit.rights import must, who_may, who_may_each
from courses.matching import queries, rules
from courses.matching.models import MatchRound
from courses.matching.refusals import (
    AnswersAreAhead,
    DeadlineMustMove,
    NameThePublicValue,
    NothingToMatch,
    NotTheTime,
)
from courses.matching.solver.lottery import commitment
from courses.matching.states import MOVES, State
from courses.notices.actions import Telling, tell, tell_each
from courses.people.models import User
from courses.vacancies.models import Vacancy
from courses.vacancies.queries import published

# What may still be changed of a draft.
DRAFT_FACTS = (
    "title_fa", "title_en", "wishes_close_at", "ranking_closes_at", "longest_list", "confirm_days",
    "public_source", "supplements",
)  # fmt: skip


@transaction.atomic
def draft_round(match_round: MatchRound, *, by: User, at: datetime | None = None) -> MatchRound:
    """Save a new round with its titles and deadlines."""
    must(by, "matching.run_rounds")
    match_round.state = State.DRAFT
    match_round.save()
    audit.record(match_round, "draft_round", by=by, at=at, to_state=State.DRAFT)
    return match_round


@transaction.atomic
def change_draft(
    match_round: MatchRound, *, by: User, at: datetime | None = None, **facts: Any
) -> MatchRound:
    """Change a draft's titles, deadlines and rules (`DRAFT_FACTS`); its code stays."""
    must(by, "matching.run_rounds")
    if unknown := facts.keys() - set(DRAFT_FACTS):
        raise TypeError(f"a draft has no {sorted(unknown)}")
    MOVES.target("open_round", match_round.state)
    if not MatchRound.objects.filter(pk=match_round.pk, state=State.DRAFT).update(**facts):
        raise IllegalMove
    match_round.refresh_from_db()
    audit.record(match_round, "change_draft", by=by, at=at, changed=sorted(facts))
    return match_round


@transaction.atomic
def open_round(
    match_round: MatchRound,
    *,
    by: User,
    reason: str = "",
    at: datetime | None = None,
    seed: bytes | None = None,
) -> MatchRound:
    """Open a draft: draw the lottery's seed, publish only its commitment, gather the vacancies.

    Every published vacancy that begins after the firms' deadline takes part; in a supplementary
    round those that still have seats, once nobody can accept a place of the main round any more.
    `seed` is given by tests alone; 32 bytes.
    """
    must(by, "matching.run_rounds")
    at = at or timezone.now()
    MOVES.target("open_round", match_round.state)
    if match_round.wishes_close_at <= at:
        raise DeadlineMustMove
    if not match_round.public_source:
        raise NameThePublicValue
    taking_part = _vacancies_for(match_round, at)
    if not taking_part:
        raise NothingToMatch
    seed = seed or secrets.token_bytes(32)
    move(
        match_round, MOVES, "open_round", by=by, at=at, reason=reason,
        seed=seed, commitment=commitment(seed, match_round.code),
    )  # fmt: skip
    match_round.vacancies.set(taking_part)
    return match_round


def _vacancies_for(match_round: MatchRound, at: datetime) -> list[Vacancy]:
    found = list(published().filter(starts_on__gt=today(match_round.ranking_closes_at)))
    if match_round.supplements is None:
        return found
    if match_round.supplements.state not in queries.RESULT_STATES or (
        match_round.supplements.takes_answers(at)
    ):
        raise AnswersAreAhead
    left = queries.seats_left(match_round, found)
    return [vacancy for vacancy in found if left[vacancy.pk]]


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
    must(by, "matching.run_rounds")
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


@transaction.atomic
def end_phase(
    match_round: MatchRound,
    *,
    by: User,
    reason: str,
    phase: str = "",
    at: datetime | None = None,
) -> MatchRound:
    """Let the running phase of an open round end now: wishes first, then ranking.

    `phase` is the one that is meant: pressed twice, it does not end the next one as well.
    """
    must(by, "matching.run_rounds")
    at = at or timezone.now()
    # A deadline another officer moves in this moment is not moved back.
    lock(match_round)
    if phase and phase != match_round.phase(at):
        raise NotTheTime
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
def close_round(
    match_round: MatchRound, *, by: User, reason: str = "", at: datetime | None = None
) -> MatchRound:
    """Put a published round away, when nobody can answer any more."""
    must(by, "matching.run_rounds")
    at = at or timezone.now()
    if match_round.takes_answers(at):
        raise AnswersAreAhead
    return move(match_round, MOVES, "close_round", by=by, at=at, reason=reason)


def tell_firms(
    vacancies: Iterable[Vacancy], match_round: MatchRound, kind: str, *, at: datetime
) -> None:
    """Tell the owners and mentors of vacancies something about each in a round, once."""
    asked = list(vacancies)
    people = who_may_each("matching.rank_applicants", [vacancy.firm_id for vacancy in asked])
    tell_each(
        (
            Telling(
                person,
                f"{kind}:{match_round.public_id}:{vacancy.code}",
                f"/rounds/{match_round.code}/vacancies/{vacancy.public_id}/",
                {"round": match_round.title_fa, "vacancy": vacancy.title_fa},
            )
            for vacancy in asked
            for person in people.get(vacancy.firm_id, [])
        ),
        kind,
        at=at,
    )


@transaction.atomic
def remind_firms(match_round: MatchRound, *, at: datetime) -> None:
    """Tell the firms whose applicants still wait, once, how many and until when."""
    for vacancy in queries.vacancies_with_waiting(match_round):
        for person in who_may("matching.rank_applicants", vacancy):
            tell(
                person, "matching.ranking_closes_soon", at=at,
                key=f"matching.ranking_closes_soon:{match_round.public_id}:{vacancy.code}",
                path=f"/rounds/{match_round.code}/vacancies/{vacancy.public_id}/",
                vacancy=vacancy.title_fa, count=vacancy.waiting,  # type: ignore[attr-defined]
                until=match_round.ranking_closes_at.isoformat(),
            )  # fmt: skip
