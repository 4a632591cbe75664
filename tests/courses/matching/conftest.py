"""The round most tests of matching are about."""

import pytest

from courses.matching.actions.wishes import add_wish
from courses.matching.models import Application, MatchRound
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, People
from tests.courses.matching.small_rounds import opened, student_of


@pytest.fixture
def match_round(people: People, vacancy: Vacancy) -> MatchRound:
    """An open round with one vacancy."""
    return opened(people)


@pytest.fixture
def wish(match_round: MatchRound, vacancy: Vacancy, people: People) -> Application:
    """Aylin's wish."""
    return add_wish(match_round, vacancy, by=people.aylin, at=NOW)


@pytest.fixture
def three(
    match_round: MatchRound, vacancy: Vacancy, wish: Application, people: People, bodies: Bodies
) -> list[Application]:
    """Three wishes in the order of their codes."""
    for student in (people.sara, student_of(bodies.school, "tara")):
        add_wish(match_round, vacancy, by=student, at=NOW)
    return list(Application.objects.select_related("list").order_by("list__pseudonym"))
