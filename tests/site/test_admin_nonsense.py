"""Whatever is sent to the admin, by keepers and writers, is answered; nothing breaks."""

from collections.abc import Callable, Iterator
from itertools import islice
from random import Random
from types import FunctionType
from typing import Any

import pytest
from django.test import Client

from courses.people.models import User
from javar.admin.gate import is_nonsense
from tests import databases
from tests.cast import SignIn, person
from tests.site.test_editors_scope import addresses
from tests.site.two_schools import Desk, set_up_desk

pytestmark = pytest.mark.django_db

NASTY = ["", "x", "-1", "0", "9" * 30, "1.5", "۱۲", "null", "{", "[]", "\x00", "'", "a" * 300]
ASKED = ("id", "p", "q", "collection_id", "ordering", "target_pages[]", "page_type", "locale",
         "tag", "position", "parent_page_id", "child_of", "next", "export", "user")  # fmt: skip
TYPED = ("title", "slug", "new_parent_page", "chooser", "parent_page", "tags", "collection",
         "body-count", "body", "comments-TOTAL_FORMS", "introduction", "minutes", "include_subtree",
         "restriction_type", "groups", "locales", "confirm", "action-publish", "new_title",
         "external-link-chooser-url", "anchor-link-chooser-url", "file", "files[]",
         "new_slug")  # fmt: skip


@pytest.fixture
def desk(settings: Any, tmp_path: Any) -> Desk:
    """A school with something of everything Wagtail keeps."""
    settings.MEDIA_ROOT = tmp_path
    return set_up_desk("Zq")


def keeper() -> User:
    """Make somebody who keeps the site."""
    found = person("keeper")
    found.is_superuser = True
    found.save()
    return found


def broken(client: Client, paths: Iterator[str]) -> tuple[list[str], int]:
    """Send nonsense in three ways to every address; return what broke, and how much was sent."""
    client.raise_request_exception = False
    luck = Random(1405)
    failed, sent = [], 0
    for path in paths:
        asked = {name: luck.choice(NASTY) for name in luck.sample(ASKED, 4)}
        typed = {name: luck.choice(NASTY) for name in luck.sample(TYPED, 8)}
        for method, data in (("get", asked), ("post", {}), ("post", typed)):
            with databases.undone():
                answer = getattr(client, method)(path, data)
            sent += 1
            if answer.status_code >= 500:
                failed.append(f"{method} {path} {data} {(answer.exc_info or ('', ''))[1]!r}")
    return failed, sent


@pytest.mark.parametrize("who", ["keeper", "editor"])
def test_nonsense_is_answered(desk: Desk, signed_in: SignIn, who: str) -> None:
    user = keeper() if who == "keeper" else desk.editor
    failed, sent = broken(signed_in(user), islice(addresses(desk), 3, None, 40))
    assert failed == []
    assert sent > 10


@pytest.mark.deep
@pytest.mark.parametrize("who", ["keeper", "editor"])
def test_nonsense_to_every_address_is_answered(desk: Desk, signed_in: SignIn, who: str) -> None:
    user = keeper() if who == "keeper" else desk.editor
    failed, sent = broken(signed_in(user), addresses(desk))
    assert failed == []
    assert sent > 1000


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/admin/pages/1/set_position/", {}),
        ("/admin/pages/1/move/", {"new_parent_page": "x"}),
        ("/admin/pages/{lesson}/move/", {"new_parent_page": "x"}),
        ("/admin/pages/{lesson}/copy/", {"new_parent_page": "9" * 30}),
        ("/admin/pages/{lesson}/edit/", {"title": "x", "next": "a@b"}),
        ("/admin/choose-external-link/", {}),
        ("/admin/choose-page/?target_pages[]=x", {}),
        ("/admin/images/chooser/chosen/x/", {}),
        ("/admin/images/chooser/chosen-multiple/?id=x", {}),
        ("/admin/choose-page/chosen-multiple/?id=x", {}),
        ("/admin/bulk/wagtailcore/page/delete/?id=x", {}),
        ("/admin/bulk/people/personalrecord/delete/?id=1", {}),
        ("/admin/pages/{lesson}/edit/", {"body-count": "x", "title": "x"}),
        ("/admin/pages/{lesson}/edit/", {}),
    ],
)
def test_known_nonsense_is_answered(
    desk: Desk, signed_in: SignIn, path: str, typed: dict[str, str]
) -> None:
    client = signed_in(keeper())
    address = path.format(lesson=desk.lesson.pk)
    answers = {client.get(address).status_code, client.post(address, typed).status_code}
    assert answers <= {200, 302, 400, 404, 405}


@pytest.mark.parametrize("count", ["2000", " 2000 ", "2000.0", "2_000", "+2000", "۲۰۰۰", "9" * 30])
def test_no_form_of_the_admin_draws_thousands_of_rows(signed_in: SignIn, count: str) -> None:
    """Before, whatever Django reads as a number and `isdecimal` does not was drawn."""
    client = signed_in(keeper())

    many = client.post("/admin/groups/new/", {"page_permissions-TOTAL_FORMS": count})
    few = client.post("/admin/groups/new/", {"page_permissions-TOTAL_FORMS": "2"})

    assert (many.status_code, few.status_code) == (400, 200)


def test_rows_of_all_kinds_are_counted_together(signed_in: SignIn) -> None:
    """Before, three kinds of 123 rows each took seventeen seconds on a busy machine."""
    kinds = ("page_permissions", "image_permissions", "document_permissions")
    asked = {f"{kind}-TOTAL_FORMS": "123" for kind in kinds}

    answer = signed_in(keeper()).post("/admin/groups/new/", asked)

    assert answer.status_code == 400


def _ask() -> None:
    further()  # type: ignore[name-defined]  # noqa: F821 - bound by whoever borrows these lines


@pytest.mark.parametrize(
    ("callers", "nonsense"),
    [
        (["wagtail.admin.views.generic"], True),
        (["courses.skills.wagtail_hooks", "wagtail.snippets.views"], True),
        (["wagtail.admin.panels", "courses.curricula.forms"], False),
        (["javar.admin.listings"], False),
    ],
)
def test_a_fault_of_our_own_is_not_taken_for_nonsense(callers: list[str], nonsense: bool) -> None:
    def asks() -> None:
        User.objects.get(pk=0)

    step: Callable[[], None] = asks
    for module in reversed(callers):
        # The same few lines, as if they stood in another module.
        step = FunctionType(_ask.__code__, {"__name__": module, "further": step})
    with pytest.raises(User.DoesNotExist) as caught:
        step()

    assert is_nonsense(caught.value) is nonsense
