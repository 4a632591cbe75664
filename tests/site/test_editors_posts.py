"""An editor changes nothing of another school's and is told nothing, by no button of the admin.

Every address is pressed with the other's keys in it and behind it, and so is every action on many.
"""

from collections.abc import Iterable, Iterator
from html import unescape
from itertools import chain, islice
from typing import Any

import pytest
from django.test import Client
from wagtail.models import (
    Comment,
    CommentReply,
    Page,
    PageLogEntry,
    PageSubscription,
    PageViewRestriction,
    Revision,
)

from tests.cast import SignIn
from tests.site.test_editors_scope import OURS, THEIRS, addresses
from tests.site.two_schools import Desk, set_up_desk

pytestmark = pytest.mark.django_db

MANY = {
    "wagtailcore/page": ("lesson", ["delete", "move", "publish", "unpublish"]),
    "wagtailimages/image": ("image", ["delete", "add_tags", "add_to_collection"]),
    "wagtaildocs/document": ("document", ["delete", "add_tags", "add_to_collection"]),
}


@pytest.fixture
def ours(settings: Any, tmp_path: Any) -> Desk:
    """The desk of the school whose editor presses."""
    settings.MEDIA_ROOT = tmp_path
    return set_up_desk(OURS)


@pytest.fixture
def theirs(ours: Desk) -> Desk:
    """The desk of the other."""
    return set_up_desk(THEIRS)


def kept(desk: Desk) -> list[Any]:
    """Return all of a school's that a button could change."""
    roots = (desk.school_page.path, desk.english.path)
    pages = Page.objects.filter(path__startswith=roots[0]) | Page.objects.filter(
        path__startswith=roots[1]
    )
    keys = list(pages.values_list("pk", flat=True))
    found: list[Any] = [list(pages.order_by("pk").values())]
    found += [
        list(type(thing).objects.filter(pk=thing.pk).values())
        for thing in (desk.image, desk.document, desk.collection, desk.group)
    ]
    found += [sorted(thing.tags.names()) for thing in (desk.image, desk.document)]
    found += [
        list(model.objects.filter(page__in=keys).order_by("pk").values())
        for model in (Comment, PageSubscription, PageViewRestriction, PageLogEntry)
    ]
    revisions = Revision.objects.filter(object_id__in=[str(key) for key in keys])
    return [
        *found,
        list(revisions.order_by("pk").values("pk")),
        CommentReply.objects.filter(comment=desk.comment).count(),
    ]


def presses(desk: Desk) -> list[dict[str, Any]]:
    """Return what is sent: hardly anything, and every name of a form with a key of theirs."""
    page = desk.module.pk
    return [
        {"next": "/admin/"},
        {
            "new_parent_page": page, "parent_page": page, "chooser": page, "id": desk.lesson.pk,
            "collection": desk.collection.pk, "groups": desk.group.pk, "title": "x",
            "new_title": "x", "new_slug": "x", "tags": "x", "restriction_type": "groups",
            "locales": [1, 2], "include_descendants": "on", "copy_subpages": "on", "alias": "on",
            "publish_copies": "on", "position": "0",
        },
    ]  # fmt: skip


def many(ours: Desk, theirs: Desk) -> Iterator[str]:
    """Yield every action on many: on theirs, on both, on all below theirs, on all; ours live on."""
    for kind, (name, actions) in MANY.items():
        mine, foreign = getattr(ours, name).pk, getattr(theirs, name).pk
        for action in actions:
            asked = [f"id={foreign}", f"id=all&childOf={theirs.module.pk}"]
            if action != "delete":
                asked += [f"id={mine}&id={foreign}", "id=all"]
            yield from (f"/admin/bulk/{kind}/{action}/?{words}" for words in asked)


def told_by(client: Client, paths: Iterable[str], theirs: Desk) -> tuple[list[str], int]:
    """Press at every address; return those whose answer names the other, and how many there were.

    Fails at the first that changes something.
    """
    client.raise_request_exception = False
    before = kept(theirs)
    found, asked = [], 0
    for path in paths:
        for sent in presses(theirs):
            answer = client.post(path, sent)
            asked += 1
            text = b"".join(answer.streaming_content) if answer.streaming else answer.content
            told = unescape(text.decode(errors="replace")) + answer.headers.get("Location", "")
            if THEIRS.lower() in told.lower():
                found.append(path)
            assert answer.status_code < 500, path
            assert kept(theirs) == before, path
    return found, asked


def test_action_on_many_touches_and_names_nothing_of_another_school(
    ours: Desk, theirs: Desk, signed_in: SignIn
) -> None:
    """Before, pages moved below theirs were refused on a page that named theirs."""
    told, asked = told_by(signed_in(ours.editor), many(ours, theirs), theirs)

    assert told == []
    assert asked > 60


def test_buttons_touch_and_name_nothing_of_another_school(
    ours: Desk, theirs: Desk, signed_in: SignIn
) -> None:
    """One address in eleven; every one is pressed in the deep test."""
    some = islice(addresses(theirs), 0, None, 11)

    told, asked = told_by(signed_in(ours.editor), some, theirs)

    assert told == []
    assert asked > 50


@pytest.mark.deep
def test_no_button_touches_or_names_anything_of_another_school(
    ours: Desk, theirs: Desk, signed_in: SignIn
) -> None:
    """Keys of both in every place; what deletes ours is left to the last."""
    every = chain(addresses(ours, theirs), many(ours, theirs))

    told, asked = told_by(signed_in(ours.editor), sorted(every, key=_deletes), theirs)

    assert told == []
    assert asked > 1400


def _deletes(path: str) -> bool:
    return "delete" in path
