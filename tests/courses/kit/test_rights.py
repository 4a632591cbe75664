"""Abilities: one table, asked by code, views and pages; what nobody declared is a mistake."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import RequestFactory

from courses.kit import rights
from courses.kit.refusal import NotAllowed
from courses.organisations.models import Kind, Organisation, Role
from courses.organisations.rights import Holds
from courses.people.models import User
from tests.cast import Bodies, People

pytestmark = pytest.mark.django_db


@rights.predicate
def is_named_so(user: User, thing: str) -> bool:
    return user.username == thing


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of this test's own."""
    monkeypatch.setattr(rights, "ABILITIES", type(rights.ABILITIES)())
    rights.declare(
        {
            "test.name": is_named_so,
            "test.teach": Holds(Role.TEACHER),
            "test.own": Holds(Role.OWNER, Role.MENTOR),
            "test.serve": Holds(Role.OFFICER, kind=Kind.OFFICE),
            "test.either": Holds(Role.OFFICER, kind=Kind.GUILD) | rights.keeps_the_site,
        }
    )


def request_of(user: Any, path: str = "/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = user
    return request


@pytest.mark.usefixtures("table")
def test_what_nobody_declared_or_two_did_is_a_mistake(people: People) -> None:
    with pytest.raises(KeyError):
        rights.may(people.admin, "test.unheard_of")
    with pytest.raises(KeyError):
        rights.declare({"test.name": is_named_so})
    with pytest.raises(TypeError):
        rights.where_may(people.admin, "test.either")
    with pytest.raises(TypeError):
        rights.may(people.teacher, "test.teach", "not an organisation")
    with pytest.raises(TypeError):
        rights.may(people.teacher, "test.teach")


@pytest.mark.usefixtures("table")
def test_nobody_signed_in_has_no_ability(bodies: Bodies) -> None:
    nobody = AnonymousUser()
    assert not rights.may(nobody, "test.name", "")
    assert rights.may_somewhere(nobody, ["test.teach", "test.serve"]) == set()
    assert not rights.where_may(nobody, "test.teach").exists()


@pytest.mark.usefixtures("table")
def test_sets_say_what_single_questions_say(people: People, bodies: Bodies) -> None:
    everybody, everywhere = vars(people).values(), list(Organisation.objects.all())
    for ability in ("test.teach", "test.own"):
        said = {
            (user, where)
            for user in everybody
            for where in everywhere
            if rights.may(user, ability, where)
        }
        by_user = {(user, where) for user in everybody for where in rights.where_may(user, ability)}
        by_thing = {
            (user, where) for where in everywhere for user in rights.who_may(ability, where)
        }
        assert said == by_user == by_thing
        assert said
    assert set(rights.where_may(people.officer, "test.serve")) == {bodies.office}
    assert set(rights.who_may("test.serve")) == {people.officer, people.officer_2}
    assert rights.who_may_each("test.teach", [bodies.school.pk, bodies.firm.pk]) == {
        bodies.school.pk: [people.teacher]
    }


@pytest.mark.usefixtures("table")
def test_many_questions_about_somebody_read_their_roles_once(
    people: People, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        found = rights.may_somewhere(people.officer, ["test.teach", "test.serve", "test.either"])
    assert found == {"test.serve"}
    assert rights.may_somewhere(people.admin, ["test.either"]) == {"test.either"}


@pytest.mark.usefixtures("table")
def test_combined_roles_are_read_once(
    people: People, bodies: Bodies, django_assert_num_queries: Any
) -> None:
    rights.declare({"test.both": Holds(Role.TEACHER) | Holds(Role.OFFICER, kind=Kind.OFFICE)})
    with django_assert_num_queries(1):
        assert rights.may(people.officer, "test.both", bodies.school)
    assert not rights.may(people.owner, "test.both", bodies.school)


@pytest.mark.usefixtures("table")
def test_combinations_have_no_sets() -> None:
    teaches, serves = Holds(Role.TEACHER), Holds(Role.OFFICER, kind=Kind.OFFICE)
    for made in (teaches & serves, teaches | serves, ~teaches):
        assert not isinstance(made, rights.SetPredicate)


@pytest.mark.usefixtures("table")
def test_view_is_given_what_its_address_names(people: People) -> None:
    def named(request: HttpRequest, name: str) -> str:
        if name == "none":
            raise Http404
        return name

    @rights.asks("test.name", named)
    def view(request: HttpRequest, name: str, kind: str) -> HttpResponse:
        return HttpResponse(f"{name} {kind}")

    asked = request_of(people.aylin)
    assert view(asked, name="aylin", kind="csv").content == b"aylin csv"
    with pytest.raises(NotAllowed):
        view(asked, name="sara", kind="csv")
    with pytest.raises(Http404):
        view(asked, name="none", kind="csv")


@pytest.mark.usefixtures("table")
def test_hidden_view_is_not_there_for_others(people: People) -> None:
    @rights.asks("test.serve", hidden=True)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("in")

    assert view(request_of(people.officer)).content == b"in"
    for user in (people.owner, AnonymousUser()):
        with pytest.raises(Http404):
            view(request_of(user))


@pytest.mark.usefixtures("table")
def test_pages_ask_the_same_table(people: People, bodies: Bodies) -> None:
    template = Template('{% may "test.teach" school as yes %}{{ yes }}')
    for user, said in ((people.teacher, "True"), (people.owner, "False")):
        context = {"request": request_of(user), "school": bodies.school}
        assert template.render(Context(context)) == said
    assert template.render(Context({"school": bodies.school})) == "False"
