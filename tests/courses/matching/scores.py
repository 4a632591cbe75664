"""From scores to tiers: equal scores are ties, a missing one is acceptable and stands last."""

import math
from collections.abc import Mapping

from courses.matching.solver.market import IllegalMarket


def tiers_of(scores: Mapping[str, float | None]) -> tuple[tuple[str, ...], ...]:
    """Return a vacancy's order, best first: higher scores are better, None shares the last tier.

    Raises IllegalMarket with everybody whose score is no finite number.
    """
    bad = [
        name
        for name, score in scores.items()
        if score is not None
        and (isinstance(score, bool) or not isinstance(score, int | float) or _infinite(score))
    ]
    if bad:
        raise IllegalMarket([f"student {name}: a score must be a finite number" for name in bad])
    tiers: dict[float, list[str]] = {}
    missing = sorted(name for name, score in scores.items() if score is None)
    for name, score in sorted(scores.items()):
        if score is not None:
            tiers.setdefault(score, []).append(name)
    order = [tuple(tiers[score]) for score in sorted(tiers, reverse=True)]
    return (*order, tuple(missing)) if missing else tuple(order)


def _infinite(score: float) -> bool:
    # Asking a huge whole number would overflow instead of answering.
    return isinstance(score, float) and not math.isfinite(score)
