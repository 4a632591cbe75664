"""Programmes frozen into versions, by the action and by publishing in the editor."""

import hashlib
import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation
from wagtail.models import Locale, Page
from wagtail.test.utils.form_data import nested_form_data

from courses.curricula import queries
from courses.curricula.actions import (
    HoursDoNotSum,
    NotTheSource,
    canonical,
    freeze_programme,
    must_sum,
    snapshot_of,
)
from courses.curricula.blocks import LessonBody
from courses.curricula.models import (
    LessonPage,
    ModulePage,
    ProgrammePage,
    ProgrammeVersion,
    school_of,
)
from courses.curricula.rules import HoursDiffer, hours_that_differ
from courses.kit import audit
from courses.organisations.actions import end_role, furnish_desk
from courses.organisations.models import (
    Kind,
    Organisation,
    OrganisationIndexPage,
    Role,
    SchoolPage,
)
from courses.organisations.queries import memberships_of
from courses.skills.models import Occupation, Skill
from tests.cast import NOW, QUESTION, Bodies, People, SignIn, make_programme

pytestmark = pytest.mark.django_db


def again(programme: ProgrammePage) -> ProgrammePage:
    """Return a programme as it stands in the database."""
    return ProgrammePage.objects.get(pk=programme.pk)


def first_lesson(programme: ProgrammePage) -> LessonPage:
    """Return the first lesson of a programme."""
    found = LessonPage.objects.descendant_of(programme).order_by("path").first()
    assert found is not None
    return found


def only_module(programme: ProgrammePage) -> ModulePage:
    """Return the module of a programme."""
    return ModulePage.objects.child_of(programme).get()


def english() -> Locale:
    """Return the English language of pages."""
    return Locale.objects.get_or_create(language_code="en")[0]


# --- freezing


def test_freeze_makes_the_first_version(programme: ProgrammePage, people: People) -> None:
    version = freeze_programme(programme, by=people.editor, at=NOW)
    kept = ProgrammeVersion.objects.get()
    assert (kept, kept.programme, kept.number) == (version, programme, 1)
    assert (kept.made_by, kept.made_at, kept.title) == (people.editor, NOW, programme.title)
    assert str(kept) == f"{programme.title} – 1"
    line = audit.trail(version).get()
    assert (line.verb, line.by, line.at, line.facts) == (
        "freeze_programme",
        people.editor,
        NOW,
        {"number": 1, "sha256": version.sha256},
    )


def test_same_content_is_the_same_version(programme: ProgrammePage) -> None:
    first = freeze_programme(programme, by=None, at=NOW)
    lesson = first_lesson(programme)
    lesson.save_revision().publish()
    second = freeze_programme(again(programme), by=None, at=NOW + timedelta(days=1))
    assert (second, second.made_at) == (first, NOW)
    assert (ProgrammeVersion.objects.count(), audit.trail(first).count()) == (1, 1)


def change_title(programme: ProgrammePage) -> None:
    """Name the programme otherwise."""
    programme.title = "نام نو"
    programme.save()


def change_lesson(programme: ProgrammePage) -> None:
    """Write another heading into the first lesson."""
    lesson = first_lesson(programme)
    lesson.body = [("heading", "نو"), ("quiz", {"questions": [QUESTION]})]
    lesson.save()


def unpublish_lesson(programme: ProgrammePage) -> None:
    """Take the first lesson back."""
    first_lesson(programme).unpublish()


def reorder_lessons(programme: ProgrammePage) -> None:
    """Put the first lesson last."""
    first_lesson(programme).move(only_module(programme), pos="last-child")


def change_outcomes(programme: ProgrammePage) -> None:
    """Promise one more thing."""
    module = only_module(programme)
    module.outcomes = [("line", "می‌برد")]
    module.save()


