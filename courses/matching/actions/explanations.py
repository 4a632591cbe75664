"""What would have had to be different for a wish, worked out when its student asks, then kept."""

from datetime import datetime

import numpy as np
from django.db import transaction
from django.utils import timezone

from courses.kit.rights import must
from courses.matching import queries
from courses.matching.market import placement_in
from courses.matching.models import Explanation, MatchOutcome
from courses.matching.models.outcomes import PACKED_WISH
from courses.matching.reasons import LOST
from courses.matching.refusals import NothingToExplain
from courses.matching.solver.counterfactual import needed
from courses.matching.solver.cutoffs import CODES
from courses.matching.solver.snapshot import Snapshot
from courses.people.models import User


def explain_wish(
    outcome: MatchOutcome, rank: int, *, by: User, at: datetime | None = None
) -> Explanation:
    """Return what would have given the student this wish; every line solved again, then kept.

    `rank` counts from 1. Refuses for a wish that was not lost, or that a rule forbids.
    """
    must(by, "matching.answer_result", outcome)
    known = outcome.explanations.filter(rank=rank).first()
    if known is not None:
        return known
    wishes = np.frombuffer(bytes(outcome.wishes), np.dtype(PACKED_WISH))
    if not 1 <= rank <= len(wishes) or CODES[wishes[rank - 1]["code"]] not in LOST:
        raise NothingToExplain
    found = _needed(outcome, rank)
    # Solving was outside of any transaction; of two who asked at once one row stays.
    with transaction.atomic():
        explanation, _created = Explanation.objects.get_or_create(
            outcome=outcome, rank=rank,
            defaults={"needed": found, "made_at": at or timezone.now()},
        )  # fmt: skip
    return explanation


def _needed(outcome: MatchOutcome, rank: int) -> list[dict[str, int | str]]:
    """Solve the changed rounds; `wish` is the wish (from 1) the student is given then."""
    match_round = outcome.run.round
    snapshot = Snapshot.from_bytes(queries.frozen_bytes(match_round))
    tickets = snapshot.tickets(bytes(match_round.seed or b""), match_round.public_value)
    packed = snapshot.packed(tickets)
    place = placement_in(snapshot, bytes(outcome.run.result.result))
    student = snapshot.students.index(outcome.list.pseudonym)
    first = int(packed.starts[student])
    return [
        {"kind": one.kind, "value": one.value, "wish": one.edge - first + 1}
        for one in needed(packed, place, student, first + rank - 1)
    ]
