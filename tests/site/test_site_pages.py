"""What every page of the sown site shares."""

import pytest
from django.test import Client

from courses.organisations.models import OrganisationIndexPage
from courses.people.models import User
from tests.cast import SignIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sown_site")]


@pytest.mark.parametrize("spelling", ["کفش ایمنی", "كفش ايمني", "سه‌بعدی", "سه بعدی", "سهبعدی"])
def test_search_finds_any_spelling(spelling: str) -> None:
    page = Client().get("/search/", {"q": spelling}).content.decode()
    assert '<ul class="lines bare">' in page


@pytest.mark.parametrize(
    ("persian", "english"),
    [
        ("/", "/en/"),
        ("/programmes/", "/en/programmes/"),
        ("/programmes/pattern-and-grading/", "/en/programmes/pattern-and-grading/"),
        ("/vacancies/", "/en/vacancies/"),
        ("/schools/s03/", "/en/schools/s03/"),
    ],
)
def test_every_page_leads_to_its_other_language(persian: str, english: str) -> None:
    there = Client().get(persian).content.decode()
    assert f'href="{english}" lang="en"' in there
    back = Client().get(english).content.decode()
    assert f'href="{persian}" lang="fa"' in back
    assert '<html lang="en" dir="ltr">' in back


def test_untranslated_lesson_says_so_in_english() -> None:
    path = "/programmes/pattern-and-grading/pattern-and-grading-m01/last-and-key-points/"
    page = Client().get(f"/en{path}").content.decode()
    assert "has not been translated yet" in page
    assert '<div class="flow" lang="fa" dir="rtl">' in page


def test_policy_is_strict_outside_the_admin() -> None:
    policy = Client().get("/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "camera=()" in Client().get("/").headers["Permissions-Policy"]


def test_private_pages_are_not_stored(signed_in: SignIn) -> None:
    student = User.objects.get(username="demo-student")
    response = signed_in(student).get("/my/")
    assert "no-store" in response.headers["Cache-Control"]
    assert {"Cookie", "Accept-Language"} <= set(response.headers["Vary"].split(", "))


def test_deleted_index_is_404_not_500() -> None:
    OrganisationIndexPage.objects.get(slug="firms", locale__language_code="fa").unpublish()
    assert Client().get("/firms/").status_code == 404
    assert Client().get("/firms/f01/").status_code == 200
    assert Client().get("/").status_code == 200
