"""A real browser on a real server."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from javar.demo import PASSWORD
from tests import databases
from tests.servers import Server, whole_site

# Playwright's loop makes Django believe that views run inside an event loop.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "no Chromium: install it, or name it in CHROMIUM"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-first-run",
            ],
        )
        yield found
        found.close()


@pytest.fixture(scope="session", autouse=True)
def sown_once(django_db_setup: None, django_db_blocker: Any) -> None:
    """Sow the template before any test opens its transaction on this connection."""
    with django_db_blocker.unblock():
        databases.sown()


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[Server]:
    """The whole sown site, one for a module."""
    with django_db_blocker.unblock(), whole_site(databases.own_name("journey")) as found:
        yield found
        assert found.complaints() == ""


Someone = Callable[..., Page]


def scrolls_sideways(page: Page) -> bool:
    """Return whether a page is wider than its window.

    A locator waits for its element: between two pages the document has no root for a moment.
    """
    wider: bool = page.locator("html").evaluate("root => root.scrollWidth > innerWidth")
    return wider


@pytest.fixture
def someone(browser: Browser, server: Server) -> Iterator[Someone]:
    """Return a maker of pages, each in a browser of its own, signed in as a demo account.

    Every request to another host fails the test, and so does every error on the console.
    """
    contexts: list[BrowserContext] = []
    foreign: list[str] = []
    errors: list[str] = []

    def make(name: str | None = None, *, script: bool = True, **options: Any) -> Page:
        context = browser.new_context(
            base_url=server.url,
            java_script_enabled=script,
            viewport=options.pop("viewport", PHONE),
            locale="fa-IR",
            **options,
        )
        contexts.append(context)
        context.on(
            "request",
            lambda request: (
                foreign.append(request.url)
                if not request.url.startswith((server.url, "data:", "blob:"))
                else None
            ),
        )
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        if name:
            page.goto("/account/login/")
            page.fill("[name=login]", name)
            page.fill("[name=password]", PASSWORD)
            page.click("main form button[type=submit]")
            page.wait_for_url("**/my/")
        return page

    yield make
    for context in contexts:
        context.close()
    assert foreign == []
    assert errors == []