@pytest.mark.parametrize(
    "change", [change_title, change_lesson, unpublish_lesson, reorder_lessons, change_outcomes]
)
def test_changed_content_is_the_next_version(programme: ProgrammePage, change: Any) -> None:
    first = freeze_programme(programme, by=None, at=NOW)
    before = canonical(first.snapshot)
    change(again(programme))
    second = freeze_programme(again(programme), by=None, at=NOW + timedelta(days=1))
    assert (second.number, second.made_at) == (2, NOW + timedelta(days=1))
    assert second.sha256 != first.sha256
    first.refresh_from_db()
    assert (canonical(first.snapshot), first.number) == (before, 1)
    assert [line.facts["number"] for line in audit.trail(second)] == [2]


def test_returning_to_an_older_text_is_a_version_of_its_own(programme: ProgrammePage) -> None:
    first = freeze_programme(programme, by=None, at=NOW)
    old = programme.title
    for title in ("نام نو", old):
        page = again(programme)
        page.title = title
        page.save()
        freeze_programme(page, by=None, at=NOW)
    numbers = programme.versions.values_list("number", "sha256")
    assert [number for number, _sha in numbers] == [1, 2, 3]
    assert numbers[2][1] == first.sha256


def test_what_nobody_reads_makes_no_version(programme: ProgrammePage) -> None:
    first = freeze_programme(programme, by=None, at=NOW)
    page = again(programme)
    page.slug = "elsewhere"
    page.save()
    draft = first_lesson(programme)
    draft.title = "پیش‌نویس"
    draft.save_revision()
    assert freeze_programme(again(programme), by=None, at=NOW) == first


# --- hours


def test_hours_must_sum(programme: ProgrammePage) -> None:
    programme.hours_practice = 21
    programme.hours_workplace = 8
    programme.save()
    assert hours_that_differ(programme) == [
        HoursDiffer("hours_practice", 21, 20),
        HoursDiffer("hours_workplace", 8, 0),
    ]
    with translation.override("en"), pytest.raises(HoursDoNotSum) as caught:
        freeze_programme(programme, by=None, at=NOW)
    assert "practice: 20 ≠ 21، at the workplace: 0 ≠ 8" in str(caught.value)
    assert ProgrammeVersion.objects.count() == 0
    assert programme.hours_total == 39


def test_a_module_that_is_not_live_does_not_count(programme: ProgrammePage) -> None:
    programme.add_child(
        instance=ModulePage(
            title="دوم", slug="m2", code="m2", number=2, hours_theory=99, live=False,
            locale=programme.locale,
        )
    )  # fmt: skip
    must_sum(programme)
    assert [module["number"] for module in snapshot_of(programme)["modules"]] == [1]


def test_a_programme_without_modules_is_an_announcement(programme: ProgrammePage) -> None:
    only_module(programme).delete()
    page = again(programme)
    assert hours_that_differ(page) == []
    assert freeze_programme(page, by=None, at=NOW).lessons == []


def test_only_the_persian_programme_is_frozen(programme: ProgrammePage) -> None:
    index = programme.get_parent().specific
    index.copy_for_translation(english())
    translated = programme.copy_for_translation(english())
    with pytest.raises(NotTheSource):
        freeze_programme(translated, by=None, at=NOW)
    translated.save_revision().publish()
    assert ProgrammeVersion.objects.count() == 0


# --- immutable


def test_a_version_is_never_changed(version: ProgrammeVersion) -> None:
    for attempt in (version.save, version.delete):
        with pytest.raises(TypeError):
            attempt()
    assert ProgrammeVersion.objects.get() == version


def test_a_version_is_never_changed_in_bulk(version: ProgrammeVersion) -> None:
    for attempt in (
        lambda: ProgrammeVersion.objects.update(number=9),
        lambda: ProgrammeVersion.objects.filter(pk=version.pk).delete(),
        lambda: ProgrammeVersion.objects.bulk_update([version], ["number"]),
    ):
        with pytest.raises(TypeError), transaction.atomic():
            attempt()
    assert list(ProgrammeVersion.objects.values_list("number", flat=True)) == [1]


