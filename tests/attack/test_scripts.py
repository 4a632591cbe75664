"""Payloads in every text field: every page that shows one is opened in Chromium, and none runs."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser

from courses.people.models import User
from tests import databases
from tests.attack.addresses import patterns
from tests.attack.payloads import MARK, PAYLOADS, plant
from tests.attack.test_fuzz import PEOPLE, write_lines
from tests.servers import Server, whole_site

pytestmark = pytest.mark.attack

DEEP = os.environ.get("JAVAR_DEEP") == "1"
# So many addresses of one pattern are followed, so many of them opened.
FOLLOWED, OPENED = (6, 2) if DEEP else (2, 1)
START = ["/", "/en/", "/my/", "/admin/", f"/search/?q={MARK}", f"/admin/pages/search/?q={MARK}"]
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


@dataclass
class Map:
    """The addresses of the site by pattern: which there are, which answered, which were opened."""

    opened: dict[str, int] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)
    plain: list[str] = field(default_factory=list)
    # What stands under the same thing: `places/<id>/` and `places/<id>/papers/`.
    beside: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sort the patterns: without a part to fill, or with one alone."""
        for address in patterns():
            route = address.route
            if re.search(r"logout|[\\^$(]", route):
                continue
            parts = route.split("<")
            if len(parts) == 1:
                self.plain.append(route)
            elif len(parts) == 2:
                self.beside.setdefault(_head(route), []).append(route)

    def near(self, route: str, path: str) -> Iterator[str]:
        """Yield the addresses about the same thing as one that was found."""
        head = _head("/" + route)
        start = "/".join(path.split("/")[: head.count("/") + 1])
        for other in self.beside.get(head, []):
            yield start + other.removeprefix(head)


def _head(route: str) -> str:
    """Return a pattern's text up to its first part to fill, that part with it."""
    return route[: route.find(">") + 1]


def shows(client: Client, found: Map) -> Iterator[str]:
    """Yield the pages that show a payload to this person, at most some of each pattern."""
    waiting, followed = [*START, *found.plain], dict[str, int]()
    seen = set(waiting)
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
        if answer.status_code == 200:
            found.answered.add(route)
            if MARK in text:
                found.shown.add(route)
                if found.opened.get(route, 0) < OPENED:
                    found.opened[route] = found.opened.get(route, 0) + 1
                    yield path
        reader = _Links()
        reader.feed(text)
        links = [urljoin(path, one) for one in [*reader.found, answer.headers.get("Location", "")]]
        for link in [*links, *found.near(route, urlsplit(path).path)]:
            target = urldefrag(link)[0]
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
    found = Map()
    with django_db_blocker.unblock(), databases.using(name):
        for who in PEOPLE:
            # In a tenth of the run whoever comes first opens a pattern; in all of it everybody.
            found.opened = {} if DEEP else found.opened
            client = Client(raise_request_exception=False)
            if who:
                client.force_login(User.objects.get(username=who))
            pages = list(shows(client, found))
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
    write_lines("unshown.txt", sorted(found.answered - found.shown))
    assert looked >= 90
    assert wrong == []
