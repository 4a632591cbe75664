"""The next thing to do: what every room answers when “my page” asks it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Step:
    """One thing a person could do now.

    `weight` orders steps (higher first); `verb` is the button's text; `due` is when it must be
    done by; `done` and `total` draw a seam where the step is countable work.
    """

    weight: int
    title: str
    text: str
    path: str
    verb: str
    due: datetime | None = None
    done: int = 0
    total: int = 0
