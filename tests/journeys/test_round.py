"""The demo's round, walked to its end by those who trust nobody.

Two officers run it; a student reads why, objects and accepts; a firm sees its people; an outsider
downloads the ledger, and the auditor confirms it, then notices one flipped byte.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from courses.matching.actions.wishes import set_wishes
from courses.matching.models import MatchRound
from courses.matching.rules import StatuteBook, reasons_against_wish
from courses.people.models import User
from courses.vacancies.models import Vacancy
from tests import databases
from tests.journeys.conftest import Someone
from tests.journeys.test_every_page import RULES
from tests.journeys.test_main_job import fits, read_effects, send, wait_for_step
from tests.servers import Server, whole_site

pytestmark = pytest.mark.browser

CODE = "r-sample-1"
ROUND = f"/rounds/{CODE}/"


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[Server]:
    """A site of its own: its round is run to the end."""
    name = databases.own_name("round")
    with django_db_blocker.unblock(), whole_site(name) as found:
        with databases.using(name):
            wish()
        yield found
        assert found.complaints() == ""


def looks_right(page: Page) -> None:
    """See that a page is Persian, fits the phone and breaks no rule of accessibility."""
    fits(page)
    found = Axe().run(page, options=RULES).response["violations"]
    assert [(page.url, one["id"], one["nodes"][0]["html"][:160]) for one in found] == []


def follow(page: Page, link: Locator) -> None:
    """Follow a link and wait for the page behind it."""
    with page.expect_navigation():
        link.click()


def wish() -> None:
    """Give the demo's student a list as long as the demo has places a girl of 16 may take."""
    student = User.objects.get(username="demo-student")
    match_round, book = MatchRound.objects.get(code=CODE), StatuteBook()
    allowed = [
        vacancy
        for vacancy in Vacancy.objects.filter(rounds=match_round).order_by("-seats", "code")
        if not reasons_against_wish(student.record, vacancy, book)
    ]
    set_wishes(match_round, allowed[: match_round.longest_list], by=student)


def end_phase(page: Page, reason: str) -> None:
    """Let the running phase end."""
    page.goto(f"{ROUND}end-phase/")
    page.fill("[name=reason]", reason)
    send(page)


def test_a_round_nobody_has_to_trust(someone: Someone, server: Server, tmp_path: Path) -> None:
    officer, second = someone("demo-officer"), someone("demo-officer-2")
    student, firm, outsider = someone("demo-student"), someone("demo-firm"), someone(None)

    # Before the result the ledger shows the seal of the lottery and not the seed.
    outsider.goto(f"{ROUND}ledger/")
    looks_right(outsider)
    before = outsider.request.get(f"{ROUND}ledger.json").json()
    assert len(before["commitment"]) == 64
    assert not before.get("seed")

    student.goto("/my/wishes/")
    looks_right(student)
    student.goto("/my/wishes/preview/")
    looks_right(student)
    end_phase(officer, "همه انتخاب کرده‌اند")
    firm.goto("/my/")
    follow(firm, firm.locator(f"a[href*='{ROUND}vacancies/']").first)
    looks_right(firm)
    assert "آیلین" not in firm.locator("main").inner_text()
    end_phase(officer, "کارگاه‌ها چیده‌اند")

    officer.goto(ROUND)
    looks_right(officer)
    send(officer, "form[action$='/freeze/'] button")
    follow(officer, officer.locator("a[href$='/public-value/']"))
    looks_right(officer)
    officer.fill("[name=value]", "7 12 31")
    officer.fill("[name=source]", "روزنامهٔ رسمی، ۱۱ آذر")
    send(officer)
    assert officer.locator("form[action$='/run/']").count() == 0
    second.goto(ROUND)
    send(second, "form[action$='/run/'] button")
    wait_for_step(second, CODE, "۵")
    looks_right(second)
    assert second.locator("form[action$='/approve/']").count() == 0
    officer.goto(ROUND)
    read_effects(officer)
    send(officer, "form[action$='/approve/'] button")
    wait_for_step(officer, CODE, "۶")
    looks_right(officer)

    # The student reads why, and what would have had to be different, objects, accepts.
    student.goto("/my/")
    follow(student, student.locator(f"a[href='{ROUND}result/']").first)
    looks_right(student)
    expect(student.locator(".rank > li.won")).to_have_count(1)
    lost = student.locator(f".rank a[href^='{ROUND}result/']")
    if lost.count():
        follow(student, lost.first)
        looks_right(student)
        student.goto(f"{ROUND}result/")
    follow(student, student.locator("a[href$='/objection/']"))
    looks_right(student)
    student.fill("[name=text]", "کارگاه نخست مرا نمی‌شناسد و قرعه را باور ندارم.")
    send(student)
    send(student, "form[action$='/answer/'] button[value=accept]")
    expect(student.locator(".band .eyebrow")).to_have_text("این جا از آن شماست")
    looks_right(student)

    # Whoever ran the round does not answer; the other officer does, and the student reads it.
    for page, may in ((second, False), (officer, True)):
        page.goto("/objections/")
        looks_right(page)
        follow(page, page.locator("main a[href*='/objections/']").first)
        looks_right(page)
        assert bool(page.locator("main form textarea").count()) == may
    officer.check("[name=ruling][value=reject]")
    officer.locator("main form textarea").fill("قرعه را خودتان می‌توانید دوباره بکشید.")
    send(officer)
    student.goto(f"{ROUND}result/")
    expect(student.locator("main")).to_contain_text("قرعه را خودتان می‌توانید")

    # The firm reads the names of those who come, of its own vacancies alone.
    firm.goto("/my/")
    links = [link.get_attribute("href") or "" for link in
             firm.locator(f"a[href*='{ROUND}vacancies/']").all()]  # fmt: skip
    assert links
    for address in links:
        firm.goto(address)
        looks_right(firm)

    # The outsider gets a link, downloads, recomputes, and notices one flipped byte.
    officer.goto(f"{ROUND}auditors/")
    looks_right(officer)
    officer.fill("[name=auditor]", "روزنامه‌نگار نمونه")
    officer.fill("[name=purpose]", "گزارش دربارهٔ دور")
    send(officer, "main form button[type=submit]")
    address = officer.locator("#link bdi").inner_text()
    path = urlsplit(address).path
    outsider.goto(path)
    looks_right(outsider)
    files = {
        "ledger.json": f"{ROUND}ledger.json",
        "snapshot.bin": f"{path}snapshot.bin",
        "verify_round.py": "/ledger/verify_round.py",
    }
    for name, where in files.items():
        answer = outsider.request.get(where)
        assert answer.status == 200, where
        (tmp_path / name).write_bytes(answer.body())
    assert json.loads((tmp_path / "ledger.json").read_text())["seed"]
    good = audited(tmp_path)
    assert (good.returncode, "WRONG" in good.stdout) == (0, False), good.stdout + good.stderr
    whole = bytearray((tmp_path / "snapshot.bin").read_bytes())
    whole[-5] ^= 1
    (tmp_path / "snapshot.bin").write_bytes(whole)
    bad = audited(tmp_path)
    assert (bad.returncode, "WRONG" in bad.stdout) == (1, True)
    outsider.goto(f"{ROUND}ledger/")
    looks_right(outsider)

    # The planner tries something on a copy.
    officer.goto(f"{ROUND}what-if/")
    looks_right(officer)


def audited(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the downloaded auditor on the downloaded files, with nothing but Python."""
    return subprocess.run(
        [sys.executable, "-I", "verify_round.py", "ledger.json", "snapshot.bin"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
