"""The editor: publishing freezes a version; who may write where."""

from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from wagtail.models import Locale, Page
from wagtail.test.utils.form_data import nested_form_data

from courses.curricula import queries
from courses.curricula.models import ProgrammePage, ProgrammeVersion
from courses.curricula.next_steps import next_steps
from courses.kit import audit
from courses.organisations.actions import end_role, furnish_desk
from courses.organisations.models import Kind, Organisation, OrganisationIndexPage, Role, SchoolPage
from courses.organisations.queries import memberships_of
from tests.cast import NOW, Bodies, People, SignIn, make_programme
from tests.courses.curricula.programmes import again, only_module

pytestmark = pytest.mark.django_db


def school_page(school: Organisation) -> SchoolPage:
    """Give a school its page, with its editors' desk."""
    root = Page.objects.get(depth=1)
    fa = Locale.objects.get(language_code="fa")
    index = OrganisationIndexPage.objects.first() or root.add_child(
        instance=OrganisationIndexPage(title="فهرست", slug="list", kind=Kind.SCHOOL, locale=fa)
    )
    made: SchoolPage = index.add_child(
        instance=SchoolPage(title=school.name_fa, slug=school.code, organisation=school, locale=fa)
    )
    furnish_desk(school)
    return made


@pytest.fixture
def ours(bodies: Bodies) -> ProgrammePage:
    """The girls' school's own programme, below its page."""
    return make_programme("ours", parent=school_page(bodies.school))


@pytest.fixture
def theirs(bodies: Bodies, ours: ProgrammePage) -> ProgrammePage:
    """Another school's own programme."""
    return make_programme("theirs", parent=school_page(bodies.other_school))


def form(programme: ProgrammePage, *, verb: str, **changes: Any) -> dict[str, Any]:
    """Return what the editor sends for a programme; `verb` is the button."""
    shown = (
        "title", "code", "summary", "level", "eqf_like_level", "hours_theory", "hours_practice",
        "hours_workplace", "minimum_age", "prerequisites", "pass_mark", "slug",
    )  # fmt: skip
    data: dict[str, Any] = {name: getattr(programme, name) for name in shown} | changes
    comments = {"comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"}
    found: dict[str, Any] = nested_form_data(data) | comments
    return found | ({verb: "1"} if verb else {})


def edit(client: Client, programme: ProgrammePage, **changes: Any) -> Any:
    """Send the editor's form."""
    address = reverse("wagtailadmin_pages:edit", args=[programme.pk])
    return client.post(address, form(programme, **changes))


PUBLISH = "action-publish"


def test_publishing_freezes_a_version(
    ours: ProgrammePage, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.editor)
    address = reverse("wagtailadmin_pages:edit", args=[ours.pk])
    assert client.get(address).status_code == HTTPStatus.OK
    response = edit(client, ours, verb=PUBLISH, title="دوخت کیف")
    assert response.status_code == HTTPStatus.FOUND
    page = again(ours)
    assert (page.title, page.live, page.has_unpublished_changes) == ("دوخت کیف", True, False)
    version = ProgrammeVersion.objects.get()
    assert (version.programme, version.number, version.title) == (page, 1, "دوخت کیف")
    assert version.made_by == people.editor
    line = audit.trail(version).get()
    assert (line.verb, line.by) == ("freeze_programme", people.editor)


def test_publishing_twice_makes_one_version(
    ours: ProgrammePage, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.editor)
    for title in ("دوخت کیف", "دوخت کیف", "دوخت کیف چرمی"):
        assert edit(client, ours, verb=PUBLISH, title=title).status_code == HTTPStatus.FOUND
    titles = [(version.number, version.title) for version in ours.versions.all()]
    assert titles == [(1, "دوخت کیف"), (2, "دوخت کیف چرمی")]


def test_saving_a_draft_freezes_nothing(
    ours: ProgrammePage, people: People, signed_in: SignIn
) -> None:
    response = edit(signed_in(people.editor), ours, verb="", title="پیش‌نویس")
    assert response.status_code == HTTPStatus.FOUND
    page = again(ours)
    assert (page.title, page.has_unpublished_changes) == (ours.title, True)
    assert page.get_latest_revision_as_object().title == "پیش‌نویس"
    assert ProgrammeVersion.objects.count() == 0


def test_publishing_hours_that_do_not_sum_is_refused(
    ours: ProgrammePage, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.editor)
    edit(client, ours, verb=PUBLISH)
    response = edit(client, ours, verb=PUBLISH, hours_theory=11, title="یازده ساعت")
    address = reverse("wagtailadmin_pages:edit", args=[ours.pk])
    assert (response.status_code, response["Location"]) == (HTTPStatus.FOUND, address)
    page = again(ours)
    assert (page.hours_theory, page.title, page.live) == (10, ours.title, True)
    draft = page.get_latest_revision_as_object()
    assert (draft.hours_theory, draft.title) == (11, "یازده ساعت")
    assert [version.number for version in ours.versions.all()] == [1]
    assert "10 ≠ 11" in client.get(address).content.decode()


def test_publishing_below_the_hook_makes_no_wrong_version(ours: ProgrammePage) -> None:
    ours.hours_theory = 11
    ours.save_revision().publish()
    assert again(ours).hours_theory == 11
    assert ProgrammeVersion.objects.count() == 0


