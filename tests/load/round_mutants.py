"""The site with a round's guards taken away, to prove that the rush of officers would tell.

| MUTANT | what is missing |
|---|---|
| unguarded | the condition of the update that moves a round |
| unguarded_approval | the condition of the update that approves a result |

Served by `gunicorn tests.load.round_mutants:application`.
"""

import os
import time
from datetime import datetime
from typing import Any

# The application sets Django up: models come after it.
# isort: off
from javar.wsgi import application
from django.db import transaction
from django.utils import timezone
from courses.kit import audit
from courses.kit.later import later
from courses.kit.moves import Moves
from courses.kit.refusal import AlreadyDone
from courses.matching import queries
from courses.matching.actions import publishing, runs
from courses.matching.models import MatchRound, MatchRun
from courses.people.models import User
# isort: on

__all__ = ["application"]
# The way to a database on another machine and back.
THINKING = 0.02


def _move(
    match_round: MatchRound,
    moves: Moves,
    verb: str,
    *,
    by: User | None,
    at: datetime,
    **rest: Any,
) -> MatchRound:
    match_round.state = moves.target(verb, match_round.state)
    time.sleep(THINKING)
    match_round.save(update_fields=["state"])
    audit.record(match_round, verb, by=by, at=at)
    return match_round


def _approve(match_round: MatchRound, *, by: User, **rest: Any) -> MatchRun:
    run = queries.good_run(match_round)
    assert run is not None
    if run.approved_by_id is not None:
        raise AlreadyDone
    if run.started_by_id == by.pk:
        raise AlreadyDone
    time.sleep(THINKING)
    with transaction.atomic():
        run.approved_by, run.approved_at = by, timezone.now()
        run.save()
        audit.record(match_round, "approve_result", by=by)
        later("matching.publish_round", round_id=match_round.pk)
    return run


if os.environ["MUTANT"] == "unguarded":
    runs.move = _move
else:
    publishing.approve_result = _approve
