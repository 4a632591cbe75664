"""Roles, partnerships, desks of editors, and the questions other rooms ask about them."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.db import IntegrityError, transaction
from django.utils import translation
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    Locale,
    Page,
)

from courses.kit import audit
from courses.kit.refusal import NotAllowed
from courses.organisations import queries
from courses.organisations.actions import (
    COLLECTION_CODENAMES,
    PAGE_VERBS,
    RoleDoesNotFit,
    end_role,
    furnish_desk,
    grant_role,
    record_partnership,
)
from courses.organisations.models import (
    ROLES_OF_KIND,
    AgreementState,
    FirmPage,
    Kind,
    Membership,
    Organisation,
    OrganisationIndexPage,
    OrganisationPage,
    Partnership,
    Role,
    SchoolDesk,
    SchoolPage,
)
from courses.organisations.rules import must_be_officer, must_hold
from courses.people.models import User
from tests.cast import NOW, TODAY, Bodies, People, body, person

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


# --- roles


def test_grant_gives_the_role_from_the_day_on(bodies: Bodies) -> None:
    nasrin, admin = person("nasrin"), person("admin")
    made = grant_role(nasrin, bodies.school, Role.TEACHER, by=admin, at=NOW)
    kept = Membership.objects.get()
    assert (kept, kept.user, kept.organisation, kept.role) == (
        made,
        nasrin,
        bodies.school,
        Role.TEACHER,
    )
    assert (kept.started_on, kept.ended_on) == (TODAY, None)
    line = audit.trail(made).get()
    assert (line.verb, line.by, line.at, line.facts) == (
        "grant_role",
        admin,
        NOW,
        {"role": "teacher"},
    )
    assert nasrin.groups.count() == 0
    assert str(made) == f"{nasrin.pk} teacher @ {bodies.school.pk}"


def test_a_day_begins_in_tehran(bodies: Bodies) -> None:
    late = NOW.replace(hour=22)
    made = grant_role(person("nasrin"), bodies.school, Role.TEACHER, by=None, at=late)
    assert made.started_on == TODAY + timedelta(days=1)


def test_grant_twice_is_one_row_and_one_line(bodies: Bodies) -> None:
    nasrin = person("nasrin")
    first = grant_role(nasrin, bodies.school, Role.EDITOR, by=None, at=NOW)
    again = grant_role(
        nasrin, bodies.school, Role.EDITOR, by=None, at=NOW + timedelta(days=9)
    )  # fmt: skip
    assert (again, again.started_on, Membership.objects.count()) == (first, TODAY, 1)
    assert (audit.trail(first).count(), nasrin.groups.count()) == (1, 1)


def test_one_person_may_hold_several_roles(people: People, bodies: Bodies) -> None:
    grant_role(people.teacher, bodies.school, Role.REGISTRAR, by=None, at=NOW)
    grant_role(people.teacher, bodies.other_school, Role.TEACHER, by=None, at=NOW)
    grant_role(people.teacher, bodies.firm, Role.MENTOR, by=None, at=NOW)
    held = queries.memberships_of(people.teacher).values_list("organisation__code", "role")
    assert sorted(held) == [
        ("firm", "mentor"),
        ("other-school", "teacher"),
        ("school", "registrar"),
        ("school", "teacher"),
    ]


@pytest.mark.parametrize("kind", Kind.values)
def test_roles_fit_the_kind_of_organisation(db: None, kind: str) -> None:
    place, nasrin = body("place", kind), person("nasrin")
    for role in Role.values:
        if role in ROLES_OF_KIND[kind]:
            grant_role(nasrin, place, role, by=None, at=NOW)
        else:
            with pytest.raises(RoleDoesNotFit):
                grant_role(nasrin, place, role, by=None, at=NOW)
    assert set(Membership.objects.values_list("role", flat=True)) == ROLES_OF_KIND[kind]


def test_end_takes_the_role_and_keeps_the_row(people: People, bodies: Bodies) -> None:
    membership = queries.memberships_of(people.teacher).get()
    later = NOW + timedelta(days=3)
    ended = end_role(membership, by=people.admin, at=later)
    assert (ended, ended.ended_on) == (membership, TODAY + timedelta(days=3))
    line = audit.trail(membership).last()
    assert line is not None
    assert (line.verb, line.by, line.at, line.facts) == (
        "end_role",
        people.admin,
        later,
        {"role": "teacher"},
    )
    assert queries.holds(people.teacher, bodies.school, Role.TEACHER) is False


def test_end_twice_keeps_the_first_day(people: People) -> None:
    membership = queries.memberships_of(people.editor).get()
    end_role(membership, by=None, at=NOW)
    again = end_role(membership, by=None, at=NOW + timedelta(days=3))
    assert again.ended_on == TODAY
    assert [line.verb for line in audit.trail(membership)] == ["grant_role", "end_role"]


def test_a_role_that_ended_may_be_granted_again(people: People, bodies: Bodies) -> None:
    membership = queries.memberships_of(people.editor).get()
    end_role(membership, by=None, at=NOW)
    again = grant_role(people.editor, bodies.school, Role.EDITOR, by=None, at=NOW)
    assert (again != membership, list(queries.memberships_of(people.editor))) == (True, [again])
    assert people.editor.groups.count() == 1


def test_a_membership_ends_after_it_starts(people: People) -> None:
    membership = queries.memberships_of(people.teacher).get()
    with pytest.raises(IntegrityError), transaction.atomic():
        end_role(membership, by=None, at=NOW - timedelta(days=1))


# --- the editors' desk


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


# --- partnerships


def test_partnership_is_recorded_once_a_pair(bodies: Bodies, people: People) -> None:
    days = {"starts_on": TODAY, "ends_on": TODAY + timedelta(days=9)}
    made = record_partnership(
        bodies.other_school, bodies.firm, by=people.admin, at=NOW, is_sample=True, **days
    )
    kept = Partnership.objects.get(school=bodies.other_school)
    assert (kept, kept.firm, kept.state, kept.is_sample) == (
        made,
        bodies.firm,
        AgreementState.ACTIVE,
        True,
    )
    line = audit.trail(made).get()
    assert (line.verb, line.by, line.at, line.to_state) == (
        "record_partnership",
        people.admin,
        NOW,
        "active",
    )
    again = record_partnership(bodies.other_school, bodies.firm, by=None, at=NOW, **days)
    assert (again, audit.trail(made).count()) == (made, 1)
    assert str(made) == f"{bodies.other_school.pk} – {bodies.firm.pk}"


def test_partnership_that_ended_makes_room_for_a_new_one(bodies: Bodies) -> None:
    old = Partnership.objects.get()
    Partnership.objects.filter(pk=old.pk).update(state=AgreementState.ENDED)
    new = record_partnership(
        bodies.school, bodies.firm, starts_on=TODAY, ends_on=TODAY, by=None, at=NOW
    )
    assert (new != old, Partnership.objects.count()) == (True, 2)


def test_partnership_ends_after_it_starts(bodies: Bodies) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        record_partnership(
            bodies.other_school, bodies.firm, starts_on=TODAY,
            ends_on=TODAY - timedelta(days=1), by=None, at=NOW,
        )  # fmt: skip


def test_partnerships_are_in_force_from_day_to_day(bodies: Bodies) -> None:
    Partnership.objects.all().delete()
    first, last = date(2026, 11, 1), date(2026, 11, 30)
    made = record_partnership(
        bodies.school, bodies.firm, starts_on=first, ends_on=last, by=None, at=NOW
    )
    days = [first - timedelta(1), first, last, last + timedelta(1)]
    assert [list(queries.partnerships_on(day)) for day in days] == [[], [made], [made], []]
    assert [made.is_active_on(day) for day in days] == [False, True, True, False]
    assert [queries.partner_school_ids(bodies.firm, on=day) for day in days] == [
        [],
        [bodies.school.pk],
        [bodies.school.pk],
        [],
    ]
    for state in AgreementState:
        Partnership.objects.filter(pk=made.pk).update(state=state)
        made.refresh_from_db()
        active = state == AgreementState.ACTIVE
        assert made.is_active_on(first) is active
        assert queries.partnerships_on(first).exists() is active


def test_partner_schools_are_of_one_firm_and_in_order(bodies: Bodies) -> None:
    days = {"starts_on": TODAY, "ends_on": TODAY}
    record_partnership(bodies.other_school, bodies.firm, by=None, at=NOW, **days)
    record_partnership(bodies.school, bodies.other_firm, by=None, at=NOW, **days)
    assert queries.partner_school_ids(bodies.firm, on=TODAY) == [
        bodies.school.pk,
        bodies.other_school.pk,
    ]
    assert queries.partner_school_ids(bodies.other_firm, on=TODAY) == [bodies.school.pk]


# --- questions


def test_holds_asks_for_any_of_the_roles_in_one_place(people: People, bodies: Bodies) -> None:
    asked = [
        (people.teacher, bodies.school, (Role.TEACHER,)),
        (people.teacher, bodies.school, (Role.REGISTRAR, Role.TEACHER)),
        (people.teacher, bodies.school, (Role.REGISTRAR,)),
        (people.teacher, bodies.other_school, (Role.TEACHER,)),
        (people.onlooker, bodies.school, (Role.REGISTRAR,)),
        (people.stranger, bodies.school, tuple(Role)),
        (people.admin, bodies.school, tuple(Role)),
        (AnonymousUser(), bodies.school, tuple(Role)),
    ]
    answers = [queries.holds(who, where, *roles) for who, where, roles in asked]
    assert answers == [True, True, False, False, False, False, False, False]
    for (who, where, roles), answer in zip(asked, answers, strict=True):
        if answer:
            must_hold(who, where, *roles)
        else:
            with pytest.raises(NotAllowed):
                must_hold(who, where, *roles)


def test_officers_are_of_an_office(people: People, bodies: Bodies) -> None:
    guild = person("guild")
    grant_role(guild, body("guild", Kind.GUILD), Role.OFFICER, by=None, at=NOW)
    assert set(queries.officers()) == {people.officer, people.officer_2}
    for who in (people.officer, people.officer_2):
        must_be_officer(who)
    for who in (guild, people.registrar, people.stranger, people.admin, AnonymousUser()):
        with pytest.raises(NotAllowed):
            must_be_officer(who)
    end_role(queries.memberships_of(people.officer).get(), by=None, at=NOW)
    assert list(queries.officers()) == [people.officer_2]
    assert queries.is_officer(people.officer) is False


def test_members_are_counted_once_and_while_they_hold(people: People, bodies: Bodies) -> None:
    grant_role(people.teacher, bodies.school, Role.REGISTRAR, by=None, at=NOW)
    staff = queries.members(bodies.school, Role.TEACHER, Role.REGISTRAR)
    assert sorted(user.username for user in staff) == ["registrar", "teacher"]
    for membership in queries.memberships_of(people.teacher):
        end_role(membership, by=None, at=NOW)
    assert list(queries.members(bodies.school, Role.TEACHER)) == []
    assert set(queries.members(bodies.school, Role.STUDENT)) == {people.aylin, people.sara}


def test_organisations_where_somebody_holds_a_role(people: People, bodies: Bodies) -> None:
    grant_role(people.teacher, bodies.other_school, Role.REGISTRAR, by=None, at=NOW)
    assert list(queries.organisations_where(people.teacher, Role.TEACHER)) == [bodies.school]
    both = queries.organisations_where(people.teacher, Role.TEACHER, Role.REGISTRAR)
    assert set(both) == {bodies.school, bodies.other_school}
    assert list(queries.organisations_where(people.stranger, *Role)) == []
    assert list(queries.organisations_where(AnonymousUser(), *Role)) == []


def test_organisations_are_found_by_their_kind(bodies: Bodies) -> None:
    assert set(queries.organisations_of_kind(Kind.FIRM)) == {bodies.firm, bodies.other_firm}
    assert list(queries.organisations_of_kind(Kind.GUILD)) == []


def test_organisation_is_named_in_the_active_language(bodies: Bodies) -> None:
    with translation.override("fa"):
        assert (str(bodies.firm), bodies.firm.locality) == ("firm فارسی", "تبریز")
    with translation.override("en"):
        assert (str(bodies.firm), bodies.firm.locality) == ("firm English", "Tabriz")
