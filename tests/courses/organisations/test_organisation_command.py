"""Organisations from the command line: a real installation is sown without any."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from wagtail.models import Page

from courses.kit.models import AuditEntry
from courses.organisations.models import FirmPage, Organisation, SchoolDesk, SchoolPage

pytestmark = pytest.mark.django_db
KEYS = ["organisations.organisation:tabriz-1", "school-page:tabriz-1", "school-page:tabriz-1@en"]
NAMED = {"english": "Tabriz School", "place": "تبریز", "place_english": "Tabriz"}


def enter(code: str, kind: str, name: str, **more: Any) -> list[str]:
    said = StringIO()
    call_command("organisation", code, kind, name, stdout=said, **NAMED | more)
    return said.getvalue().splitlines()


@pytest.mark.usefixtures("sown_site")
def test_school_gets_its_row_its_pages_and_its_editors_desk() -> None:
    enter("tabriz-1", "school", "هنرستان تبريز", learners="girls")

    school = Organisation.objects.get(code="tabriz-1")
    assert (school.name_fa, school.name_en, school.is_sample) == (
        "هنرستان تبریز", "Tabriz School", False,
    )  # fmt: skip
    titles = SchoolPage.objects.filter(organisation=school).values_list("title", flat=True)
    assert sorted(titles) == ["Tabriz School", "هنرستان تبریز"]
    assert SchoolDesk.objects.filter(school=school).count() == 1
    facts = AuditEntry.objects.filter(verb="sow").order_by("-pk").values_list("facts", flat=True)
    assert sorted(fact["key"] for fact in facts[:3]) == KEYS
    assert Client().get("/schools/tabriz-1/").status_code == 200


@pytest.mark.usefixtures("sown_site")
def test_firm_entered_twice_stands_once_and_is_corrected() -> None:
    enter("leather", "firm", "کارگاه چرم")
    enter("leather", "firm", "کارگاه چرم تبریز")

    assert [o.name_fa for o in Organisation.objects.filter(code="leather")] == ["کارگاه چرم تبریز"]
    assert FirmPage.objects.filter(slug="leather", locale__language_code="fa").count() == 1


@pytest.mark.usefixtures("sown_site")
def test_office_has_no_page() -> None:
    pages = Page.objects.count()

    enter("office", "office", "ادارهٔ آموزش")

    assert Organisation.objects.filter(code="office").count() == 1
    assert Page.objects.count() == pages


@pytest.mark.parametrize(
    ("kind", "name", "reason"),
    [("school", "هنرستان", "--learners"), ("firm", "کارگاه نمونه", "invented")],
)
def test_what_is_wrong_is_refused(kind: str, name: str, reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        enter("x", kind, name)

    assert not Organisation.objects.filter(code="x").exists()
