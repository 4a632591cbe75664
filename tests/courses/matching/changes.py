"""The changes of a what-if, written short."""

from courses.matching.scenarios import Change


def seats(code: str, number: int) -> Change:
    """Give a vacancy so many seats."""
    return {"kind": "seats", "vacancy": code, "seats": number}


def reserve(code: str, school: str, number: int, *, hard: bool = False) -> Change:
    """Keep so many seats of a vacancy for a school."""
    return {"kind": "reserve", "vacancy": code, "school": school, "seats": number, "hard": hard}


def one_more(code: str, number: int) -> Change:
    """Add a vacancy like another, with so many seats."""
    return {"kind": "vacancy", "vacancy": code, "seats": number}