def test_a_version_number_is_used_once(version: ProgrammeVersion) -> None:
    for number in (1, 0):
        with pytest.raises(IntegrityError), transaction.atomic():
            ProgrammeVersion.objects.create(
                programme=version.programme, number=number, snapshot={}, sha256="", made_at=NOW
            )


# --- snapshots


def test_snapshot_says_all_a_student_reads(
    programme: ProgrammePage, skills: dict[str, Skill], occupation: Occupation
) -> None:
    page = again(programme)
    page.occupations = [occupation]
    page.save()
    module = only_module(programme)
    module.skills = [skills["skiving"]]
    module.safety = [("line", "دستکش")]
    module.save()
    lesson = first_lesson(programme)
    LessonPage.objects.exclude(pk=lesson.pk).get().delete()
    assert snapshot_of(again(programme)) == {
        "schema": 1,
        "code": "pattern",
        "title": "الگوسازی pattern",
        "summary": "خلاصه",
        "level": "continuing",
        "hours": {"theory": 10, "practice": 20, "workplace": 0},
        "minimum_age": 15,
        "prerequisites": "",
        "pass_mark": 12,
        "occupations": ["closer"],
        "modules": [
            {
                "code": "pattern-m1",
                "number": 1,
                "title": "پودمان",
                "hours": {"theory": 10, "practice": 20, "workplace": 0},
                "outcomes": [],
                "criteria": [],
                "equipment": [],
                "safety": ["دستکش"],
                "under_18": "hands-on-supervised",
                "skills": ["skiving"],
                "lessons": [
                    {
                        "key": str(lesson.translation_key),
                        "slug": "lesson-1",
                        "title": "درس 1",
                        "minutes": 30,
                        "body": [
                            {"type": "heading", "value": "عنوان"},
                            {"type": "quiz", "value": {"questions": [QUESTION] * 5}},
                        ],
                    }
                ],
            }
        ],
    }


EVERY_BLOCK: list[tuple[str, Any]] = [
    ("heading", "عنوان"),
    ("text", "<p>متن</p>"),
    ("steps", [{"title": "", "text": "<p>یک</p>"}, {"title": "", "text": "<p>دو</p>"}]),
    ("table", {"caption": "ج", "head": ["a", "b"], "rows": [["<p>1</p>", "<p>2</p>"]]}),
    ("figure", {"image": None, "drawing": "last-side", "alt": "قالب", "caption": ""}),
    ("formula", {"expression": "a = b", "note": ""}),
    ("safety_card", {"hazard": "چاقو", "control": "<p>دستکش</p>", "under_18": "free"}),
    ("quiz", {"questions": [QUESTION, QUESTION | {"correct": 1}]}),
]


def test_snapshot_has_no_ids_of_blocks(programme: ProgrammePage) -> None:
    plain = [{"type": kind, "value": value} for kind, value in EVERY_BLOCK]
    lesson = first_lesson(programme)
    hashes = set()
    for _time in range(2):
        lesson.body = json.dumps(plain)
        lesson.save()
        snapshot = snapshot_of(again(programme))
        assert snapshot["modules"][0]["lessons"][0]["body"] == plain
        hashes.add(hashlib.sha256(canonical(snapshot)).hexdigest())
    assert len(hashes) == 1


def test_snapshot_comes_back_from_the_database_with_its_hash(version: ProgrammeVersion) -> None:
    kept = ProgrammeVersion.objects.get()
    assert hashlib.sha256(canonical(kept.snapshot)).hexdigest() == kept.sha256 == version.sha256


def test_canonical_bytes_are_sorted_and_close() -> None:
    assert canonical({"b": [1, {"d": None, "c": "کفش"}], "a": True}) == (
        '{"a":true,"b":[1,{"c":"کفش","d":null}]}'.encode()
    )


