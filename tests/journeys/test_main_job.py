"""The main job from curriculum to a placed apprentice, walked by people who read only the pages.

Five people, in Persian, on a phone of 360 px; and once more without JavaScript. The school's
editor works in Wagtail's admin, which needs JavaScript; the other steps do not.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from courses.kit.calendars import jalali_digits, today
from tests import databases
from tests.journeys.conftest import DESK, Someone, scrolls_sideways
from tests.servers import Server, whole_site

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


@pytest.fixture
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[Server]:
    """A site of its own for each walk: both walk the same way."""
    with django_db_blocker.unblock(), whole_site(databases.own_name("walk")) as found:
        yield found
        assert found.complaints() == ""


OWN = "برنامهٔ پیمایش"
TITLE = "کارآموز کیف‌دوزی پیمایش"


def in_days(days: int) -> str:
    """Return a day as people type it, with Persian digits."""
    digits = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
    return jalali_digits(today(timezone.now()) + timedelta(days)).translate(digits)


def send(page: Page, selector: str = "main form button[type=submit]") -> None:
    """Press a form's button and see that the page did not break."""
    with page.expect_navigation():
        page.locator(selector).first.click()
    assert page.locator("#errors").count() == 0, page.locator("#errors").inner_text()


def fits(page: Page) -> None:
    """See that the page is Persian, right to left, and does not scroll sideways."""
    expect(page.locator("html[lang=fa][dir=rtl]")).to_have_count(1)
    assert not scrolls_sideways(page), page.url


def open_intake(page: Page, *, script: bool) -> None:
    """The registrar opens an intake from her own page."""
    page.goto("/my/")
    fits(page)
    page.locator("a[href*='/my-school/'][href$='/intakes/new/']").first.click()
    # The newest version is the one her editor has just published, where one could.
    wanted = OWN if script else "سراجی و کیف‌سازی"
    option = page.locator("select[name=version] option", has_text=wanted).first
    page.locator("select[name=version]").select_option(option.get_attribute("value"))
    page.fill("[name=seats]", "۳")
    page.fill("[name=opens_on]", in_days(-1))
    page.fill("[name=closes_on]", in_days(9))
    page.fill("[name=starts_on]", in_days(31 if script else 32))
    fits(page)
    send(page)
    fits(page)
    assert "/roster/" in page.url


def post_vacancy(page: Page) -> None:
    """The firm's owner posts a vacancy: first too late at night for minors, then rightly."""
    page.locator("a[href*='/my-firm/']").first.click()
    page.locator("a[href$='/vacancies/new/']").click()
    page.fill("[name=title_fa]", TITLE)
    page.fill("[name=title_en]", "Bag trainee of the walk")
    page.locator("select[name=occupation]").select_option(index=1)
    page.locator("#id_skills details").first.locator("summary").click()
    page.locator("#id_skills input[type=checkbox]").first.check()
    page.fill("[name=seats]", "سه تا")
    page.locator("input[name=days][value=Sun]").check()
    page.locator("input[name=days][value=Tue]").check()
    page.fill("[name=starts_at]", "۱۶:۰۰")
    page.fill("[name=ends_at]", "۲۳:۰۰")
    page.fill("[name=hours_per_day]", "۵٫۵")
    page.fill("[name=starts_on]", in_days(70))
    page.fill("[name=ends_on]", in_days(160))
    page.select_option("select[name=legal_basis]", "school_practicum")
    page.fill("[name=duties]", "دو هفته کنار استادکار، بعد دوخت دسته و بند.")
    with page.expect_navigation():
        page.click("button[name=publish]")
    fits(page)
    # Everything typed is still there; the summary leads to the field.
    assert page.input_value("[name=title_fa]") == TITLE
    assert page.input_value("[name=seats]") == "سه تا"
    page.locator("#errors a[href='#id_seats']").click()
    page.fill("[name=seats]", "۲")
    with page.expect_navigation():
        page.click("button[name=publish]")
    assert page.locator("#errors a[href='#id_ends_at']").count() == 1, "night work is refused"
    page.fill("[name=starts_at]", "8:30")
    page.fill("[name=ends_at]", "14:00")
    send(page, "button[name=publish]")
    expect(page.locator("h1")).to_have_text(TITLE)
    fits(page)


