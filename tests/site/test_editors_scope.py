"""An editor sees her own school and nothing of another, through whatever door of the admin.

Two schools have a word of their own in everything Wagtail keeps. Every address of the admin is
opened as the editor of one, with her own keys and the other's; the other's word stands nowhere.
"""

import json
from collections.abc import Iterator
from html import unescape
from itertools import islice, product
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from courses.curricula.models import LessonPage
from javar.admin.editors_may import EDITORS_MAY
from javar.admin.gate import OPEN
from tests.cast import SignIn, person
from tests.site.two_schools import Desk, set_up_desk, site_root

pytestmark = pytest.mark.django_db

OURS, THEIRS = "Zqours", "Zqtheirs"

# What has no line in EDITORS_MAY: the keeper's alone. Written out, so that a new address of a new
# Wagtail is decided on by somebody.
KEEPERS = (
    "admin_bulk_users", "simple_translation:submit_snippet_translation",
    "wagtailadmin_api:documents:", "wagtailadmin_api:images:", "wagtailadmin_api:pages:action",
    "wagtailadmin_api:pages:find", "wagtailadmin_collections:",
    "wagtailadmin_pages:choose_parent", "wagtailadmin_pages:type_use", "wagtailadmin_reports:",
    "wagtailadmin_workflows:", "wagtailadmin_pages:workflow_",
    "wagtailadmin_pages:confirm_workflow",
    "wagtailadmin_pages:collect_workflow", "wagtailembeds:", "wagtaillocales:", "wagtailsites:",
    "wagtailsnippets:", "wagtailusers_groups:", "wagtailusers_users:",
    "wagtailadmin_password_reset",
)  # fmt: skip
# Stand behind an address of ours, or answer 404 to everybody.
BEHIND = {
    "wagtailadmin_login", "wagtailadmin_explore_root", "wagtailadmin_choose_page",
    "wagtail_bulk_action", "wagtailadmin_tag_autocomplete", "wagtailadmin_tag_model_autocomplete",
    "wagtailimages:index", "wagtailimages:index_results", "wagtailimages_chooser:choose",
    "wagtaildocs:index", "wagtaildocs:index_results", "wagtailadmin_error_test",
    "wagtailadmin_test_404", "wagtailadmin_image_url", "wagtailadmin_image_urls",
    "wagtailadmin_choose_page_external_link", "wagtailimages:url_generator",
    "wagtailimages:url_generator_output", "",
}  # fmt: skip


def admin_views() -> Iterator[tuple[str, str, URLPattern]]:
    """Yield every address of the admin: its name, its prefix, its pattern."""
    for pattern in get_resolver().url_patterns:
        if str(pattern.pattern) == "admin/" and isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns, "")