def test_lessons_of_a_version_are_found_by_their_key(
    version: ProgrammeVersion, programme: ProgrammePage
) -> None:
    key = str(first_lesson(programme).translation_key)
    assert [lesson["title"] for lesson in version.lessons] == ["درس 1", "درس 2"]
    found = queries.lesson_in(version, key)
    assert found is not None
    assert found["module"] == {"code": "pattern-m1", "number": 1, "title": "پودمان"}
    assert queries.quiz_of(found) == [QUESTION] * 5
    assert queries.lesson_in(version, "another") is None


def test_a_quiz_needs_its_right_answer_among_its_answers() -> None:
    body = LessonBody()
    for correct, right in ((2, True), (3, False), (0, False)):
        value = body.to_python(
            [{"type": "quiz", "value": {"questions": [QUESTION | {"correct": correct}]}}]
        )
        if right:
            body.clean(value)
        else:
            with pytest.raises(ValidationError):
                body.clean(value)


# --- finding


def test_newest_versions_are_one_a_programme(programme: ProgrammePage) -> None:
    other = freeze_programme(
        make_programme("soles", parent=programme.get_parent().specific), by=None, at=NOW
    )
    freeze_programme(programme, by=None, at=NOW)
    change_title(again(programme))
    second = freeze_programme(again(programme), by=None, at=NOW)
    assert set(queries.newest_versions()) == {other, second}
    assert queries.latest_version(programme) == second
    assert queries.latest_version(make_programme("none", parent=programme.get_parent())) is None


def test_programmes_are_found_by_level_and_words(programme: ProgrammePage) -> None:
    parent = programme.get_parent().specific
    make_programme("draft", parent=parent, live=False)
    bags = make_programme("bags", parent=parent)
    bags.level = "induction"
    bags.summary = "كيف‌دوزى و کار با چرم"
    bags.save()
    fa = programme.locale_id

    def asked(text: str = "", level: str = "") -> list[str]:
        return [page.code for page in queries.public_programmes(fa, asked=text, level=level)]

    assert asked() == ["pattern", "bags"]
    assert asked(level="induction") == ["bags"]
    assert (asked("کیف دوزی"), asked("کیفدوزی"), asked("pattern")) == (
        ["bags"],
        ["bags"],
        ["pattern"],
    )
    assert (asked("بتن"), queries.public_programmes(english().pk)) == ([], [])
    assert [page.code for page in queries.outline_of(programme)] == ["pattern-m1"]


# --- publishing in the editor


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
    titles = ours.versions.values_list("number", "snapshot__title")
    assert list(titles) == [(1, "دوخت کیف"), (2, "دوخت کیف چرمی")]


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
    assert (made.live, school_of(made), made.owner) == (True, bodies.school, people.editor)
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
                assert answer.status_code == HTTPStatus.FOUND, (name, target)
                assert answer["Location"] == reverse("wagtailadmin_home")
        target.refresh_from_db()
        assert (ProgrammePage.objects.count(), target.title) == before
    address = reverse(
        "wagtailadmin_pages:add", args=["curricula", "programmepage", theirs.get_parent().pk]
    )
    data = form(ours, verb=PUBLISH, code="new", slug="new")
    assert client.post(address, data).status_code == HTTPStatus.FOUND
    assert ProgrammePage.objects.filter(code="new").count() == 0
    assert edit(client, theirs, verb=PUBLISH, title="x").status_code == HTTPStatus.FOUND
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


def test_school_of_a_programme_is_the_one_above_it(
    ours: ProgrammePage, bodies: Bodies, programme: ProgrammePage
) -> None:
    assert (school_of(ours), school_of(programme)) == (bodies.school, None)


def test_my_page_leads_the_editor_to_the_schools_programmes(
    ours: ProgrammePage, people: People
) -> None:
    parent = ours.get_parent()
    assert [step.path for step in queries.next_steps(people.editor, NOW)] == [
        reverse("wagtailadmin_explore", args=[parent.pk])
    ]
    assert list(queries.editable_school_pages(people.editor)) == [parent.specific]
    for user in (people.teacher, people.onlooker, people.stranger, AnonymousUser()):
        assert queries.next_steps(user, NOW) == []
    assert memberships_of(people.editor).get().role == Role.EDITOR
