"""Sowing: written once, rewritten where nobody touched it, kept where somebody did."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.utils import translation
from wagtail.models import Locale, Page

from courses.kit import audit
from courses.kit.sowing import VERB, Report, Sower, digest, without_ids
from courses.organisations.models import Kind, Organisation
from courses.skills.models import Occupation, Skill
from javar.pages.models import ArticleIndexPage, ArticlePage
from tests.cast import NOW, body

pytestmark = pytest.mark.django_db


def facts(**changes: Any) -> dict[str, Any]:
    """Return the values of a guild."""
    plain = {
        "kind": Kind.GUILD, "name_fa": "اتحادیه", "name_en": "Guild", "locality_fa": "تبریز",
        "locality_en": "Tabriz", "workers": 3,
    }  # fmt: skip
    return plain | changes


def sow_guild(days: int = 0, **changes: Any) -> tuple[Organisation, Report]:
    """Sow the guild by a sower of its own, as another run of the command would."""
    sower = Sower(at=NOW + timedelta(days=days))
    # A report speaks the language of its program, whoever runs it.
    with translation.override("fa"):
        found = sower.row(Organisation, {"code": "guild"}, facts(**changes))
    return found, sower.report


def counted(report: Report) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Return what a report counted: created, changed, left alone."""
    return dict(report.created), dict(report.changed), dict(report.left)


def marks(obj: Any) -> list[Any]:
    """Return the moments at which an object was sown."""
    return [line.at for line in audit.trail(obj) if line.verb == VERB]


# --- rows


def test_row_is_created_once_and_marked() -> None:
    guild, report = sow_guild()
    assert (guild.code, guild.name_en, guild.workers) == ("guild", "Guild", 3)
    assert counted(report) == ({"organisation": 1}, {}, {})
    assert report.lines() == ["organisation: 1 created, 0 changed, 0 left alone"]
    line = audit.trail(guild).get()
    assert (line.verb, line.by, line.at) == ("sow", None, NOW)
    assert sorted(line.facts) == ["key", "seed", "state"]
    assert line.facts["key"] == "organisations.organisation:guild"


def test_unchanged_seed_leaves_its_row_alone() -> None:
    guild, _report = sow_guild()
    again, report = sow_guild(days=1)
    assert again == guild
    assert counted(report) == ({}, {}, {"organisation": 1})
    assert report.kept == []
    assert marks(guild) == [NOW]


def test_unchanged_seed_leaves_a_touched_row_alone_without_a_word() -> None:
    guild, _report = sow_guild()
    Organisation.objects.filter(pk=guild.pk).update(workers=9)
    again, report = sow_guild()
    assert (again.workers, report.kept) == (9, [])


def test_changed_seed_replaces_an_untouched_row_again_and_again() -> None:
    guild, _report = sow_guild()
    for number in (1, 2):
        again, report = sow_guild(days=number, workers=3 + number)
        assert (again, again.workers) == (guild, 3 + number)
        assert counted(report) == ({}, {"organisation": 1}, {})
    assert marks(guild) == [NOW, NOW + timedelta(days=1), NOW + timedelta(days=2)]
    assert Organisation.objects.count() == 1


def test_row_somebody_touched_is_kept_and_named() -> None:
    guild, _report = sow_guild()
    Organisation.objects.filter(pk=guild.pk).update(name_en="Guild of bags")
    again, report = sow_guild(workers=4)
    guild.refresh_from_db()
    assert (again, guild.name_en, guild.workers) == (guild, "Guild of bags", 3)
    assert counted(report) == ({}, {}, {"organisation": 1})
    assert report.lines() == [
        "organisation: 0 created, 0 changed, 1 left alone",
        "organisation “organisations.organisation:guild”: changed on the site since, left alone",
    ]
    assert marks(guild) == [NOW]


def test_what_a_seed_does_not_speak_of_is_not_touched() -> None:
    guild, _report = sow_guild()
    Organisation.objects.filter(pk=guild.pk).update(yearly_intake=40)
    again, report = sow_guild(workers=4)
    assert (again.workers, again.yearly_intake, report.kept) == (4, 40, [])


def test_row_that_was_deleted_comes_back() -> None:
    guild, _report = sow_guild()
    guild.delete()
    again, report = sow_guild()
    assert counted(report) == ({"organisation": 1}, {}, {})
    assert (Organisation.objects.get(), again.name_en) == (again, "Guild")


def test_row_nobody_sowed_is_taken_over() -> None:
    made = body("guild", Kind.FIRM)
    again, report = sow_guild()
    assert (again, again.kind, counted(report)) == (made, Kind.GUILD, ({}, {"organisation": 1}, {}))


def sow_occupation(skills: list[Model]) -> tuple[Occupation, Report]:
    """Sow an occupation with its skills."""
    sower = Sower(at=NOW)
    values = {"label_fa": "الف", "label_en": "A", "isco08": "7536", "eqf_like_level": 3,
              "minimum_age": 15}  # fmt: skip
    return sower.row(Occupation, {"code": "a"}, values, {"skills": skills}), sower.report


