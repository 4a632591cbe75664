"""Roles: from the day on, once; and what other rooms ask about them."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import translation

from courses.kit import audit
from courses.organisations import queries
from courses.organisations.actions import RoleDoesNotFit, end_role, grant_role
from courses.organisations.models import ROLES_OF_KIND, Kind, Membership, Organisation, Role
from courses.organisations.rights import Holds, serves_the_office
from tests.cast import NOW, TODAY, Bodies, People, body, person

pytestmark = pytest.mark.django_db


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
    assert not Holds(Role.TEACHER).test(people.teacher, bodies.school)


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
    answers = [Holds(*roles).test(who, where) for who, where, roles in asked]
    assert answers == [True, True, False, False, False, False, False, False]


def test_officers_are_of_an_office(people: People, bodies: Bodies) -> None:
    guild = person("guild")
    grant_role(guild, body("guild", Kind.GUILD), Role.OFFICER, by=None, at=NOW)
    assert set(serves_the_office.who(None)) == {people.officer, people.officer_2}
    for who in (people.officer, people.officer_2):
        assert serves_the_office.test(who)
    for who in (guild, people.registrar, people.stranger, people.admin, AnonymousUser()):
        assert not serves_the_office.test(who)
    end_role(queries.memberships_of(people.officer).get(), by=None, at=NOW)
    assert list(serves_the_office.who(None)) == [people.officer_2]
    assert not serves_the_office.test(people.officer)


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


def test_no_school_is_called_as_the_seats_for_everybody(bodies: Bodies) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.filter(pk=bodies.school.pk).update(code="open")


def test_organisations_are_found_by_their_kind(bodies: Bodies) -> None:
    assert set(queries.organisations_of_kind(Kind.FIRM)) == {bodies.firm, bodies.other_firm}
    assert list(queries.organisations_of_kind(Kind.GUILD)) == []


def test_organisation_is_named_in_the_active_language(bodies: Bodies) -> None:
    with translation.override("fa"):
        assert (str(bodies.firm), bodies.firm.locality) == ("firm فارسی", "تبریز")
    with translation.override("en"):
        assert (str(bodies.firm), bodies.firm.locality) == ("firm English", "Tabriz")
