"""Telling people, carrying messages out of the site, links, and what people choose.

One module a noun. Other rooms need `tell`, `send_sms`, `send_code`, `check_code`,
`make_link`, `close_links` and `welcome`.
"""

from courses.notices.actions.choices import choose_channels
from courses.notices.actions.codes import check_code, forget_codes, send_code
from courses.notices.actions.contacts import ask_password_too, prove_contact, remove_contact
from courses.notices.actions.holds import (
    close_ways_in,
    end_codes,
    release_outbox,
    settle_sent,
    write_down_sent,
)
from courses.notices.actions.links import close_links, make_link
from courses.notices.actions.messages import retry_message
from courses.notices.actions.passwords import set_password
from courses.notices.actions.relay import Relayed, relay_batch
from courses.notices.actions.second_factors import reset_second_factor
from courses.notices.actions.telling import (
    Telling,
    mark_read,
    send_sms,
    send_to,
    tell,
    tell_all,
    tell_each,
)
from courses.notices.actions.trail import mail_the_head
from courses.notices.actions.way_back import (
    approve_way_back,
    ask_way_back,
    come_back_with,
    give_way_back,
)
from courses.notices.actions.welcome import begin_with, welcome

__all__ = [
    "Relayed",
    "Telling",
    "approve_way_back",
    "ask_password_too",
    "ask_way_back",
    "begin_with",
    "check_code",
    "choose_channels",
    "close_links",
    "close_ways_in",
    "come_back_with",
    "end_codes",
    "forget_codes",
    "give_way_back",
    "mail_the_head",
    "make_link",
    "mark_read",
    "prove_contact",
    "relay_batch",
    "release_outbox",
    "remove_contact",
    "reset_second_factor",
    "retry_message",
    "send_code",
    "send_sms",
    "send_to",
    "set_password",
    "settle_sent",
    "tell",
    "tell_all",
    "tell_each",
    "welcome",
    "write_down_sent",
]
