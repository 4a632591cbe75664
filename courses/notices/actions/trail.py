"""The head of the audit trail's chain, on its way to somebody outside."""

from datetime import datetime

from django.conf import settings

from courses.kit.trail.heads import Head, latest
from courses.notices.actions.telling import send_to
from courses.notices.states import Channel


def mail_the_head(*, at: datetime) -> Head | None:
    """Queue a mail with the present head, where somebody is named; each head is mailed once."""
    head = latest()
    if head and settings.JAVAR_TRAIL_MAIL:
        send_to(
            Channel.MAIL, settings.JAVAR_TRAIL_MAIL, "notices.trail_head",
            key=f"trail_head:{head.number}", at=at, head=f"{head.number}:{head.head}",
            entry=str(head.last_entry),
        )  # fmt: skip
    return head
