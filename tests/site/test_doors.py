"""There is no second door: every view that takes a secret is known, and Wagtail's own are shut."""

import inspect
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from wagtail.documents import get_document_model
from wagtail.models import Collection, CollectionViewRestriction, Page, PageViewRestriction, Site

from courses.curricula.models import ProgrammePage
from javar.web.limits import TABLE
from tests.cast import People, SignIn
from tests.pages import sent_to_sign_in
from tests.site.doors import DOORS, SHUT, TAKEN

pytestmark = pytest.mark.django_db

# What gives a door away: who wrote it, what its address takes, what its code does, what it asks.
WRITTEN_BY = re.compile(r"^(allauth|django\.contrib\.auth)\b|\bmfa\b|\bwebauthn\b")
ADDRESS_TAKES = {"token", "key", "uidb36", "uidb64", "secret", "signature"}
NAMED = re.compile(r"password|login|logout|sign_?in|sign_?up|authenticat|one_time|passkey|otp")
CODE_DOES = re.compile(
    r"\blogin\(|\bauthenticate\(|check_password|set_password|PasswordInput|\w*Password\w*Form"
    r"|\bfind_link\(|\bcheck_code\(|loads?_token|check_token|signing\.loads"
)
FIELD_ASKS = re.compile(r"password|passcode|token|otp|one_time|secret")


def views(
    patterns: list[Any], prefix: str = "", route: str = ""
) -> Iterator[tuple[str, str, Callable[..., Any], set[str]]]:
    """Yield every view of the resolver: its name, its address, itself, what its address takes."""
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from views(pattern.url_patterns, space, here)
        elif isinstance(pattern, URLPattern):
            takes = set(pattern.pattern.converters) | set(pattern.pattern.regex.groupindex)
            yield prefix + (pattern.name or here), here, pattern.callback, takes


def forms_of(view: Callable[..., Any]) -> Iterator[type[forms.BaseForm]]:
    """Yield the form classes a view names: attributes of its class, or `forms.…` in its code."""
    kind = getattr(view, "view_class", None)
    if kind is not None:
        named = [value for _name, value in inspect.getmembers(kind)]
    else:
        plain = inspect.unwrap(view)
        code = getattr(plain, "__code__", None)
        known = getattr(plain, "__globals__", {})
        rooms = [value for value in known.values() if inspect.ismodule(value)]
        named = [known.get(name) for name in code.co_names] if code else []
        named += [
            getattr(room, name, None)
            for room in rooms if room.__name__.endswith("forms")
            for name in (code.co_names if code else ())
        ]  # fmt: skip
    for value in named:
        if inspect.isclass(value) and issubclass(value, forms.BaseForm):
            yield value


def asks_for_a_secret(form: type[forms.BaseForm]) -> bool:
    """Tell whether a form has a field for a secret; a model's own `code` is a name, no secret."""
    model = getattr(getattr(form, "_meta", None), "model", None)
    own = {field.name for field in model._meta.get_fields()} if model else set()
    return any(
        isinstance(field.widget, forms.PasswordInput)
        or field.widget.attrs.get("autocomplete") == "one-time-code"
        or bool(FIELD_ASKS.search(name))
        or (name == "code" and name not in own)
        for name, field in getattr(form, "base_fields", {}).items()
    )


def is_door(name: str, view: Callable[..., Any], takes: set[str]) -> bool:
    """Tell whether a view takes a password, a code or a sign-in link, or may."""
    kind = getattr(view, "view_class", None)
    plain = kind or inspect.unwrap(view)
    try:
        source = inspect.getsource(plain)
    except (OSError, TypeError):
        source = ""
    return bool(
        WRITTEN_BY.search(plain.__module__)
        or takes & ADDRESS_TAKES
        or NAMED.search(name.split(":")[-1])
        or CODE_DOES.search(source)
        or any(asks_for_a_secret(form) for form in forms_of(view))
    )


