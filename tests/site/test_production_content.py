"""What a real installation holds after its first start: nothing invented, and pages that say so."""

import re
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from wagtail.models import Page

from courses.curricula.models import LessonPage, ModulePage, ProgrammePage, ProgrammeVersion
from courses.enrolment.models import Intake
from courses.law.models import Holiday, Rule
from courses.matching.models import MatchRound
from courses.organisations.models import FirmPage, Organisation, Partnership, SchoolPage
from courses.people.models import Guardian, User
from courses.skills.models import Occupation, Skill, SkillGroup
from courses.vacancies.models import Vacancy
from javar.seeding import read_seeds, sow
from tests import databases
from tests.pages import said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("real_site")]

INVENTED = (
    Organisation, Partnership, SchoolPage, FirmPage, Vacancy, Intake, MatchRound, User, Guardian,
)  # fmt: skip


@pytest.fixture(scope="module")
def real_site(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Put this module's tests on a site sown without the demo, as production is."""
    name = databases.own_name("real")
    with django_db_blocker.unblock():
        databases.drop(name)
        databases.copy(databases.migrated(), name)
        with databases.using(name):
            sow(read_seeds(), at=timezone.now())
            with django_db_blocker.block():
                yield
        databases.drop(name)


def test_only_the_real_is_sown_outside_the_demo() -> None:
    assert {model.__name__: model._default_manager.count() for model in INVENTED} == {
        model.__name__: 0 for model in INVENTED
    }
    counts = {
        model.__name__: model._default_manager.count()
        for model in (SkillGroup, Skill, Occupation, Rule, Holiday, ProgrammeVersion)
    }
    assert counts == {
        "SkillGroup": 18, "Skill": 130, "Occupation": 30, "Rule": 6, "Holiday": 25,
        "ProgrammeVersion": 7,
    }  # fmt: skip
    pages = {
        model.__name__: model._default_manager.filter(locale__language_code="fa").count()
        for model in (ProgrammePage, ModulePage, LessonPage)
    }
    assert pages == {"ProgrammePage": 7, "ModulePage": 61, "LessonPage": 21}


def test_nothing_that_is_shown_names_a_sample() -> None:
    titles = Page.objects.filter(title__contains="(نمونه)")
    assert list(titles.values_list("title", flat=True)) == []


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize(
    "path",
    ["/", "/programmes/", "/schools/", "/firms/", "/vacancies/", "/intakes/", "/ledger/",
     "/articles/", "/search/?q=کفش", "/account/login/"],
)  # fmt: skip
def test_pages_of_an_empty_site_answer_without_claiming_samples(language: str, path: str) -> None:
    answer = Client().get(f"{language}{path}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert re.findall(r"demo-strip|marked “sample”|all of them are samples", text) == []
    assert "همهٔ این‌ها نمونه‌اند" not in text


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/schools/", "Nobody stands here yet"),
        ("/firms/", "Nobody stands here yet"),
        ("/vacancies/", "No apprenticeship is offered yet"),
        ("/intakes/", "No intake is open now"),
        ("/ledger/", "No round has been opened yet"),
    ],
)
def test_empty_lists_say_that_they_are_empty(path: str, sentence: str) -> None:
    page = Client().get(path).content.decode()
    assert page.count(said(sentence)) == 1


def test_front_door_boasts_of_no_zeros() -> None:
    assert 'class="stat"' not in Client().get("/").content.decode()


def test_demo_shows_that_it_is_one(settings: Any) -> None:
    settings.DEMO = True
    page = Client().get("/").content.decode()
    assert page.count('<aside class="demo-strip') == 1


def test_real_organisation_beside_samples_is_sown_alone(tmp_path: Path) -> None:
    folder = tmp_path / "seeds"
    shutil.copytree(settings.ROOT / "seeds", folder)
    schools = folder / "organisations" / "schools.yaml"
    schools.write_text(
        schools.read_text() + "- code: real-1\n  name: {fa: هنرستان تبریز, en: Tabriz School}\n"
        "  variety: technical-vocational\n  learners: girls\n  place: {fa: تبریز, en: Tabriz}\n"
        "  partner: {firm: f02, from_days: -1, to_days: 9}\n"
    )
    intakes = folder / "intakes.yaml"
    intakes.write_text(
        intakes.read_text() + "- {school: real-1, programme: leather-goods-saraji, seats: 9,"
        " minimum_age: 15, opens: -1, closes: 4, starts: 6}\n"
    )

    sow(read_seeds(folder), at=timezone.now())

    assert list(Organisation.objects.values_list("code", flat=True)) == ["real-1"]
    assert [intake.school.code for intake in Intake.objects.all()] == ["real-1"]
    assert Partnership.objects.count() == 0


def test_demo_is_not_sown_beside_real_people(settings: Any) -> None:
    settings.DEMO = True
    User.objects.create_user("parvin", password="x")

    with pytest.raises(CommandError, match="real people"):
        call_command("seed", demo=True, stdout=StringIO())

    assert list(User.objects.values_list("username", flat=True)) == ["parvin"]


def test_production_refuses_a_demos_database(settings: Any) -> None:
    settings.DEVELOPMENT = False
    before = [m.id for m in run_checks(databases=["default"], tags=["database"])]
    User.objects.create_user("sample-001", is_sample=True)

    found = [m.id for m in run_checks(databases=["default"], tags=["database"])]

    assert (before, found) == ([], ["javar.E003"])
