"""Pages of the site at large.

`HomePage` is the front door; `ArticlePage` is anything worth reading that is not a programme;
`ArticleIndexPage` lists them.
"""

from typing import Any, ClassVar

from django.db import models
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.panels import FieldPanel
from wagtail.blocks import StreamBlock
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.url_routing import RouteResult

from courses.curricula.models import ProgrammeIndexPage
from courses.kit.blocks import (
    FigureBlock,
    FormulaBlock,
    HeadingBlock,
    SafetyCardBlock,
    StepsBlock,
    TableBlock,
    TextBlock,
)
from courses.kit.pages import SIGNED_IN_ONLY, OwnThingsForm
from courses.organisations.models import OrganisationIndexPage


class ArticleBody(StreamBlock):
    """What an article is made of."""

    heading = HeadingBlock()
    text = TextBlock()
    steps = StepsBlock()
    table = TableBlock()
    figure = FigureBlock()
    formula = FormulaBlock()
    safety_card = SafetyCardBlock()


class ArticlePage(Page):
    """A text."""

    summary = models.CharField(_("summary"), max_length=300, blank=True)
    body = StreamField(ArticleBody(), verbose_name=_("body"))

    template = "pages/article_page.html"
    private_page_options = SIGNED_IN_ONLY
    base_form_class = OwnThingsForm
    content_panels: ClassVar[list[Any]] = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("body"),
    ]
    subpage_types: ClassVar[list[Any]] = []

    class Meta:
        verbose_name = pgettext_lazy("a page", "article")
        verbose_name_plural = _("articles")


class ArticleIndexPage(Page):
    """Lists articles."""

    template = "pages/article_index_page.html"
    private_page_options = SIGNED_IN_ONLY
    base_form_class = OwnThingsForm
    subpage_types: ClassVar[list[Any]] = [ArticlePage]

    class Meta:
        verbose_name = _("list of articles")
        verbose_name_plural = _("lists of articles")


class HomePage(Page):
    """The front door."""

    eyebrow = models.CharField(_("line above the heading"), max_length=120)
    heading = models.CharField(_("heading"), max_length=160)
    lead = models.TextField(_("opening sentence"))

    template = "pages/home_page.html"
    private_page_options = SIGNED_IN_ONLY
    base_form_class = OwnThingsForm
    content_panels: ClassVar[list[Any]] = [
        *Page.content_panels,
        FieldPanel("eyebrow"),
        FieldPanel("heading"),
        FieldPanel("lead"),
    ]
    parent_page_types: ClassVar[list[Any]] = ["wagtailcore.Page"]
    subpage_types: ClassVar[list[Any]] = [
        ProgrammeIndexPage,
        OrganisationIndexPage,
        ArticleIndexPage,
        ArticlePage,
    ]

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Find a page below by its whole path: two queries instead of two a level.

        Pages of this site are found by their slugs alone. The way to the page is kept on it as
        `trail`, for its crumbs.
        """
        if not path_components:
            return super().route(request, path_components)
        parts = [self.url_path]
        for component in path_components:
            parts.append(f"{parts[-1]}{component}/")
        found = {page.url_path: page for page in Page.objects.filter(url_path__in=parts)}
        page = found.get(parts[-1])
        if page is None or not page.live:
            raise Http404
        model = page.specific_class
        joined = getattr(model, "joined_when_served", ())
        served = model._default_manager.select_related(*joined).get(pk=page.pk)
        served.trail = [found[part] for part in parts[:-1]]
        return RouteResult(served)


# Lower rooms cannot name the home page: where their indexes may stand is said here.
ArticlePage.parent_page_types = [ArticleIndexPage, HomePage]
ArticleIndexPage.parent_page_types = [HomePage]
ProgrammeIndexPage.parent_page_types = [HomePage]
OrganisationIndexPage.parent_page_types = [HomePage]