def test_links_of_a_row_are_sown_with_it(skills: dict[str, Skill]) -> None:
    made, _report = sow_occupation([skills["skiving"]])
    assert list(made.skills.all()) == [skills["skiving"]]
    again, report = sow_occupation([skills["folding"], skills["skiving"]])
    assert set(again.skills.all()) == {skills["skiving"], skills["folding"]}
    assert (report.changed["occupation"], report.kept) == (1, [])
    _same, report = sow_occupation([skills["folding"], skills["skiving"]])
    assert (report.left["occupation"], report.kept) == (1, [])


def test_links_somebody_touched_are_kept(skills: dict[str, Skill]) -> None:
    made, _report = sow_occupation([skills["skiving"]])
    made.skills.add(skills["press"])
    _again, report = sow_occupation([skills["folding"]])
    assert set(made.skills.all()) == {skills["skiving"], skills["press"]}
    assert [line.split(":")[0] for line in report.kept] == ["occupation “skills.occupation"]


def test_what_lives_its_own_life_is_made_once() -> None:
    sower = Sower(at=NOW)
    made = sower.once("organisation", None, lambda: body("a", Kind.FIRM))
    assert sower.once("organisation", made, lambda: body("b", Kind.FIRM)) == made
    assert counted(sower.report) == ({"organisation": 1}, {}, {"organisation": 1})
    assert list(Organisation.objects.values_list("code", flat=True)) == ["a"]


# --- pages


@pytest.fixture
def shelf() -> ArticleIndexPage:
    """A place for articles."""
    root = Page.objects.get(depth=1)
    fa = Locale.objects.get(language_code="fa")
    Locale.objects.get_or_create(language_code="en")
    made: ArticleIndexPage = root.add_child(
        instance=ArticleIndexPage(title="مقاله‌ها", slug="shelf", locale=fa)
    )
    made.copy_for_translation(Locale.objects.get(language_code="en"))
    return made


def article(**changes: Any) -> dict[str, Any]:
    """Return the values of an article."""
    plain = {
        "title": "چرم",
        "summary": "خلاصه",
        "body": [
            {"type": "heading", "value": "عنوان"},
            {"type": "steps", "value": [{"title": "", "text": "<p>یک</p>"}]},
        ],
    }
    return plain | changes


def sow_article(
    parent: Page | None, *, publish: bool = True, **changes: Any
) -> tuple[ArticlePage | None, Report]:
    """Sow the article by a sower of its own."""
    sower = Sower(at=NOW)
    found = sower.page(
        ArticlePage, "article:leather", parent, article(**changes), slug="leather", publish=publish
    )
    return found, sower.report


def sow_english(page: Page | None, **changes: Any) -> tuple[ArticlePage | None, Report]:
    """Sow its translation by a sower of its own."""
    sower = Sower(at=NOW)
    found = sower.translation(page, "article:leather", article(title="Leather") | changes)
    return found, sower.report


def sown(page: Page | None) -> ArticlePage:
    """Return a page as it stands in the database."""
    assert page is not None
    found: ArticlePage = ArticlePage.objects.get(pk=page.pk)
    return found


def test_page_is_created_once_and_marked(shelf: ArticleIndexPage) -> None:
    made, report = sow_article(shelf)
    page = sown(made)
    assert (page.title, page.slug, page.live) == ("چرم", "leather", True)
    assert page.get_parent() == shelf.page_ptr
    assert page.locale.language_code == "fa"
    assert [block.block_type for block in page.body] == ["heading", "steps"]
    assert counted(report) == ({"article": 1}, {}, {})
    assert [line.facts["key"] for line in audit.trail(page)] == ["article:leather"]


def test_page_may_be_sown_as_a_draft(shelf: ArticleIndexPage) -> None:
    made, _report = sow_article(shelf, publish=False)
    again, report = sow_article(shelf, publish=False, title="نو")
    assert (sown(made).live, again) == (False, made)
    assert sown(made).get_latest_revision_as_object().title == "نو"
    assert report.changed == {"article": 1}
    _third, report = sow_article(shelf, publish=False, title="نوتر")
    assert (report.changed, report.kept) == ({"article": 1}, [])
    english, _report = sow_english(made)
    assert sown(english).live is False


def test_unchanged_seed_leaves_its_page_alone(shelf: ArticleIndexPage) -> None:
    made, _report = sow_article(shelf)
    again, report = sow_article(shelf)
    assert (again, counted(report)) == (made, ({}, {}, {"article": 1}))
    assert (sown(made).revisions.count(), marks(made)) == (0, [NOW])


def test_changed_seed_replaces_an_untouched_page_with_a_revision(shelf: ArticleIndexPage) -> None:
    made, _report = sow_article(shelf)
    for number, title in enumerate(("چرم نو", "چرم نوتر"), start=1):
        again, report = sow_article(shelf, title=title, body=[{"type": "text", "value": title}])
        page = sown(made)
        assert (again, page.title, page.live, page.has_unpublished_changes) == (
            made,
            title,
            True,
            False,
        )
        assert [block.block_type for block in page.body] == ["text"]
        assert counted(report) == ({}, {"article": 1}, {})
        assert (page.revisions.count(), len(marks(page))) == (number, number + 1)


