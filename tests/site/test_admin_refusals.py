"""What the admin refuses, in words: half-written lessons, deletions that would lose facts."""

from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import Page
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from courses.curricula.actions import freeze_programme
from courses.curricula.models import LessonPage, ProgrammePage
from courses.curricula.rules import is_half_written
from courses.kit.models import AuditEntry
from courses.organisations.actions import furnish_desk
from courses.organisations.models import FirmPage, SchoolDesk, SchoolPage
from courses.people.models import User
from tests.cast import NOW, Bodies, People, SignIn, prove
from tests.pages import said
from tests.site.two_schools import Desk, schools_index, set_up_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(settings: Any, tmp_path: Any) -> Desk:
    """A school with an editor, a programme and a lesson in draft."""
    settings.MEDIA_ROOT = tmp_path
    return set_up_desk("Zq")


def typed_lesson(lesson: LessonPage, question: dict[str, Any], **more: str) -> dict[str, Any]:
    """Return a lesson's form with one question as somebody types it."""
    options = question.pop("options")
    return nested_form_data(
        {
            "title": lesson.title, "slug": lesson.slug, "summary": "", "minutes": "30",
            "body_language": "fa", "comments": inline_formset([]),
            "body": streamfield([
                ("quiz", {"questions": streamfield_list([{**question, "options": options}])}),
            ]),
            **more,
        }
    )  # fmt: skip


