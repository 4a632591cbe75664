"""Which ways a notice takes, when nobody is disturbed, how long a failed message rests."""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime, time, timedelta

from django.conf import settings

from courses.kit.calendars import TEHRAN
from courses.kit.limits import Limit
from courses.notices import queries
from courses.notices.kinds import NoticeKind
from courses.notices.states import Channel
from courses.people.models import User

MOST_ATTEMPTS = 8
# The first rest after a failure is a setting; every further one is so many times longer.
REST_GROWS = 4
LONGEST_REST = timedelta(hours=6)


Choices = Mapping[tuple[str, str], bool]


def wants(kind: NoticeKind, channel: str, chosen: Choices) -> bool:
    """Tell whether somebody wants a kind by a channel; unasked, what is worth leaving the site."""
    return chosen.get((kind.code, channel), kind.goes_out)


def is_fixed(kind: NoticeKind, channel: str, *, mobile: str | None) -> bool:
    """Tell whether a kind takes a channel whatever was chosen.

    A legal kind always takes one way: the SMS, or the mail of somebody without a mobile.
    """
    return kind.legal and channel == (Channel.SMS if mobile else Channel.MAIL)


def ways(
    kind: NoticeKind, *, mobile: str | None, email: str, chosen: Choices
) -> list[tuple[Channel, str]]:
    """Return the channels and addresses a notice goes out by, beside the site itself."""
    return [
        (channel, address)
        for channel, address in ((Channel.SMS, mobile), (Channel.MAIL, email))
        if address and (is_fixed(kind, channel, mobile=mobile) or wants(kind, channel, chosen))
    ]


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


WAY_BACK_TRIES = Limit(
    "way_back.tries", 10, 3600, "a password that is refused twice is typed again; ten are a machine"
)


def keeps_outbox(user: User) -> bool:
    """Tell whether somebody may see how the outbox does and try a message again."""
    return user.is_active and user.is_superuser


def ceiling_reached(purpose: str, subject: str, *, to: str, asked_from: str, at: datetime) -> str:
    """Return the name of the ceiling that holds a further code back today, or nothing.

    Codes cost money and wake people: so many a day go to one number, about one subject, and from
    the whole site; so many are asked for from one address, known numbers or not.
    """
    today = queries.codes_since(at - timedelta(days=1))
    sent = today.filter(goes_out=True)
    if sent.count() >= settings.JAVAR_CODES_A_DAY:
        return "site"
    if asked_from and (
        today.filter(asked_from=asked_from).count() >= settings.JAVAR_CODES_PER_ADDRESS
    ):
        return "address"
    most = settings.JAVAR_CODES_PER_NUMBER
    if sent.filter(to=to).count() >= most:
        return "number"
    if sent.filter(purpose=purpose, subject=subject).count() >= most:
        return "number"
    return ""
