"""The states of a vacancy and the moves between them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.kit.moves import Move, Moves


class State(models.TextChoices):
    """Where a vacancy stands."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    WITHDRAWN = "withdrawn", _("taken back")


MOVES = Moves(
    [
        Move("publish", [State.DRAFT], State.PUBLISHED, "owner"),
        Move("take_back", [State.DRAFT, State.PUBLISHED], State.WITHDRAWN, "owner"),
    ]
)
EDITABLE = frozenset({State.DRAFT})
