"""How a message travels: it waits until it is sent, or until nobody tries any more."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.kit.moves import Move, Moves
from courses.notices.refusals import BeingSent


class Channel(models.TextChoices):
    """The ways out of the site."""

    SMS = "sms", _("SMS")
    MAIL = "mail", _("e-mail")


class CodeShare(models.TextChoices):
    """Who asks for codes, or what for: each kind keeps a share of what the site sends in a day."""

    STRANGERS = "strangers", _("to sign in or for a new password, from unknown browsers")
    KNOWN = "known", _("to sign in or for a new password, from known browsers")
    PROVE = "prove", _("to confirm a number or an e-mail")


class MessageState(models.TextChoices):
    """Where a message is."""

    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    DEAD = "dead", _("given up")


def _is_free(at: datetime) -> Q:
    """Return what a message has that no relay holds."""
    return Q(lease_until__isnull=True) | Q(lease_until__lt=at)


MOVES = Moves(
    [
        Move("send", [MessageState.WAITING], MessageState.SENT, "relay"),
        Move("give_up", [MessageState.WAITING], MessageState.DEAD, "relay"),
        Move("rest", [MessageState.WAITING], MessageState.WAITING, "relay"),
        Move(
            "retry", [MessageState.WAITING, MessageState.DEAD], MessageState.WAITING, "keeper",
            guard=_is_free,
        ),
        Move(
            "settle", [MessageState.WAITING, MessageState.DEAD], MessageState.SENT,
            "the journal, after a restore",
        ),
    ],
    overtaken=BeingSent,
)  # fmt: skip
