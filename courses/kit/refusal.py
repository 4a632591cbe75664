"""How the house says no: one exception with a sentence for people and a code for machines."""

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """A move that is not possible now. Nothing was written.

    `sentence` is translatable and says what to do next; `code` is stable, for programs.
    Subclasses set both; values for the sentence's `%(name)s` places are given as keywords.
    """

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str | Promise] = _("This cannot be done now.")

    def __init__(self, **values: Any) -> None:
        """Keep the values that complete the sentence."""
        super().__init__(self.code)
        self.values = values

    def __str__(self) -> str:
        return str(self.sentence) % self.values if self.values else str(self.sentence)


class IllegalMove(Refusal):
    """The state machine's table has no such move."""

    code = "illegal_move"
    sentence = _("This step is not possible from the present state.")


class AlreadyDone(Refusal):
    """Somebody, perhaps you a moment ago, has already made this move."""

    code = "already_done"
    sentence = _("This has already been done.")


class NotAllowed(Refusal):
    """The person may see this, but not do it."""

    code = "not_allowed"
    sentence = _("You do not have the role that may do this.")
