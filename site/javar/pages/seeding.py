"""Sowing the front door, the index pages and the articles: `pages/`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wagtail.models import Locale, Page, Site

from courses.curricula.models import ProgrammeIndexPage
from courses.kit.markdown_blocks import blocks_of
from courses.kit.seedfile import SeedError, Words, read_map, read_markdown
from courses.kit.sowing import Sower
from courses.organisations.models import Kind, OrganisationIndexPage
from javar.pages.models import ArticleIndexPage, ArticlePage, HomePage

LANGUAGES = ("fa", "en")


@dataclass(frozen=True)
class Frame:
    """What the files say, checked: pages by name, articles by slug and language."""

    pages: dict[str, dict[str, Words]]
    articles: dict[str, dict[str, dict[str, Any]]]


@dataclass(frozen=True)
class Indexes:
    """The sown index pages; None where somebody deleted one."""

    programmes: ProgrammeIndexPage | None
    schools: OrganisationIndexPage | None
    firms: OrganisationIndexPage | None


def read_frame(seeds: Path) -> Frame:
    """Read the files; raise SeedError at the first mistake."""
    whole = read_map(seeds / "pages" / "home.yaml")
    shapes = {
        "home": ("title", "eyebrow", "heading", "lead"),
        "programmes": ("title", "about"),
        "schools": ("title", "about"),
        "firms": ("title", "about"),
        "articles": ("title",),
    }
    pages = {}
    for name, keys in shapes.items():
        entry = whole.map(name)
        pages[name] = {key: entry.words(key) for key in keys}
        entry.done()
    whole.done()
    return Frame(pages, _articles(seeds / "pages" / "articles"))


def _articles(folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.md")):
        slug, _dot, language = path.stem.rpartition(".")
        if language not in LANGUAGES:
            raise SeedError(path, 1, "an article's file ends in .fa.md or .en.md")
        head, text, shift = read_markdown(path)
        found.setdefault(slug, {})[language] = {
            "order": head.number("order", least=1),
            "title": head.text("title"),
            "summary": head.text("summary"),
            "body": blocks_of(path, text, shift=shift),
        }
        head.done()
    for slug, languages in found.items():
        if "fa" not in languages:
            raise SeedError(folder / f"{slug}.fa.md", 1, "the Persian article is missing")
    return dict(sorted(found.items(), key=lambda item: item[1]["fa"]["order"]))


def sow_frame(frame: Frame, sower: Sower) -> Indexes:
    """Write home and index pages and the articles; make home the site's root."""
    for language in LANGUAGES:
        Locale.objects.get_or_create(language_code=language)
    home = _pair(sower, HomePage, "home", _root(), frame.pages["home"], slug="javar")
    if home is not None:
        _make_root(home)
    indexes = Indexes(
        _index(sower, ProgrammeIndexPage, "programmes", home, frame),
        _index(sower, OrganisationIndexPage, "schools", home, frame, kind=Kind.SCHOOL),
        _index(sower, OrganisationIndexPage, "firms", home, frame, kind=Kind.FIRM),
    )
    articles = _pair(
        sower, ArticleIndexPage, "articles", home, frame.pages["articles"], slug="articles"
    )
    for slug, languages in frame.articles.items():
        values = {
            language: {name: value for name, value in article.items() if name != "order"}
            for language, article in languages.items()
        }
        page = sower.page(ArticlePage, f"article:{slug}", articles, values["fa"], slug=slug)
        if "en" in values:
            sower.translation(page, f"article:{slug}", values["en"])
    return indexes


def _root() -> Page:
    root = Page.objects.get(depth=1)
    root.locale = Locale.objects.get(language_code="fa")
    return root


def _pair(
    sower: Sower, model: type[Page], name: str, parent: Page | None, words: dict[str, Words],
    *, slug: str, **same: Any,
) -> Any:  # fmt: skip
    """Sow a page and its translation from texts in both languages."""

    def values(language: str) -> dict[str, Any]:
        return {key: getattr(text, language) for key, text in words.items()} | same

    page = sower.page(model, name, parent, values("fa"), slug=slug)
    sower.translation(page, name, values("en"))
    return page


def _index(
    sower: Sower, model: type[Page], name: str, home: Page | None, frame: Frame, **same: Any
) -> Any:
    words = {"title": frame.pages[name]["title"], "introduction": frame.pages[name]["about"]}
    return _pair(sower, model, f"index:{name}", home, words, slug=name, **same)


def _make_root(home: HomePage) -> None:
    """Let the default site begin at home, and drop Wagtail's welcome page."""
    site, _created = Site.objects.get_or_create(
        is_default_site=True, defaults={"hostname": "localhost", "root_page": home}
    )
    if site.root_page.specific_class is Page:
        welcome = site.root_page
        site.root_page = home
        site.site_name = "جوار"
        site.save()
        welcome.specific.delete()
