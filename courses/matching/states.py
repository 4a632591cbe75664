"""The states of a round and the moves between them.

An open round has two deadlines: wishes close, then firms see who asked for them and rank until
their own deadline. Only then may it be frozen; from the freeze on nothing that enters the result
can change.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.kit.states import Moves


class State(models.TextChoices):
    """Where a round stands."""

    DRAFT = "draft", _("draft")
    OPEN = "open", _("open")
    FROZEN = "frozen", _("frozen")
    RUNNING = "running", _("running")
    PROPOSED = "proposed", _("proposed")
    PUBLISHED = "published", _("published")
    CLOSED = "closed", _("closed")


ORDER = list(State)

MOVES = Moves(
    [
        ("open_round", [State.DRAFT], State.OPEN, "officer"),
        ("freeze_round", [State.OPEN], State.FROZEN, "officer"),
        ("start_run", [State.FROZEN], State.RUNNING, "officer"),
        ("propose", [State.RUNNING], State.PROPOSED, "the verifier, when clean"),
        ("withhold", [State.RUNNING], State.FROZEN, "the verifier, when not"),
        ("publish_round", [State.PROPOSED], State.PUBLISHED, "another officer than who ran it"),
        ("close_round", [State.PUBLISHED], State.CLOSED, "officer"),
    ]
)


class Phase(models.TextChoices):
    """What an open round is doing at a moment."""

    WISHES = "wishes", _("students choose")
    RANKING = "ranking", _("firms rank")
    READY = "ready", _("ready to be frozen")


class Unsuitable(models.TextChoices):
    """The coded reasons a firm may give for not accepting an applicant; each is contestable."""

    HOURS = "hours", _("the days or hours do not fit the school's")
    DISTANCE = "distance", _("too far without transport")
    SKILLS = "skills", _("a skill needed from the first day is missing")
    OTHER = "other", _("another reason, written below")
