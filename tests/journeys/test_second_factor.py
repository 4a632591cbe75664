"""A registrar's first day outside the demo: an app without script, a passkey with it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import hotp_value
from playwright.sync_api import Page

from javar.demo import PASSWORD
from tests import databases
from tests.journeys.conftest import Someone
from tests.servers import Server, whole_site

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
SECOND = "/account/second-factor/"


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[Server]:
    """The whole sown site, which demands second factors as a real one does.

    It goes by a name: a passkey belongs to one, never to a bare address.
    """
    name = databases.own_name("factors")
    with django_db_blocker.unblock(), whole_site(name, JAVAR_MFA="true") as found:
        yield Server(found.url.replace("127.0.0.1", "localhost"), found.log)
        assert found.complaints() == ""


def first_step(page: Page, name: str) -> None:
    """Come in by name and password."""
    page.goto("/account/login/")
    page.fill("[name=login]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("form button.btn")


def sign_out(page: Page) -> None:
    """Press the button that signs out."""
    page.goto("/account/logout/")
    page.click("main form button.btn")


def test_an_app_is_set_up_and_asked_for_without_script(someone: Someone) -> None:
    page = someone(script=False)
    first_step(page, "demo-registrar")
    assert page.url.endswith(SECOND)
    page.click(f"a[href='{SECOND}totp/activate/']")
    page.fill("[name=password]", PASSWORD)
    page.click("main form button.btn")
    secret = page.inner_text("code.letters").strip()
    page.fill("[name=code]", f"{hotp_value(secret, int(time.time()) // 30):06}")
    page.click("main form button.btn")
    printed = page.locator("ol.codes code").all_inner_texts()
    assert len(printed) == 10
    page.goto("/my/")
    assert page.url.endswith("/my/")

    sign_out(page)
    first_step(page, "demo-registrar")
    assert page.url.endswith(f"{SECOND}authenticate/")
    page.fill("[name=code]", printed[0])
    page.click("main form button.btn >> nth=0")
    assert page.url.endswith("/my/")


def test_a_passkey_opens_the_admin_under_the_strict_policy(someone: Someone) -> None:
    page = someone()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": False,
                "hasUserVerification": True, "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    first_step(page, "demo-editor")
    page.goto(f"{SECOND}webauthn/add/")
    page.fill("[name=password]", PASSWORD)
    page.click("main form button.btn")
    page.click("form[data-passkey] button")
    page.wait_for_url("**/recovery-codes/")

    sign_out(page)
    first_step(page, "demo-editor")
    page.click("form[data-passkey] button")
    page.wait_for_url("**/my/")
    answer = page.goto("/admin/")
    assert answer is not None
    assert (answer.status, page.url.endswith("/admin/")) == (200, True)