def open_round(page: Page) -> None:
    """An officer drafts a round and opens it."""
    page.goto("/rounds/")
    fits(page)
    page.click("a[href='/rounds/new/']")
    page.fill("[name=code]", "r-walk")
    page.fill("[name=title_fa]", "دور پیمایش")
    page.fill("[name=title_en]", "Round of the walk")
    page.fill("[name=wishes_close_on]", in_days(6))
    page.fill("[name=ranking_closes_on]", in_days(13))
    page.fill("[name=public_source]", "عدد برندهٔ نخستین قرعه‌کشی پس از انجماد")
    send(page)
    fits(page)
    send(page, "form[action$='/open/'] button")
    assert page.locator("a[href$='/end-phase/']").count() == 1


def enrol_and_learn(page: Page, *, script: bool) -> None:
    """The student enrols in an intake, reads the next lesson, fails and passes its quiz."""
    fits(page)
    page.goto("/schools/s03/" if script else "/programmes/")
    fits(page)
    page.get_by_role("link", name=OWN if script else "سراجی و کیف‌سازی", exact=True).first.click()
    fits(page)
    page.locator("section[aria-labelledby^=intake-]", has_text="دخترانه").locator(
        "a.btn"
    ).first.click()
    send(page, "form[action$='/apply/'] button")
    fits(page)
    assert "/enrolments/" in page.url

    page.goto("/my/")
    page.locator("a[href*='/learn/']").first.click()
    fits(page)
    sewn = page.locator(".seam").first.locator("i.on").count()
    for number in range(1, 6):
        page.locator(f"input[name=q{number}]").last.check()
    with page.expect_navigation():
        page.click("#quiz button[type=submit]")
    # Whatever was right, the reasons are shown; now every answer they name is chosen.
    while page.locator("#quiz .err").count():
        question = page.locator("#quiz fieldset", has=page.locator(".err")).first
        options = question.locator("input[type=radio]")
        chosen = [options.nth(i).is_checked() for i in range(options.count())].index(True)
        options.nth((chosen + 1) % options.count()).check()
        with page.expect_navigation():
            page.click("#quiz button[type=submit]")
    assert page.locator(".seam").first.locator("i.on").count() == sewn + 1
    fits(page)


def choose(page: Page) -> None:
    """The student puts the new vacancy and another one on her list, and the new one first."""
    page.goto("/vacancies/?under18=1&q=" + "کیف")
    fits(page)
    titles = [TITLE, "کارآموز طراحی کیف"]
    for title in reversed(titles):
        page.goto("/vacancies/?q=" + title)
        page.get_by_role("link", name=title, exact=True).first.click()
        send(page, "form[action$='/wish/'] button")
    fits(page)
    rows = page.locator(".rank > li")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text(TITLE)
    with page.expect_navigation():
        rows.nth(1).locator("button[name=up]").click()
    expect(page.locator(".rank > li").first).to_contain_text(TITLE)


def end_phase(page: Page) -> None:
    """An officer lets the running phase end, with a reason."""
    page.goto("/rounds/r-walk/")
    page.click("a[href$='/end-phase/']")
    with page.expect_navigation():
        page.locator("main form button[type=submit]").click()
    assert page.locator("#errors a[href='#id_reason']").count() == 1, "a reason is owed"
    page.fill("[name=reason]", "همه انتخاب کرده‌اند")
    send(page)


def rank(page: Page) -> None:
    """The firm ranks its one applicant into the first group; her name is hidden."""
    page.goto("/my/")
    page.locator("a[href*='/rounds/r-walk/vacancies/']").first.click()
    fits(page)
    rows = page.locator(".rank > li")
    expect(rows).to_have_count(1)
    assert "آیلین" not in page.locator("main").inner_text()
    rows.first.locator("select").select_option("1")
    send(page)
    fits(page)


def freeze_round(page: Page) -> None:
    """An officer freezes the round and types in the public value; somebody else must run it."""
    page.goto("/rounds/r-walk/")
    send(page, "form[action$='/freeze/'] button")
    page.click("a[href$='/public-value/']")
    page.fill("[name=value]", "7 12 31")
    page.fill("[name=source]", "روزنامهٔ رسمی ۱۱ آذر")
    send(page)
    fits(page)
    assert page.locator("form[action$='/run/']").count() == 0, "who froze it does not run it"


