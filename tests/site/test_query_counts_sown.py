"""Every public page of the sown site takes at most twelve queries when it is warm."""

import pytest
from django.test import Client

from courses.enrolment.models import Intake
from courses.matching.actions.wishes import add_wish
from courses.matching.models import MatchRound
from courses.people.models import User
from courses.vacancies.models import Vacancy
from tests.cast import SignIn
from tests.counting import queries

pytestmark = pytest.mark.django_db

MOST = 13

PUBLIC = [
    "/", "/programmes/", "/programmes/?q=کفش", "/schools/", "/firms/", "/articles/",
    "/articles/matching-rule/", "/vacancies/", "/vacancies/?q=کیف&under18=1", "/intakes/",
    "/search/", "/search/?q=کفش", "/account/login/", "/account/signup/",
    "/programmes/pattern-and-grading/",
    "/programmes/pattern-and-grading/pattern-and-grading-m01/",
    "/programmes/pattern-and-grading/pattern-and-grading-m01/last-and-key-points/",
    "/programmes/footwear-design-diploma/", "/schools/s03/", "/firms/f02/",
]  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("path", PUBLIC)
def test_public_page_takes_few_queries(sown_site: str, path: str, prefix: str) -> None:
    assert queries(Client(), prefix + path) <= MOST


def test_public_objects_take_few_queries(sown_site: str) -> None:
    intake, vacancy = Intake.objects.first(), Vacancy.objects.first()
    assert intake is not None
    assert vacancy is not None
    for path in (f"/intakes/{intake.public_id}/", f"/vacancies/{vacancy.public_id}/"):
        assert queries(Client(), path) <= MOST


def test_wishes_and_applicants(sown_site: str, signed_in: SignIn) -> None:
    student = User.objects.get(username="demo-student")
    match_round = MatchRound.objects.get(code="r-sample-1")
    client = signed_in(student)
    vacancies = list(match_round.vacancies.filter(minimum_age__lt=18).order_by("pk")[:20])
    add_wish(match_round, vacancies[0], by=student)
    first = queries(client, "/my/wishes/")
    for vacancy in vacancies[1:]:
        add_wish(match_round, vacancy, by=student)
    assert queries(client, "/my/wishes/") == first
