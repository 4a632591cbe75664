"""What may become of a batch, as a table, and of each of its rows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.kit.moves import Move, Moves
from courses.kit.refusal import AlreadyDone


class State(models.TextChoices):
    """Where a batch stands; three of these are work in the background."""

    CHECKING = "checking", _("being checked")
    CHECKED = "checked", _("checked")
    APPLYING = "applying", _("being taken in")
    APPLIED = "applied", _("taken in")
    UNDOING = "undoing", _("being undone")
    UNDONE = "undone", _("undone")
    DROPPED = "dropped", _("dropped")


MOVES = Moves(
    [
        Move("check", [State.CHECKED], State.CHECKING, "maker"),
        Move("finish_check", [State.CHECKING], State.CHECKED, "task"),
        Move("apply", [State.CHECKED], State.APPLYING, "maker"),
        Move("give_up", [State.APPLYING], State.CHECKED, "task"),
        Move("finish_apply", [State.APPLYING], State.APPLIED, "task"),
        Move("undo", [State.APPLIED], State.UNDOING, "maker"),
        Move("finish_undo", [State.UNDOING], State.UNDONE, "task"),
        Move("drop", [State.CHECKED], State.DROPPED, "maker"),
    ],
    overtaken=AlreadyDone,
)
WORKING = frozenset({State.CHECKING, State.APPLYING, State.UNDOING})


class Verdict(models.TextChoices):
    """What the check says of a row."""

    NEW = "new", _("new")
    KNOWN = "known", _("here already")
    LOOK = "look", _("look: who is it?")
    BAD = "bad", _("with faults")


class Outcome(models.TextChoices):
    """What came of a row."""

    MADE = "made", _("taken in")
    UNCHANGED = "unchanged", _("unchanged")
    REFUSED = "refused", _("refused")
    SKIPPED = "skipped", _("left out")
    UNDONE = "undone", _("undone")
    KEPT = "kept", _("could not be undone")


# What is answered to every question: the line stays outside.
LEAVE_OUT = "out"


class Policy(models.TextChoices):
    """What faults do to the rest; chosen by whoever imports."""

    ALL = "all", _("all rows or none")
    SKIP = "skip", _("leave the rows with faults out")