def wait_for_step(page: Page, code: str, number: str) -> None:
    """Look again until the background worker has brought a round to a step."""
    for _attempt in range(60):
        page.goto(f"/rounds/{code}/")
        if page.locator(".stepper [aria-current=step] b").inner_text() == number:
            break
        page.wait_for_timeout(500)
    expect(page.locator(".stepper [aria-current=step] b")).to_have_text(number)
    fits(page)


def run_round(page: Page) -> None:
    """Another officer runs the round and waits for the worker; approving is not hers either."""
    page.goto("/rounds/r-walk/")
    send(page, "form[action$='/run/'] button")
    wait_for_step(page, "r-walk", "۵")
    assert page.locator("form[action$='/approve/']").count() == 0, "who ran it does not approve it"


def read_effects(page: Page) -> None:
    """Say of every reserve that hurts somebody that one has read whom."""
    while page.locator("form[action*='/effects/'] button").count():
        send(page, "form[action*='/effects/'] button")


@pytest.mark.parametrize("script", [True, False], ids=["with-javascript", "without-javascript"])
def test_main_job_from_curriculum_to_place(someone: Someone, script: bool) -> None:
    if script:
        publish_programme(someone("demo-editor", viewport=DESK))
    registrar = someone("demo-registrar", script=script)
    firm = someone("demo-firm", script=script)
    officer = someone("demo-officer", script=script)
    student = someone("demo-student", script=script)
    open_intake(registrar, script=script)
    post_vacancy(firm)
    open_round(officer)
    enrol_and_learn(student, script=script)
    choose(student)
    end_phase(officer)
    rank(firm)
    end_phase(officer)
    freeze_round(officer)
    run_round(someone("demo-officer-2", script=script))
    officer.goto("/rounds/r-walk/")
    read_effects(officer)
    send(officer, "form[action$='/approve/'] button")
    wait_for_step(officer, "r-walk", "۶")

    # Everybody sees the outcome and its reason.
    student.goto("/my/")
    fits(student)
    student.locator("a[href='/rounds/r-walk/result/']").first.click()
    expect(student.locator("h1")).to_contain_text("شمس")
    won = student.locator(".rank > li.won")
    expect(won).to_have_count(1)
    expect(won).to_contain_text(TITLE)
    assert len(won.locator(".full p").inner_text()) > 20
    assert student.locator(".rank > li.off .full p").count() >= 1
    fits(student)
    send(student, "form[action$='/answer/'] button[value=accept]")
    expect(student.locator(".band .eyebrow")).to_have_text("این جا از آن شماست")
    firm.goto("/my/")
    links = firm.locator("a[href*='/rounds/r-walk/vacancies/']")
    addresses = [link.get_attribute("href") or "" for link in links.all()]
    told = []
    for address in addresses:
        firm.goto(address)
        told.append("آیلین" in firm.locator("main").inner_text())
    assert sum(told) == 1, "the firm reads the name of whom it got"
    officer.goto("/rounds/r-walk/")
    fits(officer)
    student.goto("/my/notices/")
    fits(student)
    assert student.locator("a[href='/rounds/r-walk/result/']").count() == 1


def publish_programme(page: Page) -> None:
    """The school's editor writes a programme under her school's page and publishes it."""
    page.goto("/my/")
    page.locator("a[href*='/admin/pages/']").first.click()
    page.wait_for_load_state()
    page.goto(f"{page.url.rstrip('/')}/add_subpage/")
    # Under a school only programmes may stand, so the editor comes to the form at once.
    assert "/add/curricula/programmepage/" in page.url
    page.fill("[name=title]", OWN)
    page.fill("[name=code]", "walk")
    page.fill("[name=summary]", "برنامهٔ خود هنرستان.")
    page.select_option("[name=level]", "continuing")
    for name in ("hours_theory", "hours_practice", "hours_workplace"):
        page.fill(f"[name={name}]", "0")
    page.locator("[data-w-dropdown-target=toggle]").last.click()
    page.locator("button[name=action-publish]").click()
    page.wait_for_load_state()
    assert "/admin/pages/" in page.url
