"""Telling people, carrying messages out of the site, links, and what people choose.

One module a noun. Other rooms need `tell`, `send_sms`, `make_link`, `close_links` and `welcome`.
"""

from courses.notices.actions.choices import choose_channels
from courses.notices.actions.links import close_links, make_link
from courses.notices.actions.messages import retry_message
from courses.notices.actions.relay import Relayed, relay_batch
from courses.notices.actions.telling import (
    Telling,
    mark_read,
    send_sms,
    tell,
    tell_all,
    tell_each,
)
from courses.notices.actions.welcome import begin_with, welcome

__all__ = [
    "Relayed",
    "Telling",
    "begin_with",
    "choose_channels",
    "close_links",
    "make_link",
    "mark_read",
    "relay_batch",
    "retry_message",
    "send_sms",
    "tell",
    "tell_all",
    "tell_each",
    "welcome",
]