@pytest.mark.parametrize("published", [True, False], ids=["published", "draft"])
@pytest.mark.parametrize(
    "change",
    [{"title": "عنوان ویراستار"}, {"body": [("heading", "عنوان ویراستار")]}],
    ids=["title", "body"],
)
def test_page_an_editor_changed_is_kept_and_named(
    shelf: ArticleIndexPage, change: dict[str, Any], published: bool
) -> None:
    made, _report = sow_article(shelf)
    page = sown(made)
    for name, value in change.items():
        setattr(page, name, value)
    revision = page.save_revision()
    if published:
        revision.publish()
    _again, report = sow_article(shelf, summary="خلاصهٔ نو")
    page = sown(made)
    newest = page.get_latest_revision_as_object()
    assert (page.summary, newest.summary) == ("خلاصه", "خلاصه")
    assert "عنوان ویراستار" in (newest.title, newest.body[0].value)
    assert (page.title == "چرم" and page.body[0].value == "عنوان") is not published
    assert counted(report) == ({}, {}, {"article": 1})
    assert report.kept == ["article “article:leather”: changed on the site since, left alone"]
    assert marks(page) == [NOW]


def test_page_saved_in_the_editor_without_a_change_is_still_replaced(
    shelf: ArticleIndexPage,
) -> None:
    made, _report = sow_article(shelf)
    sown(made).save_revision().publish()
    _again, report = sow_article(shelf, title="چرم نو")
    assert (sown(made).title, report.kept) == ("چرم نو", [])


def test_page_that_was_moved_or_renamed_is_still_found(shelf: ArticleIndexPage) -> None:
    made, _report = sow_article(shelf)
    page = sown(made)
    page.slug = "hide"
    page.save()
    again, report = sow_article(shelf, title="چرم نو")
    assert (again, sown(made).slug, ArticlePage.objects.count()) == (made, "hide", 1)
    assert report.changed == {"article": 1}


def test_deleted_page_stays_deleted(shelf: ArticleIndexPage) -> None:
    made, _report = sow_article(shelf)
    english, _report = sow_english(made)
    sown(made).delete()
    sown(english).delete()
    for title in ("چرم", "چرم نو"):
        again, report = sow_article(shelf, title=title)
        assert (again, counted(report)) == (None, ({}, {}, {}))
        assert report.lines() == [f"page “{title}”: deleted on the site, left so"]
        assert sow_english(again)[0] is None
    assert ArticlePage.objects.count() == 0


def test_nothing_is_sown_below_what_was_deleted() -> None:
    found, report = sow_article(None)
    assert (found, report.lines()) == (None, [])
    found, report = sow_english(None)
    assert (found, report.lines()) == (None, [])


def test_translation_follows_its_page(shelf: ArticleIndexPage) -> None:
    made, _report = sow_article(shelf)
    english, report = sow_english(made)
    page = sown(english)
    assert (page.title, page.live, page.locale.language_code) == ("Leather", True, "en")
    assert page.translation_key == sown(made).translation_key
    assert (page.has_unpublished_changes, page.latest_revision) == (False, None)
    assert counted(report) == ({"article": 1}, {}, {})
    again, report = sow_english(made)
    assert (again, counted(report)) == (page, ({}, {}, {"article": 1}))
    _again, report = sow_english(made, title="Hides")
    assert (sown(english).title, counted(report)) == ("Hides", ({}, {"article": 1}, {}))
    assert sown(made).title == "چرم"


def test_translation_an_editor_changed_is_kept(shelf: ArticleIndexPage) -> None:
    made, _report = sow_article(shelf)
    english, _report = sow_english(made)
    page = sown(english)
    page.title = "Edited"
    page.save_revision()
    _again, report = sow_english(made, title="Hides")
    assert sown(english).title == "Leather"
    assert sown(english).get_latest_revision_as_object().title == "Edited"
    assert report.kept == ["article “article:leather@en”: changed on the site since, left alone"]


def test_deleted_translation_stays_deleted(shelf: ArticleIndexPage) -> None:
    made, _report = sow_article(shelf)
    english, _report = sow_english(made)
    sown(english).delete()
    again, report = sow_english(made)
    assert (again, report.kept) == (None, ["page “Leather”: deleted on the site, left so"])
    assert sown(made).live is True


# --- hashes


def test_digest_does_not_ask_for_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})
    assert digest({"a": [1, 2]}) != digest({"a": [2, 1]})
    assert len(digest("کفش")) == 64


def test_ids_of_blocks_do_not_count() -> None:
    value = [{"id": "x", "type": "steps", "value": [{"id": "y", "value": {"n": 1}}]}]
    assert without_ids(value) == [{"type": "steps", "value": [{"value": {"n": 1}}]}]
