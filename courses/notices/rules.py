"""Which ways a notice takes, when nobody is disturbed, how long a failed message rests."""

import hashlib
import uuid
from datetime import datetime, time, timedelta

from courses.kit.calendars import TEHRAN
from courses.notices.kinds import NoticeKind
from courses.notices.states import Channel
from courses.people.models import User

MOST_ATTEMPTS = 8
# The first rest after a failure is a setting; every further one is so many times longer.
REST_GROWS = 4
LONGEST_REST = timedelta(hours=6)


def ways(
    kind: NoticeKind, *, mobile: str | None, email: str, off: set[tuple[str, str]]
) -> list[tuple[Channel, str]]:
    """Return the channels and addresses a notice goes out by, beside the site itself.

    A legal kind always takes one way: the SMS, or the mail of somebody without a mobile.
    """
    if not kind.goes_out:
        return []
    found = []
    if mobile and (kind.legal or (kind.group, Channel.SMS) not in off):
        found.append((Channel.SMS, mobile))
    if email and ((kind.legal and not mobile) or (kind.group, Channel.MAIL) not in off):
        found.append((Channel.MAIL, email))
    return found


def after_quiet_hours(at: datetime, quiet: tuple[time, time]) -> datetime:
    """Return the first moment from `at` on that does not lie in the quiet hours of Tehran.

    The hours begin and end the same minute: there are none.
    """
    begins, ends = quiet
    local = at.astimezone(TEHRAN)
    clock = local.time()
    over_midnight = begins > ends
    is_quiet = (clock >= begins or clock < ends) if over_midnight else begins <= clock < ends
    if not is_quiet:
        return at
    day = local.date()
    if over_midnight and clock >= begins:
        day += timedelta(days=1)
    return datetime.combine(day, ends, TEHRAN)


def rest_after(attempts: int, stable_id: uuid.UUID, *, first: timedelta) -> timedelta:
    """Return how long a message rests after its n-th failure: longer each time, with a limit.

    Up to a quarter is added or taken, always the same for one message and attempt, so that
    what failed together does not come back together.
    """
    mark = hashlib.sha256(f"{stable_id}:{attempts}".encode()).digest()[0]
    rest = min(first * REST_GROWS ** (attempts - 1), LONGEST_REST)
    return rest * (0.75 + 0.5 * mark / 255)


def keeps_outbox(user: User) -> bool:
    """Tell whether somebody may see how the outbox does and try a message again."""
    return user.is_active and user.is_superuser
