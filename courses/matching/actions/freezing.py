"""The freeze: scores computed, eligibility judged once, everything one value with a hash."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from courses.kit import audit
from courses.kit.moves import lock, move
from courses.kit.persian import normalise
from courses.kit.rights import must
from courses.matching import market, rules
from courses.matching.actions.scoring import write_scores
from courses.matching.models import FrozenMarket, MatchRound
from courses.matching.refusals import DeadlinesAreAhead, NotTheTime, PublicValueIsMissing
from courses.matching.solver.packed import INELIGIBLE
from courses.matching.solver.snapshot import sha256
from courses.matching.states import MOVES, State
from courses.people.models import User


@transaction.atomic
def freeze_round(
    match_round: MatchRound, *, by: User, reason: str = "", at: datetime | None = None
) -> MatchRound:
    """Freeze everything that enters the result into one snapshot with its hash.

    Eligibility is judged here, once, with the law's reasons. The lottery's tickets are drawn
    later, from the seed sealed at the opening and a public value nobody knows yet.
    """
    must(by, "matching.run_rounds")
    at = at or timezone.now()
    # Standings that arrive now wait, and then find the round frozen. Wishes ended with their own
    # phase, before the firms ranked.
    lock(match_round)
    if match_round.state == State.OPEN and not rules.may_freeze(match_round, at):
        raise DeadlinesAreAhead
    MOVES.target("freeze_round", match_round.state)
    write_scores(match_round)
    frozen = market.snapshot_of(match_round)
    snapshot, content = frozen.snapshot, frozen.snapshot.to_bytes()
    FrozenMarket.objects.create(
        round=match_round,
        content=content,
        sha256=sha256(content),
        students=len(snapshot.students),
        vacancies=len(snapshot.vacancies),
        seats=sum(place.seats for place in snapshot.vacancies),
        wishes=len(snapshot.vacancy),
        forbidden=int((snapshot.tier == INELIGIBLE).sum()),
        full_lists=frozen.full_lists,
        frozen_by=by,
        frozen_at=at,
    )
    return move(
        match_round, MOVES, "freeze_round", by=by, at=at, reason=reason,
        snapshot_sha256=sha256(content), frozen_at=at,
    )  # fmt: skip


@transaction.atomic
def type_in_public_value(
    match_round: MatchRound, *, value: str, source: str, by: User, at: datetime | None = None
) -> MatchRound:
    """Write down the public value named at the opening, once, with where it was read."""
    must(by, "matching.run_rounds")
    at = at or timezone.now()
    value, source = normalise(value), normalise(source)
    if not value or not source:
        raise PublicValueIsMissing
    if not MatchRound.objects.filter(pk=match_round.pk, state=State.FROZEN, public_value="").update(
        public_value=value, public_value_source=source
    ):
        raise NotTheTime
    match_round.refresh_from_db()
    audit.record(match_round, "type_in_public_value", by=by, at=at, value=value, source=source)
    return match_round
