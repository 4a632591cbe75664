"""Reading notices, what people chose, links, and the outbox."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, Min, Q, QuerySet

from courses.kit.models import Hold
from courses.notices.models import Choice, Code, Link, Message, Notice, Preferences, WayBack
from courses.notices.states import CodeShare, MessageState
from courses.people.models import User

# What a link is for that lets somebody choose a first password.
FIRST_SIGN_IN = "notices.first_sign_in"
# The same, sent by SMS to the number that its subject names after the person.
FIRST_SIGN_IN_BY_SMS = "notices.first_sign_in_sms"
# A link into an account whose owner lost password and number.
WAY_BACK = "notices.way_back"
WAYS_IN = (FIRST_SIGN_IN, FIRST_SIGN_IN_BY_SMS, WAY_BACK)
# What codes are for, each the kind of notice that carries it. The subject of the first is a number,
# of the second what was typed, of the third the account's key.
SIGN_IN = "notices.sign_in_code"
RESET = "notices.reset_code"
PROVE = "notices.prove_code"
RESET_LINK = "notices.reset_link"
# Those that open an account by themselves.
OPENING = (SIGN_IN, RESET)
# A message that could have gone for so long and has not is stuck.
STUCK_AFTER = timedelta(minutes=15)


def visible_to(user: User) -> QuerySet[Notice]:
    """Return a person's own notices, newest first; nobody sees another's."""
    return Notice.objects.filter(recipient=user)


def unread_count(user: User) -> int:
    """Return how many notices the person has not read."""
    return visible_to(user).filter(read_at__isnull=True).count()


def choices_of(user: User) -> dict[tuple[str, str], bool]:
    """Return which pairs of kind and channel the person chose, and whether they want them."""
    return {
        (kind, channel): on
        for kind, channel, on in Choice.objects.filter(user=user).values_list(
            "kind", "channel", "on"
        )
    }


def choices_of_many(people: list[User], kind: str) -> dict[int, dict[tuple[str, str], bool]]:
    """Return by the person's key what they chose for a kind, channel by channel."""
    found: dict[int, dict[tuple[str, str], bool]] = {}
    rows = Choice.objects.filter(user__in=people, kind=kind)
    for user, channel, on in rows.values_list("user_id", "channel", "on"):
        found.setdefault(user, {})[(kind, channel)] = on
    return found


def quiet_hours_of(people: list[User]) -> dict[int, tuple[time, time]]:
    """Return the quiet hours of those who chose some, by the person's key."""
    chosen = Preferences.objects.filter(user__in=people, quiet_from__isnull=False)
    return {
        user: (begins, ends)
        for user, begins, ends in chosen.values_list("user_id", "quiet_from", "quiet_until")
        if begins is not None and ends is not None
    }


def chosen_quiet_hours(user: User) -> tuple[time, time] | None:
    """Return the quiet hours the person chose, or None where the house's hold."""
    chosen = Preferences.objects.filter(user=user).first()
    if chosen is None or chosen.quiet_from is None or chosen.quiet_until is None:
        return None
    return chosen.quiet_from, chosen.quiet_until


def house_quiet_hours() -> tuple[time, time]:
    """Return the quiet hours of whoever chose none (`JAVAR_QUIET_HOURS`)."""
    begins, ends = settings.JAVAR_QUIET_HOURS
    return time.fromisoformat(begins), time.fromisoformat(ends)


def quiet_hours(user: User | None) -> tuple[time, time]:
    """Return from when until when somebody is not disturbed; the house's without an account."""
    return (chosen_quiet_hours(user) if user else None) or house_quiet_hours()


def was_sent(key: str) -> bool:
    """Tell whether a message of this key has been written."""
    return Message.objects.filter(key=key).exists()


