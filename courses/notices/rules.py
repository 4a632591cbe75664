"""Which ways a notice takes, when nobody is disturbed, how long a failed message rests."""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from courses.kit.calendars import TEHRAN
from courses.kit.limits import Limit
from courses.notices import queries
from courses.notices.kinds import NoticeKind
from courses.notices.models import Code
from courses.notices.states import Channel, CodeShare

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


# So many of the browsers a number knows may use all their codes of one day.
KNOWN_BROWSERS = 3


def share_of(purpose: str, known_by: str) -> CodeShare:
    """Return which share of the site's codes a code is taken from."""
    if purpose == queries.PROVE:
        return CodeShare.PROVE
    return CodeShare.KNOWN if known_by else CodeShare.STRANGERS


def ended_shares(sent: Mapping[str, int]) -> list[CodeShare]:
    """Return which shares hold no further code, by how many of each went out in a day.

    Each may take what nobody keeps; what is kept for one share no other one takes. So all
    together never pass the site's ceiling, and a flood of one kind leaves the others theirs.
    """
    most = settings.JAVAR_CODES_A_DAY
    kept = most * settings.JAVAR_CODES_SHARE // 100
    claimed = {share: max(sent[share], kept) for share in CodeShare}
    everybody = sum(claimed.values())
    return [share for share in CodeShare if everybody - claimed[share] + sent[share] >= most]


def ceiling_reached(
    purpose: str, subject: str, *, to: str, asked_from: str, known_by: str = "", at: datetime
) -> str:
    """Return the name of the ceiling that holds a further code back today, or nothing.

    Codes cost money and wake people: so many a day go to one number, about one subject, and from
    the whole site; so many are asked for from one address, known numbers or not. Whoever the
    number knows has codes of their own there: strangers never use them up.
    """
    since = at - timedelta(days=1)
    share = share_of(purpose, known_by)
    if share in ended_shares(queries.codes_by_share(since)):
        return str(share)
    today = queries.codes_since(since)
    if known_by:
        return _ceiling_of_known(today, purpose, subject, to=to, known_by=known_by)
    today = today.filter(known_by="")
    proving = Q(purpose=queries.PROVE)
    alike = today.filter(proving if share == CodeShare.PROVE else ~proving)
    if asked_from and (
        alike.filter(asked_from=asked_from).count() >= settings.JAVAR_CODES_PER_ADDRESS
    ):
        return "address"
    sent, most = today.filter(goes_out=True), settings.JAVAR_CODES_PER_NUMBER
    if sent.filter(to=to).count() >= most:
        return "number"
    if sent.filter(purpose=purpose, subject=subject).count() >= most:
        return "number"
    return ""


def _ceiling_of_known(
    today: QuerySet[Code], purpose: str, subject: str, *, to: str, known_by: str
) -> str:
    """Return the same for who is known: so many for each browser, and for a few of them.

    A classmate at a shared computer uses up that computer's, not those of the owner's telephone.
    """
    sent, most = today.filter(goes_out=True), settings.JAVAR_CODES_PER_KNOWN_BROWSER
    known = sent.filter(to=to).exclude(known_by="")
    if known.filter(known_by=known_by).count() >= most or known.count() >= most * KNOWN_BROWSERS:
        return "known_number"
    about = sent.filter(purpose=purpose, subject=subject) if purpose == queries.PROVE else None
    if about is not None and about.count() >= settings.JAVAR_CODES_PER_NUMBER:
        return "number"
    return ""
