"""The next thing to do: what every room answers when “my page” asks it."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class Weight(IntEnum):
    """How much a step presses, on one scale for all rooms; the heaviest opens “my page”."""

    SITE_STANDS_STILL = 900
    SOMEBODY_WAITS_OUTSIDE = 800
    PLACE_FOUND = 100
    OBJECTIONS_WAIT = 97
    ANSWER_OR_LOSE = 95
    GUARDIAN_TO_NAME = 92
    DAYS_ARE_COUNTED = 90
    RANK_APPLICANTS = 85
    SOMETHING_CAME_BACK = 80
    COUNSEL = 75
    STUDY = 70
    ORDER_WISHES = 65
    CHOOSE_A_PROGRAMME = 60
    RESULT_IS_OUT = 50
    DECIDE = 45
    WAIT = 40
    DESK_HAS_WORK = 35
    DESK = 30
    CLASS = 25
    OPEN_AN_INTAKE = 22
    WRITE = 20
    LOOK_AFTER = 15
    NOTHING_TO_DO = 10


@dataclass(frozen=True)
class Step:
    """One thing a person could do now.

    `weight` orders steps (higher first); `verb` is the button's text; `due` is when it must be
    done by; `done` and `total` draw a seam where the step is countable work.
    """

    weight: Weight
    title: str
    text: str
    path: str
    verb: str
    due: datetime | None = None
    done: int = 0
    total: int = 0
