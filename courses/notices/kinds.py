"""The kinds of notice: each room declares its own in its `kinds.py`, gathered at start-up."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class NoticeKind:
    """A kind of notice: its code `<room>.<event>` and the sentence with `%(name)s` places."""

    code: str
    sentence: str | Promise

    def says(self, values: dict[str, Any]) -> str:
        """Return the sentence in the active language."""
        return str(self.sentence) % values


KINDS: dict[str, NoticeKind] = {}


def declare(code: str, sentence: str | Promise) -> NoticeKind:
    """Add a kind; a code declared twice is a mistake of the program."""
    if code in KINDS:
        raise ValueError(f"notice kind {code} is declared twice")
    KINDS[code] = NoticeKind(code, sentence)
    return KINDS[code]
