"""The editors' desk of a school: its own pages and no others."""

import pytest
from django.contrib.auth.models import Group
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Locale, Page

from courses.organisations import queries
from courses.organisations.actions import (
    COLLECTION_CODENAMES,
    PAGE_VERBS,
    end_role,
    furnish_desk,
    grant_role,
)
from courses.organisations.models import (
    FirmPage,
    Kind,
    Organisation,
    OrganisationIndexPage,
    OrganisationPage,
    Role,
    SchoolDesk,
    SchoolPage,
)
from courses.people.models import User
from tests.cast import NOW, Bodies, People

pytestmark = pytest.mark.django_db


@pytest.fixture
def index() -> OrganisationIndexPage:
    """A list of organisations below the root."""
    root = Page.objects.get(depth=1)
    fa = Locale.objects.get(language_code="fa")
    made: OrganisationIndexPage = root.add_child(
        instance=OrganisationIndexPage(title="فهرست", slug="list", kind=Kind.SCHOOL, locale=fa)
    )
    return made


def page_of(
    organisation: Organisation,
    index: OrganisationIndexPage,
    model: type[OrganisationPage] = SchoolPage,
) -> Page:
    """Give an organisation its page."""
    made: Page = index.add_child(
        instance=model(
            title=organisation.name_fa,
            slug=organisation.code,
            organisation=organisation,
            locale=index.locale,
        )
    )
    return made


def rights(user: User, page: Page) -> tuple[bool, bool, bool, bool]:
    """Return whether somebody may edit, publish, add below and delete a page."""
    allowed = page.permissions_for_user(User.objects.get(pk=user.pk))
    return (
        allowed.can_edit(),
        allowed.can_publish(),
        allowed.can_add_subpage(),
        allowed.can_delete(),
    )


def test_editor_enters_the_group_of_the_school_alone(people: People, bodies: Bodies) -> None:
    desk = SchoolDesk.objects.get()
    assert (desk.school, desk.group.name, desk.collection.name) == (
        bodies.school,
        "editors of school",
        bodies.school.name_fa,
    )
    assert list(people.editor.groups.all()) == [desk.group]
    assert list(desk.group.user_set.all()) == [people.editor]
    assert str(desk) == str(bodies.school.pk)


def test_editor_may_enter_the_admin_until_the_role_ends(people: People) -> None:
    may = "wagtailadmin.access_admin"
    assert [
        User.objects.get(pk=who.pk).has_perm(may)
        for who in (people.editor, people.teacher, people.registrar, people.stranger)
    ] == [True, False, False, False]
    end_role(queries.memberships_of(people.editor).get(), by=None, at=NOW)
    assert User.objects.get(pk=people.editor.pk).has_perm(may) is False
    assert Group.objects.get(name="editors of school").user_set.count() == 0


def test_ending_another_role_leaves_the_editor_at_the_desk(people: People, bodies: Bodies) -> None:
    teaching = grant_role(people.editor, bodies.school, Role.TEACHER, by=None, at=NOW)
    elsewhere = grant_role(people.editor, bodies.other_school, Role.EDITOR, by=None, at=NOW)
    end_role(teaching, by=None, at=NOW)
    assert people.editor.groups.count() == 2
    end_role(elsewhere, by=None, at=NOW)
    assert [group.name for group in people.editor.groups.all()] == ["editors of school"]


def test_desk_is_furnished_once(bodies: Bodies, index: OrganisationIndexPage) -> None:
    page = page_of(bodies.school, index)
    first = furnish_desk(bodies.school)

    def furniture() -> list[object]:
        return [
            SchoolDesk.objects.count(),
            Group.objects.count(),
            Collection.objects.count(),
            sorted(GroupPagePermission.objects.values_list("page", "permission__codename")),
            sorted(
                GroupCollectionPermission.objects.filter(group=first.group).values_list(
                    "collection", "permission__codename"
                )
            ),
            sorted(first.group.permissions.values_list("codename", flat=True)),
        ]

    before = furniture()
    assert furnish_desk(bodies.school) == first
    assert furniture() == before
    given = GroupPagePermission.objects.filter(group=first.group)
    assert sorted(given.values_list("page", "permission__codename")) == sorted(
        (page.pk, f"{verb}_page") for verb in PAGE_VERBS
    )
    assert before[4] == sorted((first.collection.pk, name) for name in COLLECTION_CODENAMES)
    assert before[5] == ["access_admin"]


def test_desk_takes_in_a_page_made_later(
    people: People, bodies: Bodies, index: OrganisationIndexPage
) -> None:
    page = page_of(bodies.school, index)
    assert rights(people.editor, page) == (False, False, False, False)
    furnish_desk(bodies.school)
    assert rights(people.editor, page) == (True, True, True, True)


def test_desk_gives_nothing_elsewhere(
    people: People, bodies: Bodies, index: OrganisationIndexPage
) -> None:
    ours = page_of(bodies.school, index)
    theirs = page_of(bodies.other_school, index)
    firm = page_of(bodies.firm, index, FirmPage)
    for school in (bodies.school, bodies.other_school):
        furnish_desk(school)
    nothing = (False, False, False, False)
    for page in (theirs, firm, index, Page.objects.get(depth=1)):
        assert rights(people.editor, page) == nothing
    for who in (people.teacher, people.registrar, people.onlooker, people.stranger):
        assert [rights(who, page) for page in (ours, theirs)] == [nothing, nothing]
