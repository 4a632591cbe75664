"""Telling people, in the site and out of it, and their reading."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from courses.kit.persian import to_persian_digits
from courses.notices import queries, rules
from courses.notices.kinds import KINDS, NoticeKind, group_title
from courses.notices.models import Message, Notice
from courses.notices.states import Channel
from courses.people.models import User

# Who is written to reads Persian; whoever does not finds the notice in English in the site.
LANGUAGE = "fa"
# So many are told with one statement.
CROWD = 1_000


def tell(
    recipient: User,
    kind: str,
    *,
    key: str,
    path: str,
    at: datetime | None = None,
    link: str = "",
    **values: Any,
) -> None:
    """Tell a person something once; call it inside the transaction of the event itself.

    `key` names the event; telling it again changes nothing. The notice in the site leads to
    `path`. SMS and mail, where the kind and the person want them, wait in the outbox; `link`
    (a path of the site, perhaps secret) stands only in them.
    """
    tell_each([Telling(recipient, key, path, values, link)], kind, at=at)


@dataclass(frozen=True)
class Telling:
    """One person told one thing: what `tell` takes, as a value."""

    recipient: User
    key: str
    path: str
    values: Mapping[str, Any]
    link: str = ""


def tell_all(
    recipients: QuerySet[User],
    kind: str,
    *,
    key: str,
    path: str,
    at: datetime | None = None,
    **values: Any,
) -> None:
    """Tell many people the same thing once, as `tell` does one."""
    people = recipients.order_by("pk").iterator(CROWD)
    tell_each((Telling(one, key, path, values) for one in people), kind, at=at)


def tell_each(tellings: Iterable[Telling], kind: str, *, at: datetime | None = None) -> None:
    """Tell many people something of one kind once, as `tell` does one.

    A constant number of queries for each thousand of them; inside the transaction of the event.
    """
    spoken = KINDS[kind]
    at = at or timezone.now()
    house = queries.house_quiet_hours()
    rest = iter(tellings)
    with transaction.atomic(savepoint=False):
        while batch := list(islice(rest, CROWD)):
            Notice.objects.bulk_create(
                [
                    Notice(
                        recipient=one.recipient, kind=kind, values=dict(one.values),
                        path=one.path, key=one.key, told_at=at,
                    )
                    for one in batch
                ],
                ignore_conflicts=True,
            )  # fmt: skip
            reached = [
                one for one in batch if one.recipient.proven_mobile or one.recipient.proven_email
            ]
            people = [one.recipient for one in reached]
            chosen = queries.choices_of_many(people, kind)
            quiet = {} if spoken.urgent else queries.quiet_hours_of(people)
            Message.objects.bulk_create(
                [
                    message
                    for one in reached
                    for message in _messages(
                        spoken, one, chosen.get(one.recipient.pk, {}),
                        quiet.get(one.recipient.pk, house), at,
                    )
                ],
                ignore_conflicts=True,
            )  # fmt: skip


def _messages(
    kind: NoticeKind,
    telling: Telling,
    chosen: dict[tuple[str, str], bool],
    quiet: tuple[time, time],
    at: datetime,
) -> list[Message]:
    """Return the unsaved messages that take a notice out of the site, in their final words."""
    person = telling.recipient
    ways = rules.ways(kind, mobile=person.proven_mobile, email=person.proven_email, chosen=chosen)
    if not ways:
        return []
    with translation.override(LANGUAGE):
        said = _in_text(telling.values) | {"link": _address(telling.link)}
        words = {
            Channel.SMS: {"text": kind.texts(said)},
            Channel.MAIL: _mail(kind, said, _address(telling.link or telling.path)),
        }
    return [
        Message(
            channel=channel, to=to, recipient=person, kind=kind.code, key=telling.key,
            not_before=_not_before(kind, quiet, at), made_at=at, **words[channel],
        )
        for channel, to in ways
    ]  # fmt: skip


def send_sms(
    mobile: str,
    kind: str,
    *,
    key: str,
    at: datetime | None = None,
    link: str = "",
    **values: Any,
) -> None:
    """Send an SMS to somebody without an account once; inside the transaction of the event.

    `mobile` is +989XXXXXXXXX; `link` is a path of the site. The quiet hours hold, unless the
    kind is urgent.
    """
    send_to(Channel.SMS, mobile, kind, key=key, at=at, link=link, **values)


def send_to(
    channel: str,
    to: str,
    kind: str,
    *,
    key: str,
    at: datetime | None = None,
    link: str = "",
    **values: Any,
) -> None:
    """Send an SMS or a mail to an address that need not be anybody's, as `send_sms` does.

    Only what the address itself asked for, or its school sends for the first sign-in, goes this
    way; whoever has an account is told.
    """
    spoken = KINDS[kind]
    at = at or timezone.now()
    with translation.override(LANGUAGE):
        text = spoken.texts(_in_text(values) | {"link": _address(link)})
        subject = _subject(spoken) if channel == Channel.MAIL else ""
    Message.objects.bulk_create(
        [
            Message(
                channel=channel, to=to, kind=kind, key=key, text=text, subject=subject, made_at=at,
                not_before=_not_before(spoken, queries.house_quiet_hours(), at),
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip


@transaction.atomic
def mark_read(user: User, *, at: datetime | None = None) -> int:
    """Mark everything a person has been told as read; return how many were new."""
    return Notice.objects.filter(recipient=user, read_at__isnull=True).update(
        read_at=at or timezone.now()
    )


def _not_before(kind: NoticeKind, quiet: tuple[time, time], at: datetime) -> datetime:
    return at if kind.urgent else rules.after_quiet_hours(at, quiet)


def _address(path: str) -> str:
    return f"{settings.WAGTAILADMIN_BASE_URL.rstrip('/')}{path}" if path else ""


def _in_text(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with numbers as Persian writes them; the site's pages do it themselves."""
    return {
        name: to_persian_digits(str(value)) if type(value) is int else value
        for name, value in values.items()
    }


def _mail(kind: NoticeKind, values: dict[str, Any], address: str) -> dict[str, str]:
    """Return subject and text of a mail."""
    sentence = kind.says(values)
    lines = [sentence] if address in sentence else [sentence, address]
    return {
        "subject": _subject(kind),
        "text": "\n\n".join([*lines, _("You choose what Javar writes to you under “Notices”.")]),
    }


def _subject(kind: NoticeKind) -> str:
    """Return the subject of a mail of a kind."""
    return _("Javar: %(group)s") % {"group": group_title(kind.group)}
