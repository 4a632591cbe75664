"""Periodic jobs of the notices: thin entrances."""

from datetime import datetime

from courses.kit.jobs import every
from courses.notices import actions


@every(hours=24)
def forget_old_codes(at: datetime) -> None:
    """Delete codes that no ceiling counts any more, and the numbers with them."""
    actions.forget_codes(at=at)
