"""Getting back in: without e-mail, without password, with a telephone that sisters share.

In Persian, on a phone of 360 px, without JavaScript. Codes are read where the site's own sender
has written them.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from courses.kit.calendars import jalali_digits, today
from javar.demo import PASSWORD
from tests import databases
from tests.journeys.conftest import Someone
from tests.journeys.test_enrolment import code_to
from tests.journeys.test_main_job import fits, send
from tests.servers import Server, whole_site

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

NEW = "charm-o-nakh-1405"


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """Where the site's sender writes its messages."""
    return tmp_path / "sms.jsonl"


@pytest.fixture
def server(django_db_setup: None, django_db_blocker: Any, sent: Path) -> Iterator[Server]:
    """A site whose messages go into a file."""
    settings = {
        "JAVAR_SMS_BACKEND": "courses.notices.senders.FileSender",
        "JAVAR_SMS_FILE": str(sent),
    }
    with (
        django_db_blocker.unblock(),
        whole_site(databases.own_name("ways-in"), **settings) as found,
    ):
        yield found
        assert found.complaints() == ""


def press(page: Page, selector: str = "main form button[type=submit]") -> None:
    """Press, see that the page did not break, and that it fits."""
    send(page, selector)
    fits(page)


def with_code(
    page: Page, sent: Path, mobile: str, ask: str = "main form button[type=submit]"
) -> None:
    """Press what sends a code, and type it."""
    so_far = len(sent.read_text().splitlines()) if sent.exists() else 0
    press(page)
    page.fill("[name=code]", code_to(mobile, sent, after=so_far))
    press(page)


def born(years: int) -> str:
    """Return a birth date as it is typed."""
    return jalali_digits(today(timezone.now()) - timedelta(days=years * 366))


def sign_up(page: Page, sent: Path, *, name: str, years: int, user_name: str) -> None:
    """A girl makes an account with her mother's telephone."""
    page.goto("/account/signup/")
    fits(page)
    typed = {
        "first_name": name, "last_name": "نمونه", "birth_date": born(years),
        "mobile": "09140007777", "username": user_name,
        "password1": f"{PASSWORD}-own", "password2": f"{PASSWORD}-own",
    }  # fmt: skip
    for field, value in typed.items():
        page.fill(f"[name={field}]", value)
    page.check("[name=sex][value=girl]")
    with_code(page, sent, "+989140007777")


def test_two_sisters_with_one_telephone_each_reach_their_own_account(
    someone: Someone, sent: Path
) -> None:
    sisters = (("نسرین", 16, "nasrin-jn"), ("لیلا", 17, "leila-jn"))
    for name, years, user_name in sisters:
        sign_up(someone(script=False), sent, name=name, years=years, user_name=user_name)
    for name, years, _user_name in sisters:
        phone = someone(script=False)
        phone.goto("/account/login/")
        fits(phone)
        press(phone, "form[action$='/account/code/'] button")
        phone.fill("[name=mobile]", "۰۹۱۴ ۰۰۰ ۷۷۷۷")
        with_code(phone, sent, "+989140007777")
        expect(phone.locator("label.choice")).to_have_count(2)
        phone.get_by_label(name).check()
        press(phone)
        phone.fill("[name=birth_date]", born(years))
        press(phone)
        phone.wait_for_url("**/my/")
        expect(phone.locator("h1")).to_contain_text(name)

    # One of them has forgotten her password: the same telephone, her own birth date.
    phone = someone(script=False)
    phone.goto("/account/login/")
    press_link(phone, "a[href$='/password/reset/']")
    phone.fill("[name=login]", "leila-jn")
    with_code(phone, sent, "+989140007777")
    phone.fill("[name=birth_date]", born(17))
    press(phone)
    for field in ("new_password1", "new_password2"):
        phone.fill(f"[name={field}]", NEW)
    press(phone)
    phone.wait_for_url("**/my/")
    expect(phone.locator("h1")).to_contain_text("لیلا")


def press_link(page: Page, selector: str) -> None:
    """Follow a link."""
    with page.expect_navigation():
        page.locator(selector).first.click()
    fits(page)


def test_a_pupil_without_email_password_and_number_gets_back_in(
    someone: Someone, sent: Path
) -> None:
    pupil = someone("demo-student", script=False)
    pupil.goto("/my/places/")
    place = pupil.locator("main a[href*='/enrolments/']").first.get_attribute("href")
    # All is lost: another telephone, no password, no number. Her school makes a link, by hand.
    registrar = someone("demo-registrar", script=False)
    registrar.goto(f"{place}way-back/")
    fits(registrar)
    registrar.fill("[name=reason]", "گوشی و رمز را گم کرده است")
    press(registrar)
    address = registrar.locator("dl.facts .code").first.inner_text()
    again = someone(script=False)
    again.goto("/" + address.split("/", 3)[3])
    fits(again)
    for field in ("new_password1", "new_password2"):
        again.fill(f"[name={field}]", NEW)
    press(again)
    again.wait_for_url("**/my/")
    # The old browser is out; the link is good once.
    pupil.goto("/my/places/")
    assert "/account/login/" in pupil.url
    stranger = someone(script=False)
    assert stranger.goto("/" + address.split("/", 3)[3]).status == 404

    # She gives her new number, and next time a code is enough.
    press_link(again, "a[href$='/account/contacts/']")
    press_link(again, "a[href$='/account/contacts/mobile/']")
    again.fill("[name=value]", "09140008888")
    again.fill("[name=password]", NEW)
    with_code(again, sent, "+989140008888")
    expect(again.locator(".tag.ok")).to_have_count(1)
    again.goto("/account/logout/")
    press(again)
    again.goto("/account/code/")
    again.fill("[name=mobile]", "09140008888")
    with_code(again, sent, "+989140008888")
    again.wait_for_url("**/my/")
