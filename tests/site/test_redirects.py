"""Nobody is sent to another host by an address that a stranger wrote."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import People, SignIn

pytestmark = pytest.mark.django_db
PASSWORD = "chamedan-e-charmi-7"
HOST = "testserver"
ELSEWHERE = [
    "https://evil.example/",
    "https:evil.example",
    "http:///evil.example",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "\t//evil.example/",
    "//evil.example\\@testserver/",
    "javascript:alert(1)",
    "data:text/html,x",
    # Of this host, but no page: relative to the sign-in's address.
    ".evil.example",
    "evil.example/",
    "?//evil.example",
    "#//evil.example",
]
# Paths of this site, whatever they look like. A browser was asked (tests/journeys).
ODD_PATHS = ["/%09/evil.example/", "/%5cevil.example/", "/%5c/evil.example/", "/@evil.example"]


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_signing_in_leads_to_no_other_host(people: People, elsewhere: str) -> None:
    people.stranger.set_password(PASSWORD)
    people.stranger.save()
    asked = {"login": people.stranger.username, "password": PASSWORD, "next": elsewhere}

    answer = Client().post(reverse("account_login"), asked)

    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("desk:my_page"))


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
@pytest.mark.parametrize("door", ["account_login", "account_signup"])
def test_who_is_in_already_is_led_to_no_other_host(
    people: People, signed_in: SignIn, door: str, elsewhere: str
) -> None:
    """Before, `#name` led to the sign-in's own address, round and round."""
    answer = signed_in(people.stranger).get(reverse(door), {"next": elsewhere}, follow=True)

    assert {urlsplit(url).hostname for url, _status in answer.redirect_chain} == {None}
    assert answer.redirect_chain[-1] == (reverse("desk:my_page"), 302)


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_signing_up_leads_on_to_no_other_host(people: People, elsewhere: str) -> None:
    typed = {
        "first_name": "سارا", "last_name": "نمونه", "birth_date": "1389/07/01", "sex": "girl",
        "username": "sara-newcomer", "password1": PASSWORD, "password2": PASSWORD,
        "next": elsewhere,
    }  # fmt: skip

    answer = Client().post(reverse("account_signup"), typed, follow=True)

    assert answer.redirect_chain[-1] == (reverse("desk:my_page"), 302)


@pytest.mark.parametrize("path", ODD_PATHS)
def test_path_of_this_site_is_one_whatever_it_looks_like(
    people: People, signed_in: SignIn, path: str
) -> None:
    answer = signed_in(people.stranger).get(reverse("account_login"), {"next": path})

    assert answer.headers["Location"] == path


@pytest.mark.parametrize(
    ("path", "single"),
    [
        ("//evil.example/", "/evil.example/"),
        ("//evil.example/en/", "/evil.example/en/"),
        ("///evil.example", "/evil.example"),
        ("//\\evil.example/", "/%5Cevil.example/"),
        ("//my/", "/my/"),
    ],
)
def test_address_with_two_slashes_leads_to_the_one_with_one(path: str, single: str) -> None:
    """Before, the page that says that nothing is here led to the host of that name."""
    answer = Client().get("/", {"q": "x"}, PATH_INFO=path)

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{single}?q=x")


@pytest.mark.parametrize(
    "path", ["/evil.example/", "/\\evil.example/", "/en//evil.example/", "/.//evil.example/"]
)
def test_page_that_says_nothing_is_here_leads_to_no_other_host(people: People, path: str) -> None:
    answer = Client().get("/", PATH_INFO=path)

    page = answer.content.decode()
    led = [
        urljoin(f"http://{HOST}/", link) for link in re.findall(r'(?:href|action)="([^"]*)"', page)
    ]
    assert answer.status_code == 404
    assert {urlsplit(link).hostname for link in led} == {HOST}
