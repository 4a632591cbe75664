"""What people choose: the channels of each group, and their quiet hours."""

from collections.abc import Mapping
from datetime import datetime, time

from django.db import transaction

from courses.kit import audit
from courses.notices import queries
from courses.notices.models import Choice, Preferences
from courses.people.models import User


@transaction.atomic
def choose_channels(
    user: User,
    choices: Mapping[tuple[str, str], bool],
    *,
    quiet: tuple[time, time] | None,
    by: User,
    at: datetime | None = None,
) -> Preferences:
    """Keep which groups a person wants by which channel, and the quiet hours.

    `choices` maps (group, channel) to wanted or not; what it does not name stays. The house's own
    quiet hours, or None, are kept as “the default”, so that they follow when the house changes.
    """
    for (group, channel), on in choices.items():
        Choice.objects.update_or_create(
            user=user, group=group, channel=channel, defaults={"on": on}
        )
    if quiet == queries.house_quiet_hours():
        quiet = None
    begins, ends = quiet or (None, None)
    preferences, _made = Preferences.objects.update_or_create(
        user=user, defaults={"quiet_from": begins, "quiet_until": ends}
    )
    off = sorted(f"{group}:{channel}" for (group, channel), on in choices.items() if not on)
    audit.record(preferences, "choose_channels", by=by, at=at, off=off)
    return preferences
