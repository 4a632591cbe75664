"""Nobody is sent to another host by an address that a stranger wrote."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import People

pytestmark = pytest.mark.django_db
PASSWORD = "chamedan-e-charmi-7"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"],
)
def test_signing_in_leads_to_no_other_host(people: People, elsewhere: str) -> None:
    people.stranger.set_password(PASSWORD)
    people.stranger.save()
    asked = {"login": people.stranger.username, "password": PASSWORD, "next": elsewhere}

    answer = Client().post(reverse("account_login"), asked)

    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("desk:my_page"))