def found_doors() -> set[str]:
    """Return the names of all doors of the resolver."""
    return {
        name
        for name, _route, view, takes in views(get_resolver().url_patterns)
        if is_door(name, view, takes)
    }


def test_every_door_is_on_the_written_list() -> None:
    assert found_doors() - {door.name for door in DOORS} == set()


def test_every_line_of_the_list_is_a_view() -> None:
    names = {name for name, *_rest in views(get_resolver().url_patterns)}
    assert {door.name for door in DOORS} - names == set()


def test_every_door_that_takes_a_secret_says_what_guards_it() -> None:
    bare = [d.name for d in DOORS if d.kind == TAKEN and not (d.limit and d.second)]
    rates = {d.limit.removeprefix("rate:") for d in DOORS if d.limit.startswith("rate:")}
    assert bare == []
    assert rates - {limit.name for limit in TABLE} == set()


def test_the_walk_is_sharp() -> None:
    """It knows a door by what the view does, whatever its name and room."""

    def harmless_name(request: Any) -> None:
        authenticate(request)  # type: ignore[name-defined]  # noqa: F821

    class Asks(forms.Form):
        word = forms.CharField(widget=forms.PasswordInput)

    class View:
        form_class = Asks

    def by_class() -> None: ...

    by_class.view_class = View  # type: ignore[attr-defined]

    def plain(request: Any) -> None: ...

    assert is_door("room:thing", harmless_name, set())
    assert is_door("room:thing", by_class, set())
    assert is_door("room:thing", plain, {"token"})
    assert not is_door("room:thing", plain, {"pk"})


def filled(name: str, route: str) -> str:
    """Return a door's address with something in every place."""
    names = re.findall(r"<(?:\w+:)?(\w+)>", route)
    number = {key: 1 for key in names if key.endswith("_id") or key == "pk"}
    return reverse(name, kwargs={key: number.get(key, "x") for key in names})


@pytest.mark.parametrize("name", [door.name for door in DOORS if door.kind == SHUT])
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_shut_door_answers_404_to_everybody(
    people: People, signed_in: SignIn, name: str, prefix: str
) -> None:
    route = next(r for n, r, *_rest in views(get_resolver().url_patterns) if n == name)
    path = prefix + filled(name, route)
    typed = {"username": "admin", "password": "x", "email": "a@example.test", "return_url": "/"}

    answers = [
        getattr(signed_in(who), method)(path, typed).status_code
        for who in (people.aylin, people.admin)
        for method in ("get", "post")
    ]
    nobody = [Client().get(path), Client().post(path, typed)]

    # Who has no work in the admin hears so before anything else.
    student = 403 if path.startswith("/admin/") else 404
    assert answers == [student, student, 404, 404]
    # The admin's addresses lead whoever is signed out to the one sign-in, whatever they name.
    assert all(
        answer.status_code == 404 or sent_to_sign_in(answer, answer.wsgi_request.get_full_path())
        for answer in nobody
    )


def test_right_password_at_the_old_door_signs_nobody_in(people: People) -> None:
    people.admin.set_password("a-right-one-9431")
    people.admin.save()
    client = Client()

    answer = client.post("/_util/login/", {"username": "admin", "password": "a-right-one-9431"})

    assert answer.status_code == 404
    assert "_auth_user_id" not in client.session


def test_failing_on_purpose_is_no_page(people: People, signed_in: SignIn) -> None:
    assert signed_in(people.admin).get("/admin/failwhale/").status_code == 404


def test_admin_sign_in_is_the_one_sign_in(client: Client) -> None:
    answer = client.get("/admin/login/?next=/admin/pages/")
    assert (answer.status_code, answer.url) == (302, "/account/login/?next=/admin/pages/")


def private_page(programme: ProgrammePage, kind: str) -> str:
    """Stand a programme on the site, restrict it, and return its path."""
    programme.move(Site.objects.get().root_page, pos="last-child")
    page = Page.objects.get(pk=programme.pk)
    PageViewRestriction.objects.create(page=page, restriction_type=kind, password="")
    return str(page.get_url())