def hash_of(token: str) -> str:
    """Return the form in which a link's token is kept: SHA-256, 64 hex signs."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def person_of(link: Link) -> User | None:
    """Return whom a link for a first sign-in is for, as long as they have no password."""
    public_id = link.subject.partition(":")[0]
    user = User.objects.filter(public_id=public_id, is_active=True).first()
    return user if user is not None and not user.has_usable_password() else None


def find_first_link(token: str, *, at: datetime) -> Link | None:
    """Return the open link for a first sign-in of a token, shown or sent."""
    return find_link(token, FIRST_SIGN_IN, at=at) or find_link(token, FIRST_SIGN_IN_BY_SMS, at=at)


def links_by_sms(user: User) -> list[str]:
    """Return the subjects of the open links for a first sign-in that were sent to somebody."""
    open_links = Link.objects.filter(
        purpose=FIRST_SIGN_IN_BY_SMS, subject__startswith=f"{user.public_id}:",
        closed_at__isnull=True,
    )  # fmt: skip
    return list(open_links.values_list("subject", flat=True).distinct())


def find_link(token: str, purpose: str, *, at: datetime) -> Link | None:
    """Return the open link of a token; None when forged, closed, outdated or meant otherwise."""
    return Link.objects.filter(
        token_hash=hash_of(token), purpose=purpose, closed_at__isnull=True, expires_at__gt=at
    ).first()


def find_code(purpose: str, subject: str, code: uuid.UUID | str | None = None) -> Code | None:
    """Return a code of one purpose about one subject: the one named, or the newest."""
    found = Code.objects.filter(purpose=purpose, subject=subject)
    if code is not None:
        found = found.filter(public_id=code)
    return found.order_by("-made_at", "-pk").first()


def codes_since(at: datetime) -> QuerySet[Code]:
    """Return the codes asked for since a moment."""
    return Code.objects.filter(made_at__gt=at)


def codes_by_share(at: datetime) -> dict[str, int]:
    """Return how many codes went out since a moment, by share (`states.CodeShare`)."""
    asked = {
        CodeShare.PROVE: Q(purpose=PROVE),
        CodeShare.KNOWN: ~Q(purpose=PROVE) & ~Q(known_by=""),
        CodeShare.STRANGERS: ~Q(purpose=PROVE) & Q(known_by=""),
    }
    return codes_since(at).filter(goes_out=True).aggregate(
        **{str(share): Count("pk", filter=which) for share, which in asked.items()}
    )  # fmt: skip


def ways_back() -> QuerySet[WayBack]:
    """Return the links somebody gave or asked for, newest first, with who did."""
    return WayBack.objects.select_related("user", "asked_by", "approved_by", "link")


def ways_back_waiting_for(keeper: User, *, since: datetime) -> QuerySet[WayBack]:
    """Return what another keeper has asked since a moment and this one may approve."""
    return ways_back().filter(
        link__isnull=True, withdrawn_at__isnull=True, asked_at__gt=since
    ).exclude(Q(asked_by=keeper) | Q(user=keeper))  # fmt: skip


def keepers() -> QuerySet[User]:
    """Return who keeps the site."""
    return User.objects.filter(is_superuser=True, is_active=True)


def due(*, at: datetime) -> QuerySet[Message]:
    """Return the messages that may be sent now and that nobody is sending, oldest first.

    None while the site is held after a restore: the database itself says so in every question.
    """
    return Message.objects.filter(
        ~Exists(Hold.objects.filter(standing=True)),
        Q(lease_until__isnull=True) | Q(lease_until__lt=at),
        state=MessageState.WAITING,
        not_before__lte=at,
    ).order_by("not_before", "pk")


def journal_line(stable_id: object, channel: str, at: datetime | None) -> dict[str, str]:
    """Return what the journal keeps of a message that went: that it did, when and which way."""
    return {
        "kind": "sent", "id": str(stable_id), "channel": channel,
        "at": at.isoformat() if at else "",
    }  # fmt: skip


def not_in_journal() -> QuerySet[Message]:
    """Return the messages that went and that the journal does not know yet."""
    return Message.objects.filter(state=MessageState.SENT, in_journal=False).order_by("pk")


def unsent() -> QuerySet[Message]:
    """Return every message that has not gone, the oldest first."""
    return Message.objects.exclude(state=MessageState.SENT).order_by("made_at", "pk")


def outbox_age(*, at: datetime) -> timedelta:
    """Return for how long the oldest message that may go has waited; zero when none waits.

    One that was tried counts from its making, another from when it was allowed to go.
    """
    waiting = Message.objects.filter(state=MessageState.WAITING)
    oldest = waiting.aggregate(
        tried=Min("made_at", filter=Q(attempts__gt=0)),
        untried=Min("not_before", filter=Q(attempts=0, not_before__lte=at)),
    )
    return max((at - since for since in oldest.values() if since), default=timedelta())


@dataclass(frozen=True)
class OutboxHealth:
    """How the outbox does: how many wait and since when, and what went wrong."""

    waiting: int
    oldest: Message | None
    stuck: list[Message]
    stuck_count: int
    dead: list[Message]
    dead_count: int


def outbox_health(*, at: datetime, most: int = 50) -> OutboxHealth:
    """Return what a keeper has to know; of stuck and dead messages at most so many."""
    waiting = Message.objects.filter(state=MessageState.WAITING)
    stuck = waiting.filter(Q(attempts__gt=0) | Q(not_before__lt=at - STUCK_AFTER))
    dead = Message.objects.filter(state=MessageState.DEAD)
    return OutboxHealth(
        waiting=waiting.count(),
        oldest=waiting.order_by("made_at", "pk").first(),
        stuck=list(stuck.order_by("made_at", "pk")[:most]),
        stuck_count=stuck.count(),
        dead=list(dead.order_by("-made_at", "-pk")[:most]),
        dead_count=dead.count(),
    )


@dataclass(frozen=True)
class RestoredFacts:
    """What a restore found, as its page shows it: counts, and the beginnings of the lists."""

    copy: str
    made_at: datetime
    journal: str
    settled: int
    younger: int
    places: int
    erased: int
    not_erased: int
    missing: int
    other_code_key: bool
    failed_checks: list[str]
    younger_messages: list[tuple[str, datetime | None]]
    younger_places: list[tuple[str, str, datetime | None]]
    file: str


def restored_facts(report: dict[str, Any]) -> RestoredFacts | None:
    """Return the facts of a hold's report; None where it has none."""
    if "counts" not in report:
        return None
    counts, found = report["counts"], report["found"]
    return RestoredFacts(
        copy=report["copy"], made_at=datetime.fromisoformat(report["made_at"]),
        journal=report["journal"], settled=counts["sent.settled"],
        younger=counts["sent.younger"], places=counts["place.younger"],
        erased=counts["erased.erased_again"], not_erased=counts["erased.not_erased"],
        missing=report["missing_files"], other_code_key=report["other_code_key"],
        failed_checks=[name for name, said in report.get("checks", {}).items() if said],
        younger_messages=[(one["id"], _moment(one)) for one in found["sent"]["younger"]],
        younger_places=[
            (one["id"], one.get("to", ""), _moment(one)) for one in found["place"]["younger"]
        ],
        file=report.get("file", ""),
    )  # fmt: skip


def _moment(line: dict[str, str]) -> datetime | None:
    return datetime.fromisoformat(line["at"]) if line.get("at") else None
