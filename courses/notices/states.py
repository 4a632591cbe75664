"""How a message travels: it waits until it is sent, or until nobody tries any more."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.kit.moves import Move, Moves


class Channel(models.TextChoices):
    """The ways out of the site."""

    SMS = "sms", _("SMS")
    MAIL = "mail", _("e-mail")


class MessageState(models.TextChoices):
    """Where a message is."""

    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    DEAD = "dead", _("given up")


MOVES = Moves(
    [
        Move("send", [MessageState.WAITING], MessageState.SENT, "relay"),
        Move("give_up", [MessageState.WAITING], MessageState.DEAD, "relay"),
        Move("retry", [MessageState.WAITING, MessageState.DEAD], MessageState.WAITING, "keeper"),
    ]
)
