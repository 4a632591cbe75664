"""Points by a firm's published rule, from what the site knows; pure but for its queries."""

from collections.abc import Iterable, Iterator
from math import asin, cos, floor, radians, sin, sqrt

from courses.learning.queries import learnt_shares
from courses.matching.models import Application, ScoringRule
from courses.organisations.models import Organisation
from courses.people.models import PersonalRecord

# Whoever lives within NEAR kilometres gets all points for nearness, from FAR on none.
NEAR, FAR = 2.0, 20.0
EARTH = 6371.0


def parts_of(
    rule: ScoringRule, wishes: Iterable[Application]
) -> Iterator[tuple[Application, dict[str, int]]]:
    """Yield every wish with the whole points each criterion of the rule gives it, rounded down."""
    asked = list(wishes)
    learnt = learnt_shares([wish.list.student_id for wish in asked])
    for wish in asked:
        lessons, quizzes = learnt.get(wish.list.student_id, (0.0, 0.0))
        record = getattr(wish.list.student, "record", None)
        shares = {
            "lessons": lessons,
            "quizzes": quizzes,
            "nearness": nearness(record, rule.vacancy.firm),
        }
        yield wish, {name: floor(points * shares[name]) for name, points in rule.weights.items()}


def nearness(record: PersonalRecord | None, firm: Organisation) -> float:
    """Return 1 for a home within NEAR kilometres of the firm, 0 from FAR on or where unknown.

    Homes are known to two decimals of a degree alone, about a kilometre.
    """
    if record is None or None in (record.home_lat, record.home_lon, firm.lat, firm.lon):
        return 0.0
    distance = kilometres(*map(float, (record.home_lat, record.home_lon, firm.lat, firm.lon)))  # type: ignore[arg-type]
    return min(1.0, max(0.0, (FAR - distance) / (FAR - NEAR)))


def kilometres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the great-circle distance of two points in degrees (haversine)."""
    up, across = radians(other_lat - lat), radians(other_lon - lon)
    half = sin(up / 2) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(across / 2) ** 2
    return 2 * EARTH * asin(sqrt(half))
