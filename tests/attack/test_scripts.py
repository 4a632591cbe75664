"""Payloads in every text field: every page that shows one is opened in Chromium, and none runs."""

import os
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser

from courses.people.models import User
from tests import databases
from tests.attack.payloads import MARK, PAYLOADS, plant
from tests.attack.test_fuzz import PEOPLE
from tests.servers import Server, whole_site

pytestmark = pytest.mark.attack

DEEP = os.environ.get("JAVAR_DEEP") == "1"
# So many addresses of one pattern are followed, so many of them opened.
FOLLOWED, OPENED = (6, 2) if DEEP else (2, 1)
START = [
    "/", "/en/", "/my/", "/admin/", "/search/?q=" + MARK, "/programmes/", "/schools/", "/firms/",
    "/articles/", "/vacancies/", "/intakes/", "/rounds/", "/ledger/", "/admin/pages/",
    "/admin/images/", "/admin/documents/", "/admin/reports/site-history/", "/admin/users/",
]  # fmt: skip
LISTEN = "window.zqRan = 0; window.zq = () => { window.zqRan += 1 };"


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in {"href", "src"} and value]


@pytest.fixture(scope="module")
def planted(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[str, Server]]:
    """A served copy of the whole site, with payloads wherever a person's words may stand."""
    name = databases.own_name("scripts")
    with django_db_blocker.unblock(), whole_site(name) as server:
        with databases.using(name):
            written = plant()
        assert len(written) > 40, written
        yield name, server


def shows(client: Client, opened: dict[str, int]) -> Iterator[str]:
    """Yield the pages that show a payload to this person, at most some of each pattern."""
    waiting, seen, followed = list(START), set(START), dict[str, int]()
    while waiting:
        path = waiting.pop(0)
        try:
            route = resolve(urlsplit(path).path).route
        except Resolver404:
            continue
        followed[route] = followed.get(route, 0) + 1
        if followed[route] > FOLLOWED and len(path) > 1:
            continue
        answer = client.get(path)
        if answer.streaming or "html" not in answer.headers.get("Content-Type", ""):
            continue
        text = answer.content.decode(errors="replace")
        if MARK in text and answer.status_code == 200 and opened.get(route, 0) < OPENED:
            opened[route] = opened.get(route, 0) + 1
            yield path
        reader = _Links()
        reader.feed(text)
        for link in [*reader.found, answer.headers.get("Location", "")]:
            target = urldefrag(urljoin(path, link))[0]
            if target.startswith("/") and "logout" not in target and target not in seen:
                seen.add(target)
                waiting.append(target)


def test_forty_payloads_are_forty() -> None:
    assert len(set(PAYLOADS)) == 40


def test_the_trap_notices_a_page_that_does_not_escape(browser: Browser) -> None:
    context = browser.new_context()
    context.add_init_script(LISTEN)
    tab = context.new_page()
    tab.goto("about:blank")

    tab.set_content("<main>" + PAYLOADS[4] + PAYLOADS[7] + "</main>", wait_until="load")

    tab.wait_for_function("window.zqRan > 0")
    assert tab.locator(f".{MARK}").count() == 2


def test_no_text_of_a_person_becomes_a_program(
    planted: tuple[str, Server], browser: Browser, django_db_blocker: Any
) -> None:
    name, server = planted
    wrong: list[str] = []
    looked = 0
    opened: dict[str, int] = {}
    with django_db_blocker.unblock(), databases.using(name):
        for who in PEOPLE:
            # In a tenth of the run whoever comes first opens a pattern; in all of it everybody.
            opened = {} if DEEP else opened
            client = Client(raise_request_exception=False)
            if who:
                client.force_login(User.objects.get(username=who))
            pages = list(shows(client, opened))
            context = browser.new_context(base_url=server.url, locale="fa-IR")
            context.add_init_script(LISTEN)
            context.add_cookies(
                [
                    {"name": key, "value": cookie.value, "url": server.url}
                    for key, cookie in client.cookies.items()
                ]
            )
            tab = context.new_page()
            tab.on("dialog", lambda dialog: dialog.dismiss())
            for path in pages:
                looked += 1
                answer = tab.goto(path, wait_until="load")
                if answer is None or answer.status >= 400:
                    wrong.append(f"{who} {path}: {answer and answer.status}")
                    continue
                ran = tab.evaluate("window.zqRan")
                there = tab.locator(f".{MARK}").count()
                if ran or there:
                    wrong.append(f"{who} {path}: {ran} ran, {there} elements")
            context.close()
    assert looked >= 45
    assert wrong == []
