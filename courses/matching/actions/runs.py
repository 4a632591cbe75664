"""Running a frozen round: once at a time, in the background, verified before it is shown."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from courses.kit import audit
from courses.kit.later import later
from courses.kit.refusal import AlreadyDone
from courses.matching.actions.rounds import move
from courses.matching.market import fingerprint, market_of
from courses.matching.models import MatchOutcome, MatchRound, MatchRun, PreferenceList
from courses.matching.solver import cutoffs
from courses.matching.solver.deferred_acceptance import placement_of
from courses.matching.solver.market import IllegalMarket, Market
from courses.matching.solver.verify import verify
from courses.notices.actions import tell
from courses.organisations.queries import officers
from courses.organisations.rules import must_be_officer
from courses.people.models import User
from courses.vacancies.models import Vacancy


def start_run(match_round: MatchRound, *, by: User, at: datetime | None = None) -> MatchRun:
    """Start one run of a frozen round; of two officers who start at once, one is refused."""
    must_be_officer(by)
    at = at or timezone.now()
    try:
        with transaction.atomic():
            move(match_round, "start_run", by=by, at=at)
            run = MatchRun.objects.create(
                round=match_round,
                number=match_round.runs.count() + 1,
                started_by=by,
                started_at=at,
            )
            later("matching.finish_run", run_id=run.pk)
    except IntegrityError as error:
        raise AlreadyDone from error
    return run


def finish_run(run: MatchRun, *, at: datetime | None = None) -> MatchRun:
    """Solve, verify and write a run's result whole; a finished run is left as it is.

    A snapshot that is no market and a result the verifier faults are withheld with their list.
    Solving is a pure function of snapshot and seed, so it may be repeated after a crash with the
    same result; only the writing is a transaction.
    """
    if run.finished_at is not None:
        return run
    at = at or timezone.now()
    try:
        market = market_of(run.round)
    except IllegalMarket as error:
        # Illegal data stops the run with its list; otherwise the round would run for ever.
        nothing = Market({}, {}, {}, frozenset(), ())
        return _write(run, nothing, {}, error.faults, {}, at=at)
    placement = placement_of(market)
    violations = [violation.sentence for violation in verify(market, placement)]
    reasons = {} if violations else _reasons(market, placement)
    return _write(run, market, placement, violations, reasons, at=at)


def _reasons(market: Market, placement: dict[str, str | None]) -> dict[str, list[dict[str, Any]]]:
    """Return for every student a reason for each wish, as JSON-ready values."""
    ticket = {name: number for number, name in enumerate(market.lottery, start=1)}
    explainer = cutoffs.Explainer(market, placement)
    found = {}
    for student, wishes in market.students.items():
        found[student] = [
            {
                "vacancy": vacancy,
                "code": reason.code,
                "own_tier": reason.own_tier,
                "last_tier": reason.last_tier,
                "own_ticket": ticket[student],
                "last_ticket": reason.last_ticket,
                "seat": reason.seat,
            }
            for vacancy in wishes
            for reason in [explainer.reason(student, vacancy)]
        ]
    return found


@transaction.atomic
def _write(
    run: MatchRun,
    market: Market,
    placement: dict[str, str | None],
    violations: list[str],
    reasons: dict[str, list[dict[str, Any]]],
    *,
    at: datetime,
) -> MatchRun:
    won = MatchRun.objects.filter(pk=run.pk, finished_at__isnull=True).update(
        finished_at=at,
        violations=violations,
        placed=sum(vacancy is not None for vacancy in placement.values()),
        result_sha256=fingerprint(placement),
    )
    run.refresh_from_db()
    if not won:
        return run
    match_round = MatchRound.objects.get(pk=run.round_id)
    if violations:
        move(match_round, "withhold", by=None, at=at)
        _tell_officers(match_round, "matching.withheld", run, at=at)
        return run
    lists = {row.pseudonym: row for row in PreferenceList.objects.filter(round=match_round)}
    vacancies = {row.code: row for row in match_round.vacancies.all()}
    MatchOutcome.objects.bulk_create(
        [
            _outcome(run, lists[student], vacancies, vacancy, market, reasons[student])
            for student, vacancy in placement.items()
        ],
        batch_size=500,
    )
    move(match_round, "propose", by=None, at=at)
    audit.record(run, "finish_run", by=None, at=at, placed=run.placed, sha256=run.result_sha256)
    _tell_officers(match_round, "matching.proposed", run, at=at)
    return run


def _outcome(
    run: MatchRun,
    wishes: PreferenceList,
    vacancies: dict[str, Vacancy],
    vacancy: str | None,
    market: Market,
    reasons: list[dict[str, Any]],
) -> MatchOutcome:
    rank = market.students[wishes.pseudonym].index(vacancy) + 1 if vacancy else None
    return MatchOutcome(
        run=run,
        list=wishes,
        vacancy=vacancies[vacancy] if vacancy else None,
        rank=rank,
        reasons=reasons,
    )


def _tell_officers(match_round: MatchRound, kind: str, run: MatchRun, *, at: datetime) -> None:
    for officer in officers():
        tell(
            officer, kind, key=f"{kind}:{match_round.public_id}:{run.number}",
            path=f"/rounds/{match_round.code}/", at=at, round=match_round.title_fa,
        )  # fmt: skip
