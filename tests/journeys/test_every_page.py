"""Every template, in both languages, light and dark: no violation that axe knows, no sideways
scroll, no request to another host; and the first lesson stays light.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from courses.curricula.models import ProgrammePage
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.queries.links import CONSENT_LINK, OFFER_LINK
from courses.imports.actions import check_rows, receive
from courses.imports.kinds import KINDS
from courses.imports.models import Batch
from courses.kit.tables import Table
from courses.notices.actions import make_link, welcome
from courses.organisations.models import Organisation
from courses.people.models import User
from courses.vacancies.models import Vacancy
from tests import databases
from tests.journeys.conftest import PHONE, Someone, scrolls_sideways
from tests.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

LESSON = "/programmes/pattern-and-grading/pattern-and-grading-m04/size-systems-formulas/"
HEAVIEST_LESSON = 150_000
RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


@pytest.fixture(scope="module")
def ids(server: Server, django_db_blocker: Any) -> dict[str, str]:
    """The public identifiers of what the pages are about."""
    name = databases.own_name("journey")
    with django_db_blocker.unblock(), databases.using(name):
        enrolment = Enrolment.objects.get(student__username="demo-student")
        intake = Intake.objects.get(code="s03-leather-goods-saraji-next")
        guardian = enrolment.student.guardians.earliest("pk")
        waiting = User.objects.filter(enrolments__intake=enrolment.intake).exclude(
            pk=enrolment.student_id
        )
        fresh = waiting.filter(last_login=None).earliest("pk")
        soon = timezone.now() + timedelta(days=1)
        return {
            "batch": str(_batch(intake).public_id),
            "consent": make_link(
                CONSENT_LINK, f"{enrolment.public_id}:{guardian.pk}", expires_at=soon
            ),
            "offer": make_link(OFFER_LINK, str(enrolment.public_id), expires_at=soon),
            "start": _start(fresh),
            "enrolment": str(enrolment.public_id),
            "lesson": enrolment.intake.version.lessons[3].slug,
            "sewn": enrolment.intake.version.lessons[0].slug,
            "class": str(enrolment.intake.public_id),
            "intake": str(intake.public_id),
            "vacancy": str(Vacancy.objects.filter(firm__code="f07").earliest("pk").public_id),
            "firm": str(Organisation.objects.get(code="f07").public_id),
            "school": str(Organisation.objects.get(code="s03").public_id),
            "programmes": str(ProgrammePage.objects.count()),
        }


def _batch(intake: Intake) -> Batch:
    """Return a checked file with a good line and one that is full of faults."""
    table = Table(
        ("نام", "نام خانوادگی", "کد ملی", "تاریخ تولد", "همراه"),
        (
            (2, ("آیلین", "نمونه", "0012345679", "1389/02/11", "")),
            (3, ("", "نمونه", "12", "دیروز", "0")),
        ),
    )
    batch = receive(
        KINDS["enrolment.students"], str(intake.public_id), table, file_name="فهرست.xlsx",
        by=User.objects.get(username="demo-registrar"),
    )  # fmt: skip
    check_rows(batch.pk, batch.attempt)
    return batch


def _start(student: User) -> str:
    student.set_unusable_password()
    student.save()
    return welcome(student, by=None).split("/")[2]


PAGES: dict[str | None, list[str]] = {
    None: [
        "/", "/programmes/", "/programmes/?q=zzz", "/programmes/pattern-and-grading/",
        "/programmes/pattern-and-grading/pattern-and-grading-m04/", LESSON,
        "/programmes/pattern-and-grading/pattern-and-grading-m01/last-and-key-points/",
        "/schools/", "/schools/s03/", "/firms/", "/firms/f02/", "/articles/",
        "/articles/rights-under-18/", "/vacancies/", "/vacancies/?q=zzz", "/vacancies/{vacancy}/",
        "/intakes/", "/intakes/{intake}/", "/search/?q=کفش", "/search/?q=zzz", "/account/login/",
        "/account/signup/", "/account/password/reset/", "/none/",
        "/consent/{consent}/", "/consent/{consent}/?back=1", "/consent/none/", "/offer/{offer}/",
        "/start/{start}/",
    ],
    "demo-student": [
        "/my/", "/my/notices/", "/my/wishes/", "/intakes/{intake}/", "/enrolments/{enrolment}/",
        "/enrolments/{enrolment}/leave/", "/learn/{enrolment}/", "/learn/{enrolment}/{lesson}/",
        "/learn/{enrolment}/{sewn}/", "/vacancies/{vacancy}/", "/account/logout/",
        "/account/password/change/", "/rounds/", "/my/places/", "/my/notices/choices/",
        "/enrolments/{enrolment}/defer/", "/enrolments/{enrolment}/transfer/",
        "/enrolments/{enrolment}/guardian/", "/enrolments/{enrolment}/papers/",
        "/account/sessions/",
    ],
    "demo-registrar": [
        "/my/", "/intakes/{class}/roster/", "/intakes/{class}/seats/", "/intakes/{class}/progress/",
        "/my-school/{school}/intakes/new/", "/enrolments/{enrolment}/",
        "/enrolments/{enrolment}/consent/", "/enrolments/{enrolment}/group/",
        "/enrolments/{enrolment}/papers/", "/intakes/{class}/review/",
        "/imports/new/enrolment.students/{intake}/", "/imports/{batch}/",
        "/imports/{batch}/?only=bad",
    ],
    "demo-admin": [
        "/my/notices/outbox/", "/my/upkeep/", "/my/upkeep/sign-ins/",
        "/my/upkeep/sign-ins/?account=nobody", "/my/upkeep/sign-ins/?day=yesterday",
    ],
    "demo-firm": [
        "/my/", "/my-firm/{firm}/", "/my-firm/{firm}/vacancies/new/", "/vacancies/{vacancy}/",
        "/vacancies/{vacancy}/take-back/", "/rounds/r-sample-1/vacancies/{vacancy}/",
    ],
    "demo-officer": [
        "/my/", "/rounds/", "/rounds/new/", "/rounds/r-sample-1/", "/rounds/r-sample-1/end-phase/",
    ],
}  # fmt: skip


def faults(page: Page) -> Iterator[str]:
    """Yield what axe finds, and whether the page scrolls sideways."""
    found = Axe().run(page, options=RULES).response["violations"]
    for violation in found:
        nodes = [node["html"][:160] for node in violation["nodes"][:3]]
        yield f"{page.url}: {violation['id']}: {nodes}"
    if scrolls_sideways(page):
        yield f"{page.url}: scrolls sideways"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
@pytest.mark.parametrize("who", PAGES, ids=[name or "anonymous" for name in PAGES])
def test_every_template_is_accessible(
    someone: Someone, ids: dict[str, str], who: str | None, prefix: str, scheme: str
) -> None:
    page = someone(who, color_scheme=scheme, viewport=PHONE)
    wrong: list[str] = []
    for path in PAGES[who]:
        page.goto(prefix + path.format(**ids))
        wrong += faults(page)
    assert wrong == []


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
def test_wrong_input_pages_are_accessible(
    someone: Someone, ids: dict[str, str], prefix: str
) -> None:
    wrong: list[str] = []
    for who, path in (
        (None, "/account/login/"),
        (None, "/account/signup/"),
        ("demo-firm", "/my-firm/{firm}/vacancies/new/"),
        ("demo-registrar", "/my-school/{school}/intakes/new/"),
        ("demo-officer", "/rounds/new/"),
        ("demo-student", "/learn/{enrolment}/{lesson}/"),
    ):
        page = someone(who)
        page.goto(prefix + path.format(**ids))
        with page.expect_navigation() as navigation:
            page.locator("main form[method=post] button[type=submit]").last.click()
        answer = navigation.value
        assert answer is not None
        assert answer.status == 422
        page.wait_for_function("document.activeElement.id === 'errors'")
        wrong += faults(page)
    assert wrong == []


def test_first_lesson_is_light_on_a_cold_phone(someone: Someone) -> None:
    page = someone(None)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(LESSON)
    page.wait_for_load_state("networkidle")
    assert 20_000 < sum(sizes) <= HEAVIEST_LESSON


@pytest.mark.parametrize("path", ["/", LESSON, "/vacancies/", "/account/signup/"])
def test_pages_fit_320_pixels(someone: Someone, path: str) -> None:
    page = someone(None, viewport={"width": 320, "height": 640})
    page.goto(path)
    assert not scrolls_sideways(page)


def test_keyboard_reaches_the_content(someone: Someone) -> None:
    page = someone(None)
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
