"""What people choose: the channels of each kind of notice, and their quiet hours."""

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
    """Keep which kinds a person wants by which channel, and the quiet hours.

    `choices` maps (kind, channel) to wanted or not; what it does not name stays. The house's own
    quiet hours, or None, are kept as “the default”, so that they follow when the house changes.
    """
    Choice.objects.bulk_create(
        [
            Choice(user=user, kind=kind, channel=channel, on=on)
            for (kind, channel), on in choices.items()
        ],
        update_conflicts=True,
        unique_fields=["user", "kind", "channel"],
        update_fields=["on"],
    )
    if quiet == queries.house_quiet_hours():
        quiet = None
    begins, ends = quiet or (None, None)
    preferences, _made = Preferences.objects.update_or_create(
        user=user, defaults={"quiet_from": begins, "quiet_until": ends}
    )
    wanted = sorted(f"{kind}:{channel}" for (kind, channel), on in choices.items() if on)
    audit.record(preferences, "choose_channels", by=by, at=at, wanted=wanted)
    return preferences
