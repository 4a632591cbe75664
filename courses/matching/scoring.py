"""Points by a firm's published rule, from what the site knows; pure but for its queries."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import asin, cos, floor, radians, sin, sqrt

from django.utils.translation import gettext as _

from courses.learning.queries import learnt_shares
from courses.matching.models import Application, ScoringRule
from courses.matching.states import Criterion
from courses.organisations.models import Organisation
from courses.people.models import PersonalRecord

# Whoever lives within NEAR kilometres gets all points for nearness, from FAR on none.
NEAR, FAR = 2.0, 20.0
EARTH = 6371.0
# Far below a point, far above what floating numbers lose: 29 of 100 lessons are 29 points.
DUST = 1e-9

Home = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """A criterion of a rule in plain words, with its points."""

    criterion: Criterion
    points: int
    meaning: str


def spelled_out(weights: Mapping[str, int]) -> list[Line]:
    """Return what each criterion that counts means, as firms and students read it."""
    meanings = {
        Criterion.LESSONS: _(
            "The share of the programme's lessons that are finished. Of several programmes the "
            "one with the largest share counts."
        ),
        Criterion.QUIZZES: _(
            "The share of right answers over all quizzes of the programme. The best try at each "
            "counts; a quiz that was never tried counts as nothing right."
        ),
        Criterion.NEARNESS: _(
            "From home to the workshop in a straight line: all points up to %(near)s kilometres, "
            "none from %(far)s kilometres on, evenly fewer between. Homes are known to about a "
            "kilometre; an unknown home gets no points."
        )
        % {"near": f"{NEAR:.0f}", "far": f"{FAR:.0f}"},
    }
    return [
        Line(criterion, weights[criterion], meanings[criterion])
        for criterion in Criterion
        if weights.get(criterion)
    ]


def parts_of(
    rules: Mapping[int, ScoringRule], wishes: Sequence[Application]
) -> Iterator[tuple[Application, dict[str, int]]]:
    """Yield every wish with the whole points each criterion gives it; four queries.

    `rules` holds by the vacancy's key a rule with its vacancy and firm.
    """
    students = list({wish.list.student_id for wish in wishes})
    learnt, homes = learnt_shares(students), homes_of(students)
    for wish in wishes:
        rule, student = rules[wish.vacancy_id], wish.list.student_id
        lessons, quizzes = learnt.get(student, (0.0, 0.0))
        shares = {
            "lessons": lessons,
            "quizzes": quizzes,
            "nearness": nearness(homes.get(student), rule.vacancy.firm),
        }
        yield wish, whole_points(rule.weights, shares)


def whole_points(weights: Mapping[str, int], shares: Mapping[str, float]) -> dict[str, int]:
    """Return the points of each criterion for shares of 0 … 1, rounded down to whole ones."""
    return {name: floor(points * shares[name] + DUST) for name, points in weights.items()}


def homes_of(students: list[int]) -> dict[int, Home]:
    """Return where students live, as latitude and longitude, by their keys; the known ones."""
    known = PersonalRecord.objects.filter(
        user__in=students, home_lat__isnull=False, home_lon__isnull=False
    )
    return {
        student: (float(lat), float(lon))
        for student, lat, lon in known.values_list("user_id", "home_lat", "home_lon")
        if lat is not None and lon is not None
    }


def nearness(home: Home | None, firm: Organisation) -> float:
    """Return 1 for a home within NEAR kilometres of the firm, 0 from FAR on or where unknown.

    Homes are known to two decimals of a degree alone, about a kilometre.
    """
    if home is None or firm.lat is None or firm.lon is None:
        return 0.0
    return share_at(kilometres(*home, float(firm.lat), float(firm.lon)))


def share_at(distance: float) -> float:
    """Return which share of the points for nearness a distance in kilometres gets."""
    return min(1.0, max(0.0, (FAR - distance) / (FAR - NEAR)))


def kilometres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Return the great-circle distance of two points in degrees (haversine)."""
    up, across = radians(other_lat - lat), radians(other_lon - lon)
    half = sin(up / 2) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(across / 2) ** 2
    return 2 * EARTH * asin(sqrt(min(1.0, half)))
