"""A planner's what-if: solved on a copy, kept beside the round, which stays as it is."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from courses.enrolment.queries import schools_of
from courses.kit import audit
from courses.kit.persian import normalise
from courses.kit.rights import must
from courses.matching import queries, scenarios
from courses.matching.models import MatchRound, Scenario
from courses.matching.refusals import NotTheTime
from courses.matching.scenarios import Change
from courses.matching.solver.snapshot import Snapshot, sha256
from courses.matching.states import State
from courses.organisations.models import Organisation
from courses.people.models import User

NOT_FROZEN = (State.DRAFT, State.OPEN)


def try_scenario(
    match_round: MatchRound,
    *,
    title: str,
    changes: Sequence[Change],
    by: User,
    at: datetime | None = None,
) -> Scenario:
    """Solve a frozen round with other seats, reserves or vacancies and keep what came of it.

    Before the public value is known the lottery is a trial one, drawn from the snapshot's own
    fingerprint: nobody learns from a what-if how the sealed seed will fall. Raises ValueError where
    a change is impossible (`scenarios.places_after` tells which).
    """
    must(by, "matching.run_rounds")
    at = at or timezone.now()
    if match_round.state in NOT_FROZEN:
        raise NotTheTime
    content = queries.frozen_bytes(match_round)
    snapshot = Snapshot.from_bytes(content)
    drawn = bool(match_round.public_value)
    seed = bytes(match_round.seed or b"") if drawn else bytes.fromhex(sha256(content))
    report = scenarios.compared(
        snapshot, changes, _members(match_round, snapshot, changes),
        snapshot.tickets(seed, match_round.public_value),
    )  # fmt: skip
    with transaction.atomic():
        scenario = Scenario.objects.create(
            round=match_round, title=normalise(title), changes=[dict(one) for one in changes],
            report=report | {"lottery": "round" if drawn else "trial"}, made_by=by, made_at=at,
        )  # fmt: skip
        audit.record(scenario, "try_scenario", by=by, at=at, round=match_round.code)
    return scenario


def _members(
    match_round: MatchRound, snapshot: Snapshot, changes: Sequence[Change]
) -> dict[str, frozenset[str]]:
    """Return who learns at the schools that a change names and that had no reserve in the round."""
    named = {one["school"] for one in changes if one["kind"] == "reserve"} - set(snapshot.groups)
    if not named:
        return {}
    codes = dict(Organisation.objects.filter(code__in=named).values_list("pk", "code"))
    pseudonyms = dict(match_round.lists.values_list("student_id", "pseudonym"))
    found: dict[str, set[str]] = {code: set() for code in named}
    learns = schools_of(User.objects.filter(preference_lists__round=match_round))
    for student, schools in learns.items():
        for school in schools & codes.keys():
            found[codes[school]].add(pseudonyms[student])
    return {code: frozenset(inside) for code, inside in found.items()}
