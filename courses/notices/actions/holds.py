"""The outbox after a restore: what the journal says was sent, and the keeper's release."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from courses.kit import audit, journal
from courses.kit.models import Hold
from courses.kit.moments import not_before
from courses.kit.moves import move_all
from courses.kit.refusal import AlreadyDone
from courses.kit.rights import must
from courses.notices import queries
from courses.notices.models import Code, Link, Message
from courses.notices.states import MOVES, MessageState
from courses.people.models import User

AT_ONCE = 500


@transaction.atomic
def settle_sent(lines: list[journal.Line], *, at: datetime) -> journal.Found:
    """Mark the messages of a restored copy that the journal saw going out; none goes again.

    Returns which were marked, and which the copy does not know at all. Leases of relays that are
    gone end here.
    """
    Message.objects.filter(lease_until__isnull=False).update(lease_until=None, lease_owner="")
    sent = {line["id"]: line for line in lines}
    settled: list[journal.Line] = []
    younger: list[journal.Line] = []
    names = list(sent)
    for start in range(0, len(names), AT_ONCE):
        portion = names[start : start + AT_ONCE]
        there = {
            str(message.stable_id): message
            for message in Message.objects.filter(stable_id__in=portion)
        }
        for name in portion:
            said = {key: sent[name].get(key, "") for key in ("id", "channel", "at")}
            message = there.get(name)
            if message is None:
                younger.append(said)
            elif MOVES.allows("settle", message.state):
                moment = datetime.fromisoformat(said["at"]) if said["at"] else at
                move_all(
                    Message.objects.filter(pk=message.pk), MOVES, "settle", sent_at=moment,
                    text="", subject="", last_error="", in_journal=True,
                )  # fmt: skip
                settled.append(said)
    return {"settled": settled, "younger": younger}


@transaction.atomic
def end_codes(*, at: datetime) -> int:
    """End every one-time code that is still good, and call back those on their way."""
    move_all(
        Message.objects.filter(key__startswith="code:"), MOVES, "give_up",
        last_error="the code has ended", text="", subject="",
    )  # fmt: skip
    good = Code.objects.filter(used_at__isnull=True, expires_at__gt=F("made_at") + _INSTANT)
    return good.update(expires_at=F("made_at") + _INSTANT)


_INSTANT = timedelta(microseconds=1)


def close_ways_in(*, at: datetime) -> int:
    """Close every open link into an account, and call back those on their way.

    It may have been used, or closed because the account is somebody else's, after the copy.
    """
    move_all(
        Message.objects.filter(key__startswith="welcome:"), MOVES, "give_up",
        last_error="the link has ended", text="", subject="",
    )  # fmt: skip
    open_links = Link.objects.filter(purpose__in=queries.WAYS_IN, closed_at__isnull=True)
    return open_links.update(closed_at=not_before("made_at", at))


@transaction.atomic
def release_outbox(
    hold: Hold, *, by: User, give_up: bool = False, at: datetime | None = None
) -> Hold:
    """Let the site go on after a restore; the relays send what waits, each message once.

    With `give_up` the messages of the copy itself stay unsent: a keeper may try each again. For
    who has no journal and cannot know which were sent. Raises NotAllowed, AlreadyDone.
    """
    at = at or timezone.now()
    must(by, "notices.keep_outbox")
    waiting = Message.objects.filter(state=MessageState.WAITING)
    given_up = 0
    if give_up:
        given_up = move_all(
            waiting.filter(made_at__lte=hold.since), MOVES, "give_up",
            last_error="given up after a restore", lease_until=None, lease_owner="",
        )  # fmt: skip
    if not Hold.objects.filter(pk=hold.pk, standing=True).update(
        standing=False, released_at=at, released_by=by
    ):
        raise AlreadyDone
    hold.refresh_from_db()
    audit.record(
        hold, "release_outbox", by=by, at=at, waiting=waiting.count(), given_up=given_up
    )  # fmt: skip
    return hold


def write_down_sent(*, at: datetime) -> int:
    """Write into the journal what was sent while it could not be written; return how many."""
    written = 0
    while portion := list(queries.not_in_journal()[:AT_ONCE]):
        journal.write(
            queries.journal_line(one.stable_id, one.channel, one.sent_at) for one in portion
        )
        written += Message.objects.filter(pk__in=[one.pk for one in portion]).update(
            in_journal=True
        )
    return written