def test_other_pages_are_published_as_ever(
    ours: ProgrammePage, people: People, signed_in: SignIn
) -> None:
    module = only_module(ours)
    address = reverse("wagtailadmin_pages:edit", args=[module.pk])
    empty = {"count": "0"}
    data = nested_form_data(
        {
            "title": "پودمان نو", "slug": module.slug, "number": 1, "code": module.code,
            "book_title": "", "book_grade": "", "hours_theory": 10, "hours_practice": 20,
            "hours_workplace": 0, "under_18": module.under_18, "outcomes": empty,
            "criteria": empty, "equipment": empty, "safety": empty,
        }
    )  # fmt: skip
    data |= {"comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0", PUBLISH: "1"}
    assert signed_in(people.editor).post(address, data).status_code == HTTPStatus.FOUND
    assert only_module(ours).title == "پودمان نو"


def test_editor_makes_a_programme_below_the_schools_page(
    ours: ProgrammePage, people: People, bodies: Bodies, signed_in: SignIn
) -> None:
    address = reverse(
        "wagtailadmin_pages:add", args=["curricula", "programmepage", ours.get_parent().pk]
    )
    client = signed_in(people.editor)
    assert client.get(address).status_code == HTTPStatus.OK
    data = form(ours, verb=PUBLISH, code="new", slug="new", title="برنامهٔ نو")
    assert client.post(address, data).status_code == HTTPStatus.FOUND
    made = ProgrammePage.objects.get(code="new")
    above = made.get_parent().specific
    assert (made.live, above.organisation, made.owner) == (True, bodies.school, people.editor)
    assert made.search_text.split()[-1] == "new"
    assert [version.made_by for version in made.versions.all()] == [people.editor]


def test_editor_cannot_touch_another_schools_pages(
    ours: ProgrammePage, theirs: ProgrammePage, people: People, signed_in: SignIn
) -> None:
    reference = make_programme("reference")
    client = signed_in(people.editor)
    for page in (theirs, reference, theirs.get_parent(), only_module(theirs)):
        target = page.specific
        before = ProgrammePage.objects.count(), target.title
        for name in ("edit", "delete", "unpublish", "move", "copy"):
            address = reverse(f"wagtailadmin_pages:{name}", args=[target.pk])
            for answer in (client.get(address), client.post(address, {"title": "x"})):
                assert answer.status_code == HTTPStatus.NOT_FOUND, (name, target)
        target.refresh_from_db()
        assert (ProgrammePage.objects.count(), target.title) == before
    address = reverse(
        "wagtailadmin_pages:add", args=["curricula", "programmepage", theirs.get_parent().pk]
    )
    data = form(ours, verb=PUBLISH, code="new", slug="new")
    assert client.post(address, data).status_code == HTTPStatus.NOT_FOUND
    assert ProgrammePage.objects.filter(code="new").count() == 0
    assert edit(client, theirs, verb=PUBLISH, title="x").status_code == HTTPStatus.NOT_FOUND
    assert again(theirs).title == theirs.title
    assert ProgrammeVersion.objects.count() == 0


def test_editor_cannot_carry_a_programme_elsewhere(
    ours: ProgrammePage, theirs: ProgrammePage, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.editor)
    target = theirs.get_parent()
    address = reverse("wagtailadmin_pages:move_confirm", args=[ours.pk, target.pk])
    client.post(address)
    assert again(ours).get_parent().pk == ours.get_parent().pk
    data = {
        "new_title": "x", "new_slug": "x", "new_parent_page": target.pk, "copy_subpages": "on",
    }  # fmt: skip
    client.post(reverse("wagtailadmin_pages:copy", args=[ours.pk]), data)
    assert sorted(page.code for page in ProgrammePage.objects.all()) == ["ours", "theirs"]


def test_nobody_else_enters_the_editor(
    ours: ProgrammePage, people: People, signed_in: SignIn
) -> None:
    who = (None, people.teacher, people.registrar, people.aylin, people.stranger, people.onlooker)
    for user in who:
        response = edit(signed_in(user), ours, verb=PUBLISH, title="x")
        assert response.status_code in (HTTPStatus.FOUND, HTTPStatus.FORBIDDEN)
        assert again(ours).title == ours.title
    assert ProgrammeVersion.objects.count() == 0


def test_editor_whose_role_ended_stays_outside(
    ours: ProgrammePage, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.editor)
    assert edit(client, ours, verb=PUBLISH, title="پیش").status_code == HTTPStatus.FOUND
    end_role(memberships_of(people.editor).get(), by=None, at=NOW)
    edit(client, ours, verb=PUBLISH, title="پس")
    assert again(ours).title == "پیش"
    assert ProgrammeVersion.objects.count() == 1


def test_my_page_leads_the_editor_to_the_schools_programmes(
    ours: ProgrammePage, people: People
) -> None:
    parent = ours.get_parent()
    assert [step.path for step in next_steps(people.editor, NOW)] == [
        reverse("wagtailadmin_explore", args=[parent.pk])
    ]
    assert list(queries.editable_school_pages(people.editor)) == [parent.specific]
    for user in (people.teacher, people.onlooker, people.stranger, AnonymousUser()):
        assert next_steps(user, NOW) == []
    assert memberships_of(people.editor).get().role == Role.EDITOR
