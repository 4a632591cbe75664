"""The last way into an account whose owner has lost password and number: a link, handed over.

It is good for an hour and once, is shown once, and is a first factor only. The account's proven
number and address hear of it at once. It proves no number: nothing was sent to one.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from courses.kit import audit
from courses.kit.moves import lock
from courses.kit.refusal import AlreadyDone
from courses.kit.rights import must
from courses.notices import queries
from courses.notices.actions.links import close_links, make_link
from courses.notices.actions.passwords import set_password
from courses.notices.actions.telling import tell, tell_all
from courses.notices.models import Link, WayBack
from courses.notices.refusals import LinkOver, SecondKeeperNeeded, TooManyWaysBack
from courses.people.models import User

LASTS = timedelta(hours=1)
# What one keeper asked, another approves within a day or never.
ASKED_LASTS = timedelta(days=1)
MOST_A_DAY = 10


@transaction.atomic
def give_way_back(
    user: User, *, reason: str, by: User, at: datetime | None = None
) -> tuple[str, bool]:
    """Make the link of a registrar; the room that knows roles has asked whether she may.

    Returns its path, shown once, and whether it is the last she may make for a day: then the
    keepers are told, and the caller tells the school. Raises TooManyWaysBack.
    """
    at = at or timezone.now()
    # Of two at once one counts the other's.
    lock(User.objects.filter(pk=by.pk))
    made = WayBack.objects.filter(
        asked_by=by, asked_at__gt=at - timedelta(days=1), link__isnull=False
    ).count()
    if made >= MOST_A_DAY:
        raise TooManyWaysBack(most=MOST_A_DAY)
    given = WayBack.objects.create(user=user, reason=reason, asked_by=by, asked_at=at)
    path = _make(given, at)
    audit.record(user, "give_way_back", by=by, at=at, reason=reason)
    is_last = made + 1 == MOST_A_DAY
    if is_last:
        tell_all(
            queries.keepers(), "notices.ways_back_ceiling", key=f"ways-back:{given.public_id}",
            path="/my/ways-back/", at=at, who=by.username, most=MOST_A_DAY,
        )  # fmt: skip
    return path, is_last


@transaction.atomic
def ask_way_back(user: User, *, reason: str, by: User, at: datetime | None = None) -> WayBack:
    """Ask as a keeper for a link into any account; another keeper approves it.

    Raises NotAllowed, SecondKeeperNeeded (one's own account).
    """
    at = at or timezone.now()
    must(by, "notices.give_ways_back")
    if user.pk == by.pk:
        raise SecondKeeperNeeded
    asked = WayBack.objects.create(user=user, reason=reason, asked_by=by, asked_at=at)
    audit.record(user, "ask_way_back", by=by, at=at, reason=reason)
    others = queries.keepers().exclude(pk__in=[by.pk, user.pk])
    tell_all(
        others, "notices.way_back_asked", key=f"way-back-asked:{asked.public_id}",
        path="/my/ways-back/", at=at, username=user.username,
    )  # fmt: skip
    return asked


@transaction.atomic
def approve_way_back(asked: WayBack, *, by: User, at: datetime | None = None) -> str:
    """Approve what another keeper asked, and return the link's path, shown once.

    Raises NotAllowed, SecondKeeperNeeded, AlreadyDone.
    """
    at = at or timezone.now()
    must(by, "notices.give_ways_back")
    must(asked.asked_by, "notices.give_ways_back")
    if by.pk in {asked.asked_by_id, asked.user_id}:
        raise SecondKeeperNeeded
    # Of two who approve one finds it approved.
    lock(asked)
    over = asked.link_id is not None or asked.withdrawn_at is not None
    if over or asked.asked_at <= at - ASKED_LASTS:
        raise AlreadyDone
    path = _make(asked, at)
    WayBack.objects.filter(pk=asked.pk).update(approved_by=by, approved_at=at)
    audit.record(asked.user, "approve_way_back", by=by, at=at, asked_by=asked.asked_by_id)
    return path


def _make(given: WayBack, at: datetime) -> str:
    """Make the link, close earlier ones, and tell the account's own contacts."""
    user = given.user
    close_links(queries.WAY_BACK, str(user.public_id), at)
    token = make_link(queries.WAY_BACK, str(user.public_id), expires_at=at + LASTS, at=at)
    given.link = Link.objects.get(token_hash=queries.hash_of(token))
    given.save(update_fields=["link"])
    tell(
        user, "notices.way_back_made", key=f"way-back:{given.public_id}", path="/my/", at=at,
        username=user.username,
    )  # fmt: skip
    return f"/way-back/{token}/"


@transaction.atomic
def come_back_with(link: Link, password: str, *, at: datetime | None = None) -> User:
    """Set a new password by the link, once; every session ends, and no number is proven.

    Raises LinkOver: of two who press at once the second comes too late.
    """
    at = at or timezone.now()
    if not Link.objects.filter(pk=link.pk, closed_at__isnull=True, expires_at__gt=at).update(
        closed_at=at
    ):
        raise LinkOver
    user = User.objects.filter(public_id=link.subject, is_active=True).first()
    if user is None:
        raise LinkOver
    return set_password(user, password, by=user, way="link", at=at)
