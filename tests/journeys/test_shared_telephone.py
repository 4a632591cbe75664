"""A telephone that is passed on: who goes back finds nothing of the one before."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from javar.demo import PASSWORD
from tests.journeys.conftest import PHONE
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

PRIVATE = {
    "demo-student": ["/my/", "/my/places/", "/my/notices/", "/account/contacts/", "/programmes/"],
    "demo-registrar": ["/my/", "/my/notices/", "/account/sessions/", "/intakes/"],
    "demo-editor": ["/admin/", "/admin/pages/", "/admin/images/"],
}
SIGNED_IN = "[href*='/account/logout/'], [action*='/account/logout/'], [data-wagtail-sidebar]"


@pytest.fixture
def telephone(browser: Browser) -> Iterator[Browser]:
    """A browser that keeps whole pages for going back, which Playwright's own start forbids."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    found = browser.browser_type.launch(
        executable_path=path,
        args=["--no-sandbox", "--disable-gpu"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield found
    found.close()


def come_in(page: Page, name: str) -> None:
    """Sign in."""
    page.goto("/account/login/")
    page.fill("[name=login]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/my/")


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("name", PRIVATE)
def test_going_back_after_signing_out_shows_nobody(
    telephone: Browser, server: Server, name: str, script: bool
) -> None:
    context = telephone.new_context(
        base_url=server.url, viewport=PHONE, java_script_enabled=script, locale="fa-IR"
    )
    page = context.new_page()
    come_in(page, name)
    for path in PRIVATE[name]:
        page.goto(path)
        assert page.locator(SIGNED_IN).count() > 0, path

    page.goto("/account/logout/")
    page.click("main form button[type=submit]")
    seen = []
    for _step in range(len(PRIVATE[name]) + 1):
        page.go_back(wait_until="domcontentloaded", timeout=5_000)
        assert page.locator(SIGNED_IN).count() == 0, page.url
        seen.append(page.url)

    assert any("/account/login/" in url for url in seen)
    context.close()
