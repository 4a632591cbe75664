"""Matching rounds.

A `MatchRound` (دور تطبیق) has a commitment to its lottery seed from its opening, two deadlines
and a state. A student's `PreferenceList` in a round carries the pseudonym by which firms and the
public file know the student; an `Application` is one wish of it, ranked.

A firm's `Standing` of an application is a tier (1 is best; equal tiers are ties) or "not
suitable" with a coded reason. No standing means acceptable, last tier. A firm that published a
`ScoringRule` ranks by its `Score`s instead.

At the freeze the whole market becomes one canonical `FrozenMarket` with its hash. A `MatchRun` is
one solving of it with the verifier's report; its `RunResult` is the packed outcome. Publishing
turns it into a `MatchOutcome` for every list and the `VacancyResult`s everybody may compare with.
A `ReserveEffect` says whom a partnership's reserve hurt, an `Explanation` what would have had to
be different, an `Objection` asks a human; `Counselling` is somebody's talk with an unplaced
student. An `AuditorLink` lets an outsider recompute the round; a `Scenario` is a planner's what-if.
"""

from courses.matching.models.outcomes import (
    Counselling,
    Explanation,
    MatchOutcome,
    Objection,
    VacancyResult,
)
from courses.matching.models.rounds import AuditorLink, FrozenMarket, MatchRound, Scenario
from courses.matching.models.runs import MatchRun, ReserveEffect, RunResult
from courses.matching.models.wishes import (
    Application,
    PreferenceList,
    Score,
    ScoringRule,
    Standing,
)

__all__ = [
    "Application",
    "AuditorLink",
    "Counselling",
    "Explanation",
    "FrozenMarket",
    "MatchOutcome",
    "MatchRound",
    "MatchRun",
    "Objection",
    "PreferenceList",
    "ReserveEffect",
    "RunResult",
    "Scenario",
    "Score",
    "ScoringRule",
    "Standing",
    "VacancyResult",
]
