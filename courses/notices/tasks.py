"""Periodic jobs of the notices: thin entrances."""

import logging
from datetime import datetime

from courses.kit import journal
from courses.kit.holds import after_restore
from courses.kit.jobs import every
from courses.notices import actions

logger = logging.getLogger("javar.journal")


@every(hours=24)
def forget_old_codes(at: datetime) -> None:
    """Delete codes that no ceiling counts any more, and the numbers with them."""
    actions.forget_codes(at=at)




@every(hours=24)
def mail_the_head(at: datetime) -> None:
    """Mail the head of the audit trail's chain to whom the installation names."""
    actions.mail_the_head(at=at)