def test_private_page_leads_to_the_one_sign_in(programme: ProgrammePage, client: Client) -> None:
    path = private_page(programme, PageViewRestriction.LOGIN)
    assert sent_to_sign_in(client.get(path), path)


def test_page_of_a_group_is_refused_to_others_without_a_loop(
    programme: ProgrammePage, people: People, signed_in: SignIn
) -> None:
    path = private_page(programme, PageViewRestriction.GROUPS)
    assert sent_to_sign_in(Client().get(path), path)
    assert signed_in(people.aylin).get(path).status_code == 403


@pytest.fixture
def document(db: None, tmp_path: Any, settings: Any) -> Any:
    """A document in a collection of its own."""
    settings.MEDIA_ROOT = tmp_path
    from django.core.files.base import ContentFile  # noqa: PLC0415

    shelf = Collection.get_first_root_node().add_child(name="shelf")
    return get_document_model().objects.create(
        title="paper", collection=shelf, file=ContentFile(b"%PDF-1.4", "paper.pdf")
    )


def test_private_document_leads_to_the_one_sign_in(
    document: Any, people: People, signed_in: SignIn
) -> None:
    CollectionViewRestriction.objects.create(
        collection=document.collection, restriction_type=CollectionViewRestriction.GROUPS
    )
    assert sent_to_sign_in(Client().get(document.url), document.url)
    assert signed_in(people.aylin).get(document.url).status_code == 403


def test_document_of_an_impossible_number_is_not_found(client: Client, db: None) -> None:
    assert client.get(f"/documents/{'9' * 30}/paper.pdf").status_code == 404


def test_nobody_is_offered_a_shared_password(
    programme: ProgrammePage, document: Any, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.admin)
    pages = client.get(reverse("wagtailadmin_pages:set_privacy", args=[programme.pk]))
    shelves = client.get(
        reverse("wagtailadmin_collections:set_privacy", args=[document.collection.pk])
    )
    for answer in (pages, shelves):
        html = answer.json()["html"]
        assert 'value="login"' in html
        assert 'value="password"' not in html
        assert 'name="password"' not in html
    # A page is private to everybody signed in, or not at all: no list of all schools' groups.
    assert 'value="groups"' not in pages.json()["html"]


def test_shared_passwords_of_before_become_sign_ins(
    programme: ProgrammePage, document: Any
) -> None:
    page = PageViewRestriction.objects.create(
        page=programme, restriction_type="password", password="shared"
    )
    shelf = CollectionViewRestriction.objects.create(
        collection=document.collection, restriction_type="password", password="shared"
    )

    import_module("javar.pages.migrations.0002_private_means_signed_in").ask_for_a_sign_in(
        apps, None
    )

    for restriction in (page, shelf):
        restriction.refresh_from_db()
        assert (restriction.restriction_type, restriction.password) == ("login", "")


def test_pages_that_show_a_password_field_are_on_the_list(
    people: People, signed_in: SignIn
) -> None:
    """Whatever the code looks like: a page in whose HTML a password can be typed is a door."""
    known = {door.name for door in DOORS if door.kind == TAKEN}
    people.aylin.set_password("something-to-change")
    people.aylin.save()
    clients = [Client(), signed_in(people.aylin), signed_in(people.admin)]
    shown = set()
    for name, _route, _view, takes in views(get_resolver().url_patterns):
        if "logout" in name:
            continue
        try:
            path = reverse(name, kwargs=dict.fromkeys(takes, people.editor.pk))
        except NoReverseMatch:
            continue
        for client in clients:
            answer = client.get(path)
            if not answer.streaming and b'type="password"' in answer.content:
                shown.add(name)
    assert shown - known == set()
    assert shown >= {"account_login", "account_signup", "account_change_password"}
