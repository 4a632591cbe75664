"""From a proposed result to a published one: approved by a second officer, delivered whole."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from courses.kit import audit
from courses.kit.columns import insert_rows
from courses.kit.later import later
from courses.kit.models import new_public_id
from courses.kit.moves import lock, move
from courses.kit.refusal import AlreadyDone
from courses.kit.rights import must
from courses.matching import queries
from courses.matching.actions.rounds import tell_firms
from courses.matching.market import placement_in
from courses.matching.models import (
    MatchOutcome,
    MatchRound,
    MatchRun,
    ReserveEffect,
    VacancyResult,
)
from courses.matching.models.outcomes import PACKED_WISH
from courses.matching.refusals import AnotherOfficerPublishes, EffectsWait, NotTheTime
from courses.matching.solver.cutoffs import OPEN, standing_of
from courses.matching.solver.packed import Ints
from courses.matching.solver.snapshot import Snapshot, sha256
from courses.matching.states import MOVES, Answer, State
from courses.notices.actions import tell_all
from courses.people.models import User


@transaction.atomic
def acknowledge_effect(
    effect: ReserveEffect, *, by: User, at: datetime | None = None
) -> ReserveEffect:
    """Say that one has read whom a reserve makes worse off; the first to say so is written down."""
    must(by, "matching.run_rounds")
    at = at or timezone.now()
    if effect.run.round.state != State.PROPOSED:
        raise NotTheTime
    if ReserveEffect.objects.filter(pk=effect.pk, acknowledged_by__isnull=True).update(
        acknowledged_by=by, acknowledged_at=at
    ):
        audit.record(
            effect.run.round, "acknowledge_effect", by=by, at=at, worse=len(effect.worse),
            school=effect.school.code, firm=effect.firm.code,
        )  # fmt: skip
    effect.refresh_from_db()
    return effect


@transaction.atomic
def approve_result(
    match_round: MatchRound, *, by: User, reason: str = "", at: datetime | None = None
) -> MatchRun:
    """Approve a proposed result, as another officer than who ran it; the worker publishes it."""
    must(by, "matching.run_rounds")
    at = at or timezone.now()
    MOVES.target("publish_round", match_round.state)
    run = queries.good_run(match_round)
    if run is None:
        raise NotTheTime
    if run.started_by_id == by.pk:
        raise AnotherOfficerPublishes
    if run.reserve_effects.filter(~Q(worse=[]), acknowledged_by__isnull=True).exists():
        raise EffectsWait
    if not MatchRun.objects.filter(pk=run.pk, approved_by__isnull=True).update(
        approved_by=by, approved_at=at
    ):
        raise AlreadyDone
    run.refresh_from_db()
    audit.record(match_round, "approve_result", by=by, at=at, reason=reason, run=run.number)
    later("matching.publish_round", round_id=match_round.pk)
    return run


@transaction.atomic
def publish_round(match_round: MatchRound, *, at: datetime | None = None) -> MatchRound:
    """Give everybody their approved result: outcomes, cutoffs and notices in one transaction.

    A published round is left as it is: the worker may be killed and asked again at any moment.
    """
    at = at or timezone.now()
    # Of two workers the second waits, and then finds the round published.
    lock(match_round)
    if match_round.state in queries.RESULT_STATES:
        return match_round
    run = queries.good_run(match_round)
    MOVES.target("publish_round", match_round.state)
    if run is None or run.approved_by is None:
        raise NotTheTime
    _deliver(run, match_round)
    move(
        match_round, MOVES, "publish_round", by=run.approved_by, at=at, published_at=at,
        confirm_until=_window(match_round, at),
    )  # fmt: skip
    tell_all(
        User.objects.filter(preference_lists__outcomes__run=run),
        "matching.published",
        key=f"matching.published:{match_round.public_id}",
        path=f"/rounds/{match_round.code}/result/",
        at=at,
        round=match_round.title_fa,
        until=match_round.confirm_until.isoformat() if match_round.confirm_until else "",
    )
    tell_firms(match_round.vacancies.all(), match_round, "matching.published_to_firm", at=at)
    return match_round


def _window(match_round: MatchRound, at: datetime) -> datetime:
    return at + timedelta(days=match_round.confirm_days)


def _deliver(run: MatchRun, match_round: MatchRound) -> None:
    """Write the packed result out, a row for every list and every vacancy."""
    content, result = queries.frozen_bytes(match_round), bytes(run.result.result)
    if sha256(content) != match_round.snapshot_sha256 or sha256(result) != run.result_sha256:
        raise NotTheTime
    snapshot = Snapshot.from_bytes(content)
    tickets = snapshot.tickets(bytes(match_round.seed or b""), match_round.public_value)
    packed = snapshot.packed(tickets)
    place = placement_in(snapshot, result)
    standing = standing_of(packed, place)
    lists = dict(match_round.lists.values_list("pseudonym", "pk"))
    vacancies = dict(match_round.vacancies.values_list("code", "pk"))
    keys = np.array([vacancies[row.code] for row in snapshot.vacancies], np.int64)
    codes = np.frombuffer(bytes(run.result.codes), np.uint8)
    insert_rows(
        MatchOutcome,
        ("public_id", "run", "list", "vacancy", "rank", "seat", "groups", "ticket", "wishes",
         "answer"),
        _outcomes(run, snapshot, place, standing.seat, tickets, codes, lists, keys),
    )  # fmt: skip
    groups = [[reserve.group for reserve in row.reserves] for row in snapshot.vacancies]
    asked = np.bincount(snapshot.vacancy, minlength=len(keys)).tolist()
    VacancyResult.objects.bulk_create(
        [
            VacancyResult(
                run=run, vacancy_id=int(keys[number]), capacity=row.seats, asked=asked[number],
                placed=sum(seats.used for seats in kinds),
                seats=[[s.kind, s.room, s.used, *(s.last or (None, None))] for s in kinds],
            )
            for number, row in enumerate(snapshot.vacancies)
            for kinds in [standing.seats(number, groups[number])]
        ],
        batch_size=1_000,
    )  # fmt: skip


def _outcomes(
    run: MatchRun,
    snapshot: Snapshot,
    place: Ints,
    seat: Any,
    tickets: Any,
    codes: Any,
    lists: dict[str, int],
    keys: Ints,
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of MatchOutcome in the order of the snapshot."""
    packed_wishes = np.zeros(len(snapshot.vacancy), np.dtype(PACKED_WISH))
    packed_wishes["vacancy"] = keys[snapshot.vacancy]
    packed_wishes["tier"], packed_wishes["code"] = snapshot.tier, codes
    whole, starts = packed_wishes.tobytes(), snapshot.starts.tolist()
    size = packed_wishes.itemsize
    belongs = np.cumsum([0, *snapshot.belongs]).tolist()
    names = [[*(r.group for r in row.reserves), OPEN] for row in snapshot.vacancies]
    granted = zip(place.tolist(), seat.tolist(), tickets.tolist(), strict=True)
    for number, (edge, kind, ticket) in enumerate(granted):
        first, end = starts[number], starts[number + 1]
        vacancy = None if edge < 0 else int(snapshot.vacancy[edge])
        yield (
            new_public_id(),
            run.pk,
            lists[snapshot.students[number]],
            None if vacancy is None else int(keys[vacancy]),
            None if vacancy is None else edge - first + 1,
            # The open seats stand last, whatever the number of a vacancy's own reserves.
            "" if vacancy is None else names[vacancy][min(kind, len(names[vacancy]) - 1)],
            [snapshot.groups[g] for g in snapshot.group[belongs[number] : belongs[number + 1]]],
            ticket,
            whole[first * size : end * size],
            Answer.UNPLACED if vacancy is None else Answer.OFFERED,
        )
