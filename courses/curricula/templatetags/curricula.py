"""Programmes, on the pages of the site."""

from typing import Any

from django import template
from wagtail.models import Page

from courses.curricula import queries
from courses.curricula.models import LessonPage, Level, ModulePage, ProgrammePage

register = template.Library()


@register.simple_tag(takes_context=True)
def programmes_asked_for(context: Any, page: Page) -> dict[str, Any]:
    """Return what the index shows: `q` searches, `level` filters."""
    asked = context["request"].GET.get("q", "")[:100].strip()
    level = context["request"].GET.get("level", "")
    level = level if level in Level.values else ""
    return {
        "asked": asked,
        "level": level,
        "levels": Level.choices,
        "programmes": queries.public_programmes(page.locale_id, asked=asked, level=level),
    }


@register.simple_tag
def programmes_in(page: Page) -> list[ProgrammePage]:
    """Return the live programmes in a page's language."""
    return queries.public_programmes(page.locale_id)


@register.simple_tag
def programmes_below(page: Page) -> Any:
    """Return the live programmes that stand directly below a page: a school's own."""
    return ProgrammePage.objects.child_of(page).live().order_by("path")


@register.simple_tag
def modules_of(programme: ProgrammePage) -> Any:
    """Return a programme's live modules."""
    return queries.outline_of(programme)


@register.simple_tag
def lessons_of(module: ModulePage) -> Any:
    """Return a module's live lessons."""
    return LessonPage.objects.child_of(module).live().order_by("path")
