"""Every public page: the same number of queries with 1 row and with 30."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.models import Locale, Page, Site

from courses.curricula.actions import freeze_programme
from courses.curricula.models import LessonPage, ModulePage, ProgrammeIndexPage, ProgrammePage
from courses.enrolment.actions import apply_to, open_intake
from courses.enrolment.models import Intake
from courses.notices.actions import tell
from courses.organisations.models import (
    FirmPage,
    Kind,
    Organisation,
    OrganisationIndexPage,
    SchoolPage,
)
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People, SignIn, body, make_programme, person
from tests.counting import queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def site_root(db: None) -> Page:
    """A site whose root is a plain page, for index pages to stand under."""
    site = Site.objects.get(is_default_site=True)
    root: Page = site.root_page
    root.locale = Locale.objects.get(language_code="fa")
    root.save()
    return root


def same(client: Client, path: str, add: Callable[[int], Any]) -> None:
    """Add one thing, then 29 more, and see that the page asks as often."""
    add(0)
    first = queries(client, path)
    for number in range(1, 30):
        add(number)
    assert queries(client, path) == first


def test_programmes(site_root: Page) -> None:
    index = site_root.add_child(
        instance=ProgrammeIndexPage(title="-", slug="programmes", locale=site_root.locale)
    )
    same(Client(), "/programmes/", lambda n: make_programme(f"p{n}", lessons=0, parent=index))


def test_modules_lessons_and_intakes_of_a_programme(site_root: Page, bodies: Bodies) -> None:
    index = site_root.add_child(
        instance=ProgrammeIndexPage(title="-", slug="programmes", locale=site_root.locale)
    )
    programme = make_programme("pattern", lessons=1, parent=index)
    version = freeze_programme(programme, by=None)
    now = timezone.now()

    def add(number: int) -> None:
        parent = ProgrammePage.objects.get(pk=programme.pk)
        module = parent.add_child(
            instance=ModulePage(
                title=f"m{number}", slug=f"x{number}", code=f"x{number}", number=number + 2,
                locale=parent.locale,
            )
        )  # fmt: skip
        module.add_child(
            instance=LessonPage(
                title="-", slug="lesson", minutes=5, body=[("heading", "-")], locale=parent.locale
            )
        )
        open_intake(
            Intake(
                code=f"i{number}", school=bodies.school, version=version,
                opens_at=now - timedelta(1), closes_at=now + timedelta(1),
                starts_on=now.date() + timedelta(9), learners="girls",
            ),
            by=None, seats=3,
        )  # fmt: skip

    same(Client(), "/programmes/pattern/", add)
    module = ModulePage.objects.child_of(programme).first()
    assert module is not None

    def add_lesson(number: int) -> None:
        ModulePage.objects.get(pk=module.pk).add_child(
            instance=LessonPage(
                title="-", slug=f"n{number}", minutes=5, body=[("heading", "-")],
                locale=programme.locale,
            )
        )  # fmt: skip

    same(Client(), f"/programmes/pattern/{module.slug}/", add_lesson)
    before = queries(Client(), "/intakes/")
    add(40)
    assert queries(Client(), "/intakes/") == before


@pytest.mark.parametrize(("kind", "model"), [(Kind.SCHOOL, SchoolPage), (Kind.FIRM, FirmPage)])
def test_schools_and_firms(site_root: Page, kind: str, model: Any) -> None:
    index = site_root.add_child(
        instance=OrganisationIndexPage(title="-", slug="bodies", kind=kind, locale=site_root.locale)
    )

    def add(number: int) -> Organisation:
        made = body(f"{kind}-{number}", kind)
        index.add_child(
            instance=model(
                title=made.name_fa, slug=made.code, organisation=made, locale=site_root.locale
            )
        )
        return made

    same(Client(), "/bodies/", add)


def test_vacancies(make_vacancy: MakeVacancy, people: People, signed_in: SignIn) -> None:
    make_vacancy()
    client = Client()
    first = queries(client, "/vacancies/")
    desk = signed_in(people.owner)
    firm = Vacancy.objects.get().firm
    at_desk = queries(desk, f"/my-firm/{firm.public_id}/")
    for _number in range(29):
        make_vacancy()
    assert queries(client, "/vacancies/") == first
    assert queries(desk, f"/my-firm/{firm.public_id}/") == at_desk


def test_roster_and_class(intake: Intake, people: People, signed_in: SignIn) -> None:
    intake.pools.update(seats=40)
    client = signed_in(people.registrar)
    paths = [f"/intakes/{intake.public_id}/{page}/" for page in ("roster", "progress")]
    apply_to(intake, by=people.aylin, at=NOW)
    before = [queries(client, path) for path in paths]
    for number in range(29):
        apply_to(intake, by=person(f"n{number}", age=16), at=NOW)
    assert [queries(client, path) for path in paths] == before


def test_notices(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.aylin)
    same(
        client,
        "/my/notices/",
        lambda n: tell(people.aylin, "learning.completed", key=f"k{n}", path="/my/", programme="-"),
    )
