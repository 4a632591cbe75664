"""An editor says in Jalali when a page goes live, and reads the same again."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from courses.kit.calendars import jalali_digits, jalali_words, today
from courses.kit.persian import to_persian_digits
from tests.journeys.conftest import DESK, Someone

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

GO_LIVE, EXPIRE = "#id_go_live_at", "#id_expire_at"


def open_schedule(page: Page) -> None:
    """Open the dialog with the two moments, as an editor does: status panel, then its button."""
    button = page.locator("[data-a11y-dialog-show=schedule-publishing-dialog]").first
    if not button.is_visible():
        page.locator("[data-side-panel-toggle=status]").first.click()
    button.click()
    expect(page.locator(GO_LIVE)).to_be_visible()


def save_schedule(page: Page) -> None:
    with page.expect_navigation():
        page.locator("#schedule-publishing-dialog button[type=submit]").click()


def test_editor_schedules_a_page_in_jalali_and_reads_it_again(someone: Someone) -> None:
    page = someone("demo-editor", viewport=DESK)
    page.goto("/my/")
    page.locator("a[href*='/admin/pages/']").first.click()
    page.wait_for_load_state()
    page.goto(page.url.rstrip("/").removesuffix("/edit") + "/edit/")
    go_live, expire = (today(timezone.now()) + timedelta(days) for days in (30, 60))

    open_schedule(page)
    assert page.locator("#schedule-publishing-dialog .xdsoft_datetimepicker").count() == 0
    # Closing the dialog without saving forgets what was typed.
    page.fill(GO_LIVE, "1405/01/01 08:00")
    page.locator("#schedule-publishing-dialog [data-w-dialog-target=body]").press("Escape")
    open_schedule(page)
    expect(page.locator(GO_LIVE)).to_have_value("")

    page.fill(GO_LIVE, to_persian_digits(f"{jalali_digits(go_live)} 14:30"))
    page.fill(EXPIRE, "۱۴۰۵/۱۳/۱ ۱۰:۰۰")
    save_schedule(page)
    open_schedule(page)
    expect(page.locator(EXPIRE)).to_have_value("۱۴۰۵/۱۳/۱ ۱۰:۰۰")
    page.fill(EXPIRE, jalali_words(expire) + " ۱۰:۰۰")
    save_schedule(page)

    page.reload()
    open_schedule(page)
    expect(page.locator(GO_LIVE)).to_have_value(f"{jalali_digits(go_live)} 14:30")
    expect(page.locator(EXPIRE)).to_have_value(f"{jalali_digits(expire)} 10:00")