def streamfield_list(questions: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the questions as the form's list of blocks."""
    return listed([question | {"options": listed(question["options"])} for question in questions])


def listed(values: list[Any]) -> dict[str, Any]:
    """Return values as a form's list block sends them."""
    found: dict[str, Any] = {"count": len(values)}
    for number, value in enumerate(values):
        found[str(number)] = {"value": value, "deleted": "", "order": number}
    return found


HALF: list[dict[str, Any]] = [
    {"question": "", "options": ["", ""], "correct": "", "explanation": ""},
    {"question": "کدام؟", "options": ["این"], "correct": "", "explanation": ""},
    {"question": "کدام؟", "options": ["این", "آن"], "correct": "7", "explanation": "چون"},
]


@pytest.mark.parametrize("half", HALF, ids=["empty", "begun", "wrong number"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_half_written_quiz_is_kept_as_a_draft(
    desk: Desk, signed_in: SignIn, half: dict[str, Any], accept: str
) -> None:
    answer = signed_in(desk.editor).post(
        reverse("wagtailadmin_pages:edit", args=[desk.lesson.pk]),
        typed_lesson(desk.lesson, dict(half)), headers={"accept": accept},
    )  # fmt: skip

    assert answer.status_code == (200 if accept.endswith("json") else 302)
    draft = LessonPage.objects.get(pk=desk.lesson.pk).get_latest_revision_as_object()
    question = draft.body[0].value["questions"][0]
    assert (question["question"], question["explanation"]) == (
        half["question"],
        half["explanation"],
    )


@pytest.mark.parametrize("half", HALF, ids=["empty", "begun", "wrong number"])
def test_half_written_quiz_is_not_published_and_says_where(
    desk: Desk, signed_in: SignIn, half: dict[str, Any]
) -> None:
    more = {"action-publish": "action-publish"}
    answer = signed_in(desk.editor).post(
        reverse("wagtailadmin_pages:edit", args=[desk.lesson.pk]),
        typed_lesson(desk.lesson, dict(half), **more),
    )

    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {"body"}
    assert not Page.objects.get(pk=desk.lesson.pk).live


def test_finished_quiz_is_published(desk: Desk, signed_in: SignIn) -> None:
    whole = {"question": "کدام؟", "options": ["این", "آن"], "correct": "۲", "explanation": "چون"}
    answer = signed_in(desk.editor).post(
        reverse("wagtailadmin_pages:edit", args=[desk.lesson.pk]),
        typed_lesson(desk.lesson, whole, **{"action-publish": "action-publish"}),
    )

    assert answer.status_code == 302
    published = LessonPage.objects.get(pk=desk.lesson.pk)
    assert published.live
    assert published.body[0].value["questions"][0]["correct"] == 2


def bulk(client: Client, model: str, action: str, *keys: int, **sent: str) -> Any:
    """Do something to many at once."""
    asked = "&".join(f"id={key}" for key in keys)
    return client.post(f"/admin/bulk/{model}/{action}/?{asked}&next=/admin/", sent, follow=True)


def test_half_written_draft_is_not_published_among_many(desk: Desk, signed_in: SignIn) -> None:
    question = {"question": "", "options": [], "correct": None, "explanation": ""}
    desk.lesson.body = [("quiz", {"questions": [question]})]
    desk.lesson.save_revision()
    client = signed_in(desk.editor)

    alone = bulk(client, "wagtailcore/page", "publish", desk.lesson.pk)
    below = bulk(client, "wagtailcore/page", "publish", desk.programme.pk, include_descendants="on")

    sentence = said("“%(title)s” is not finished yet. Open it and press “Publish” there: "
                    "what is missing is marked.") % {"title": "Zqlessondraft"}  # fmt: skip
    for answer in (alone, below):
        assert answer.status_code == 200
        assert sentence in answer.content.decode()
    assert not Page.objects.filter(pk__in=[desk.lesson.pk, desk.programme.pk], live=True).exists()


def test_whatever_was_sown_is_finished(sown_site: str) -> None:
    pages = Page.objects.live().specific().iterator(chunk_size=50)
    assert [page.title for page in pages if is_half_written(page)] == []


def test_learnt_programme_is_taken_off_the_site_instead_of_deleted(
    desk: Desk, people: People, signed_in: SignIn
) -> None:
    version = freeze_programme(desk.programme, by=None, at=NOW)
    ProgrammePage.objects.filter(pk=desk.programme.pk).update(live=True)
    Page.objects.filter(pk=desk.school_page.pk).update(live=True)
    client = signed_in(people.admin)

    for page in (desk.programme, desk.school_page):
        for method in ("get", "post"):
            answer = getattr(client, method)(reverse("wagtailadmin_pages:delete", args=[page.pk]))
            unpublish = reverse("wagtailadmin_pages:unpublish", args=[page.pk])
            assert (answer.status_code, answer.url) == (302, unpublish)
        assert said("programme versions") in client.get(unpublish).content.decode()
        many = bulk(client, "wagtailcore/page", "delete", page.pk)
        assert said("programme versions") in many.content.decode()
    assert ProgrammePage.objects.get(pk=desk.programme.pk).versions.get() == version


def test_editor_does_not_delete_the_page_her_rights_hang_on(desk: Desk, signed_in: SignIn) -> None:
    # Below a page that has others Wagtail itself refuses; a new school's page has none yet.
    desk.programme.delete()
    client = signed_in(desk.editor)
    sentence = said("“%(title)s” is your school's own page: all you write stands below it. Who "
                    "keeps the site can delete it; you may take it off the site.")  # fmt: skip
    sentence %= {"title": desk.school_page.title}
    path = reverse("wagtailadmin_pages:delete", args=[desk.school_page.pk])

    one = [getattr(client, method)(path, follow=True) for method in ("get", "post")]
    many = bulk(client, "wagtailcore/page", "delete", desk.school_page.pk)

    for answer in (*one, many):
        assert answer.status_code == 200
        assert sentence in unescape(answer.content.decode())
    assert Page.objects.filter(pk=desk.school_page.pk).exists()
    assert (
        client.get(reverse("wagtailadmin_pages:edit", args=[desk.school_page.pk])).status_code
        == 200
    )


def test_draft_nobody_refers_to_is_deleted(desk: Desk, signed_in: SignIn) -> None:
    client = signed_in(desk.editor)
    answer = client.post(reverse("wagtailadmin_pages:delete", args=[desk.lesson.pk]))
    assert answer.status_code == 302
    assert not Page.objects.filter(pk=desk.lesson.pk).exists()


def test_account_the_trail_names_is_put_to_sleep_instead(
    desk: Desk, people: People, signed_in: SignIn
) -> None:
    AuditEntry.objects.create(at=NOW, by=desk.editor, verb="test", object_kind="-", object_id="1")
    client = signed_in(people.admin)

    for method in ("get", "post"):
        path = reverse("wagtailusers_users:delete", args=[desk.editor.pk])
        answer = getattr(client, method)(path, follow=True)
        assert answer.status_code == 200
        assert said("audit trail") in answer.content.decode()
    assert User.objects.filter(pk=desk.editor.pk).exists()


@pytest.mark.parametrize("name", ["wagtailadmin_collections:delete", "wagtailusers_groups:delete"])
def test_desk_of_a_school_stays(desk: Desk, people: People, signed_in: SignIn, name: str) -> None:
    desk.image.delete()
    desk.document.delete()
    key = desk.collection.pk if "collections" in name else desk.group.pk

    answer = signed_in(people.admin).post(reverse(name, args=[key]), follow=True)

    assert answer.status_code == 200
    assert said("editors' desks of schools") in answer.content.decode()
    assert SchoolDesk.objects.get(school=desk.school).group == desk.group


@pytest.mark.parametrize("kind", ["school", "firm"])
def test_page_of_an_organisation_is_made_in_the_admin(
    bodies: Bodies, people: People, signed_in: SignIn, kind: str
) -> None:
    index = schools_index()
    organisation = getattr(bodies, kind)
    path = reverse("wagtailadmin_pages:add", args=["organisations", f"{kind}page", index.pk])
    client = signed_in(people.admin)
    form = {
        "title": "تازه", "slug": "new", "introduction": "null",
        "facilities": streamfield([]), "comments": inline_formset([]),
        "action-publish": "action-publish",
    }  # fmt: skip

    empty = client.post(path, nested_form_data(dict(form)))
    other = bodies.office
    wrong = client.post(path, nested_form_data({**form, "organisation": str(other.pk)}))
    made = client.post(path, nested_form_data({**form, "organisation": str(organisation.pk)}))
    twice = client.post(
        path, nested_form_data({**form, "slug": "two", "organisation": str(organisation.pk)})
    )

    assert client.get(path).status_code == 200
    assert empty.context["form"].errors.keys() == {"organisation"}
    assert wrong.context["form"].errors.keys() == {"organisation"}
    assert made.status_code == 302
    assert twice.context["form"].errors.keys() == {"organisation"}
    model = SchoolPage if kind == "school" else FirmPage
    page = model.objects.get(organisation=organisation)
    assert page.live
    if kind == "school":
        assert people.editor.groups.filter(pk=furnish_desk(organisation).group.pk).exists()
        edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
        own = signed_in(people.editor).get(edit)
        assert [str(one) for one in own.context["form"].fields["organisation"].queryset] == [
            str(organisation)
        ]


def test_no_approval_locks_a_writer_out(desk: Desk, signed_in: SignIn) -> None:
    """Whoever submits a draft for an approval that nobody gives may still write and publish."""
    client = signed_in(desk.editor)
    edit = reverse("wagtailadmin_pages:edit", args=[desk.lesson.pk])
    whole = {"question": "?", "options": ["a", "b"], "correct": "1", "explanation": "-"}

    client.post(edit, typed_lesson(desk.lesson, dict(whole), **{"action-submit": "on"}))
    again = client.post(edit, typed_lesson(desk.lesson, whole, **{"action-publish": "on"}))

    assert again.status_code == 302
    assert Page.objects.get(pk=desk.lesson.pk).live


def test_keeper_who_edits_an_editor_types_no_address(
    desk: Desk, people: People, signed_in: SignIn
) -> None:
    prove(people.editor, email="own@example.test")
    groups = list(people.editor.groups.values_list("pk", flat=True))
    fields = {
        "username": "editor", "first_name": "Leila", "last_name": "Sample", "is_active": "on",
        "email": "anothers@example.test", "groups": groups,
    }  # fmt: skip

    answer = signed_in(people.admin).post(
        reverse("wagtailusers_users:edit", args=[people.editor.pk]), fields
    )

    people.editor.refresh_from_db()
    assert (answer.status_code, people.editor.first_name) == (302, "Leila")
    assert people.editor.proven_email == "own@example.test"


def test_address_typed_with_a_new_editor_is_not_proven(people: People, signed_in: SignIn) -> None:
    fields = {
        "username": "leila", "first_name": "Leila", "last_name": "Sample",
        "email": "leila@example.test",
    }  # fmt: skip

    answer = signed_in(people.admin).post(reverse("wagtailusers_users:add"), fields)

    leila = User.objects.get(username="leila")
    assert (answer.status_code, leila.email, leila.proven_email) == (302, "leila@example.test", "")