def _views(patterns: list[Any], prefix: str) -> Iterator[tuple[str, str, URLPattern]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _views(pattern.url_patterns, space)
        else:
            yield f"{prefix}{pattern.name or ''}", prefix, pattern


def test_every_address_of_the_admin_was_decided_on() -> None:
    names = {name for name, _prefix, _pattern in admin_views()}
    undecided = {
        name for name in names - set(EDITORS_MAY) - OPEN - BEHIND if not name.startswith(KEEPERS)
    }
    assert undecided == set()
    assert set(EDITORS_MAY) - names == set()


@pytest.fixture
def ours(settings: Any, tmp_path: Any) -> Desk:
    """The desk of one school."""
    settings.MEDIA_ROOT = tmp_path
    return set_up_desk(OURS)


@pytest.fixture
def theirs(ours: Desk) -> Desk:
    """The desk of the other; one of its lessons shows our picture, put there by the keeper."""
    desk = set_up_desk(THEIRS)
    desk.lesson.body.append(
        ("figure", {"image": ours.image, "drawing": "", "alt": "-", "caption": ""})
    )
    desk.lesson.body.append(("text", f'<p><a linktype="page" id="{ours.programme.pk}">x</a></p>'))
    desk.lesson.save()
    return desk


WORDS = {
    "app_label": ["wagtailcore", "curricula"],
    "content_type_app_name": ["curricula"],
    "model_name": ["page", "lessonpage"],
    "content_type_model_name": ["lessonpage", "programmepage"],
    "action": ["delete"],
    "action_name": ["approve"],
    "filter_spec": ["max-165x165"],
    "app_name": ["taggit"],
    "uidb64": ["x"], "token": ["x"], "rest": ["delete/"],
}  # fmt: skip


def keys_for(place: str, *desks: Desk) -> list[int]:
    """Return the keys that mean something in a place of an address, by the place's name."""
    found: list[int] = []
    for desk in desks:
        pages = [desk.school_page, desk.programme, desk.lesson, desk.english]
        things = {
            "image_id": [desk.image], "document_id": [desk.document], "doc_id": [desk.document],
            "revision_id": [desk.revision], "session_id": [desk.session],
            "destination_id": [desk.module], "collection_id": [desk.collection],
            "pk": [desk.image, desk.document, desk.lesson, desk.collection, desk.group],
        }  # fmt: skip
        found += [thing.pk for thing in things.get(place, pages)]
    return sorted({*found, site_root().pk})


def addresses(*desks: Desk) -> Iterator[str]:
    """Yield every address of the admin with the keys of these desks in every place."""
    for name, prefix, pattern in admin_views():
        if "logout" in name or not pattern.name:
            continue
        names = list(pattern.pattern.converters) or list(pattern.pattern.regex.groupindex)
        unnamed = pattern.pattern.regex.groups if not names else 0
        places = [WORDS.get(place) or keys_for(place, *desks) for place in names]
        if unnamed:
            pages, revisions = keys_for("page", *desks), keys_for("revision_id", *desks)
            places = [pages, ["live", "earliest", *revisions], ["latest", revisions[-1]]]
        for filled in product(*places):
            try:
                if unnamed:
                    yield reverse(f"{prefix}{pattern.name}", args=filled)
                else:
                    yield reverse(
                        f"{prefix}{pattern.name}", kwargs=dict(zip(names, filled, strict=True))
                    )
            except NoReverseMatch:
                continue


def queries(desk: Desk) -> Iterator[str]:
    """Yield what asks by words or by keys behind the question mark."""
    # Never the whole word: what is typed comes back with the answer.
    for word in (desk.word[:-1], desk.word[:3], "Z"):
        for path in (
            "pages/search/?q=", "pages/search/results/?q=", "images/?q=", "images/results/?q=",
            "images/chooser/?q=", "images/chooser/results/?q=", "documents/?q=",
            "documents/results/?q=", "documents/chooser/?q=", "documents/chooser/results/?q=",
            "choose-page/search/?q=", "tag-autocomplete/?term=", "api/main/pages/?search=",
            "api/main/images/?search=", "api/main/documents/?search=", "users/?q=",
            "tag-autocomplete/taggit/tag/?term=", f"pages/{site_root().pk}/?search_all=1&q=",
            "images/chooser/?tag=", "reports/site-history/?object=", "images/?tag=",
        ):  # fmt: skip
            yield f"/admin/{path}{word}"
    for key in desk.keys:
        for path in (
            "images/chooser/chosen-multiple/?id=", "documents/chooser/chosen-multiple/?id=",
            "choose-page/chosen-multiple/?id=", "api/main/pages/?child_of=",
            "api/main/pages/?descendant_of=", "api/main/pages/?translation_of=",
            "images/?collection_id=", "documents/?collection_id=", "images/chooser/?collection_id=",
            "documents/chooser/?collection_id=", "bulk/wagtailcore/page/delete/?id=",
            "bulk/wagtailcore/page/move/?id=", "bulk/wagtailcore/page/publish/?id=",
            "bulk/wagtailcore/page/unpublish/?id=", "bulk/wagtailimages/image/delete/?id=",
            "bulk/wagtailimages/image/add_tags/?id=", "bulk/wagtaildocs/document/delete/?id=",
            "bulk/wagtailimages/image/add_to_collection/?id=",
            "bulk/wagtaildocs/document/add_tags/?id=", "choose-page/?target_pages[]=",
            "bulk/wagtailcore/page/delete/?id=all&childOf=", f"pages/{site_root().pk}/?owner=",
            f"pages/{site_root().pk}/?edited_by=", "reports/site-history/?user=",
        ):  # fmt: skip
            yield f"/admin/{path}{key}"
    yield from (
        f"/admin/{path}"
        for path in (
            "choose-page/?page_type=curricula.lessonpage",
            "choose-page/?page_type=curricula.modulepage",
            "choose-page/?page_type=curricula.lessonpage&user_perms=copy_to",
            "choose-page/?page_type=organisations.schoolpage&locale=en",
            "bulk/wagtailcore/page/delete/?id=all",
            "bulk/wagtailimages/image/delete/?id=all",
            "bulk/wagtaildocs/document/delete/?id=all",
            "api/main/pages/?for_explorer=1&fields=*",
            "api/main/pages/?fields=*,parent(*),translations(*),children(*)&limit=200",
            "api/main/images/?fields=*",
            "api/main/documents/?fields=*",
            "pages/?ordering=title",
            "reports/site-history/?export=xlsx",
            "reports/aging-pages/?export=csv",
            "images/chooser/?multiple=1",
            "documents/chooser/?multiple=1",
            "pages/usage/curricula/lessonpage/?export=csv",
        )
    )


def pages_that_show(client: Client, paths: Iterator[str], word: str) -> tuple[list[str], int]:
    """Return the addresses whose answer holds a word, and how many were asked."""
    client.raise_request_exception = False
    found, asked = [], 0
    for path in paths:
        answer = client.get(path)
        asked += 1
        text = b"".join(answer.streaming_content) if answer.streaming else answer.content
        told = unescape(text.decode(errors="replace")) + answer.headers.get("Location", "")
        if word.lower() in told.lower():
            found.append(path)
    return found, asked


@pytest.mark.deep
def test_editor_sees_nothing_of_another_school(ours: Desk, theirs: Desk, signed_in: SignIn) -> None:
    shown, asked = pages_that_show(signed_in(ours.editor), addresses(ours, theirs), THEIRS)
    assert shown == []
    assert asked > 700


def test_editor_sees_nothing_of_another_school_by_its_keys(
    ours: Desk, theirs: Desk, signed_in: SignIn
) -> None:
    """One address in seven; every one is opened in the deep test."""
    some = islice(addresses(ours, theirs), 0, None, 7)
    shown, asked = pages_that_show(signed_in(ours.editor), some, THEIRS)
    assert shown == []
    assert asked > 100


@pytest.mark.deep
def test_editor_finds_nothing_of_another_school_by_asking(
    ours: Desk, theirs: Desk, signed_in: SignIn
) -> None:
    shown, asked = pages_that_show(signed_in(ours.editor), queries(theirs), THEIRS)
    assert shown == []
    assert asked > 300


def test_editor_finds_nothing_of_another_school_by_some_questions(
    ours: Desk, theirs: Desk, signed_in: SignIn
) -> None:
    some = islice(queries(theirs), 0, None, 7)
    shown, asked = pages_that_show(signed_in(ours.editor), some, THEIRS)
    assert shown == []
    assert asked > 30


def test_the_walk_is_sharp(ours: Desk, theirs: Desk, signed_in: SignIn) -> None:
    """The keeper sees the other school on many pages, and the editor her own."""
    keeper = person("keeper")
    keeper.is_superuser = True
    keeper.save()

    keepers, _asked = pages_that_show(
        signed_in(keeper), islice(addresses(theirs), 0, None, 12), THEIRS
    )
    found, _asked = pages_that_show(signed_in(keeper), islice(queries(theirs), 0, None, 12), THEIRS)
    own, _asked = pages_that_show(
        signed_in(ours.editor), islice(addresses(ours), 0, None, 12), OURS
    )

    assert len(keepers) > 8
    assert len(found) > 4
    assert len(own) > 4


def typed(lesson: LessonPage, image: Any, page: Any) -> dict[str, Any]:
    """Return a lesson's form that names a picture and links to a page by their numbers."""
    begins = {"key": "a", "text": "x", "type": "unstyled", "depth": 0, "inlineStyleRanges": []}
    link = {
        "blocks": [begins | {"entityRanges": [{"offset": 0, "length": 1, "key": 0}]}],
        "entityMap": {"0": {"type": "LINK", "mutability": "MUTABLE", "data": {"id": page.pk}}},
    }
    figure = {"image": image.pk, "drawing": "", "alt": "-", "caption": ""}
    return nested_form_data(
        {
            "title": lesson.title, "slug": lesson.slug, "summary": "", "minutes": "30",
            "body_language": "fa", "comments": inline_formset([]),
            "body": streamfield([("figure", figure), ("text", json.dumps(link))]),
        }
    )  # fmt: skip


def test_number_of_anothers_picture_or_page_is_not_taken(
    ours: Desk, theirs: Desk, signed_in: SignIn
) -> None:
    client = signed_in(ours.editor)
    path = reverse("wagtailadmin_pages:edit", args=[ours.lesson.pk])

    answers = [
        client.post(path, typed(ours.lesson, image, page))
        for image, page in (
            (theirs.image, ours.lesson), (ours.image, theirs.lesson), (ours.image, ours.module),
        )
    ]  # fmt: skip
    # Something else is wrong as well: the form would be shown again.
    answers += [
        client.post(path, typed(ours.lesson, theirs.image, ours.lesson) | wrong)
        for wrong in ({"title": ""}, {"body-0-value-alt": "x" * 999})
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 302, 404, 404]
    assert all(THEIRS.lower() not in a.content.decode().lower() for a in answers)


def test_picture_the_keeper_put_on_a_page_stays(
    ours: Desk, theirs: Desk, signed_in: SignIn
) -> None:
    """Their lesson shows our picture, by the keeper; their editor goes on writing."""
    theirs.lesson.save_revision()
    client = signed_in(theirs.editor)
    path = reverse("wagtailadmin_pages:edit", args=[theirs.lesson.pk])

    answer = client.post(path, typed(theirs.lesson, ours.image, theirs.module))

    assert answer.status_code == 302
