"""What the journal keeps of people: who was erased, so that no restored copy brings them back."""

from datetime import datetime

from courses.kit import journal
from courses.people import actions

journal.keep("people.user", "erased", "forget_person")


@journal.replayed("erased", all_lines=True)
def erase_again(lines: list[journal.Line], at: datetime) -> journal.Found:
    """Erase again whom a restored copy still knows; say who could not be."""
    return actions.forget_again({line["id"] for line in lines if line.get("id")}, at=at)
