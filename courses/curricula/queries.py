"""Finding programmes and reading their versions."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from wagtail.models import Locale

from courses.curricula.models import (
    LessonPage,
    ModulePage,
    ProgrammePage,
    ProgrammeVersion,
)
from courses.kit.persian import matches
from courses.kit.rights import where_may
from courses.kit.rooms import SearchResult
from courses.organisations.models import SchoolPage
from courses.people.models import User


def public_programmes(locale_id: int, *, asked: str = "", level: str = "") -> list[ProgrammePage]:
    """Return live programmes of a language (its locale's key), in the tree's order.

    `asked` must begin words of title, summary or code, in any spelling of the same letters.
    """
    programmes = ProgrammePage.objects.live().public().filter(locale_id=locale_id).order_by("path")
    if level:
        programmes = programmes.filter(level=level)
    return [page for page in programmes if not asked or matches(asked, page.search_text)]


def search_results(asked: str, at: datetime) -> list[SearchResult]:
    """Return what the search box finds here, in the language of the page."""
    programmes = public_programmes(Locale.get_active().pk, asked=asked)
    return [SearchResult(programme.title, programme.url) for programme in programmes]


def modules_of(programme: ProgrammePage) -> list[ModulePage]:
    """Return the live modules in order with their skills and live lessons; three queries."""
    modules = list(
        ModulePage.objects.child_of(programme)
        .live()
        .order_by("path")
        .prefetch_related(Prefetch("skills"))
    )
    lessons: dict[str, list[LessonPage]] = {}
    for lesson in LessonPage.objects.descendant_of(programme).live().order_by("path"):
        lessons.setdefault(lesson.path[: -lesson.steplen], []).append(lesson)
    for module in modules:
        module.live_lessons = lessons.get(module.path, [])
    return modules


def outline_of(programme: ProgrammePage) -> QuerySet[ModulePage]:
    """Return the live modules in order, for a table of hours."""
    return ModulePage.objects.child_of(programme).live().order_by("path")


def latest_version(programme: ProgrammePage) -> ProgrammeVersion | None:
    """Return the newest frozen version of a (Persian) programme."""
    return programme.versions.order_by("-number").first()


def newest_versions() -> QuerySet[ProgrammeVersion]:
    """Return the newest version of every programme that has one."""
    newer = ProgrammeVersion.objects.filter(
        programme=OuterRef("programme"), number__gt=OuterRef("number")
    )
    return ProgrammeVersion.objects.filter(~Exists(newer))


def editable_school_pages(user: User) -> QuerySet[SchoolPage]:
    """Return the Persian pages of the schools where a person is editor."""
    return SchoolPage.objects.filter(
        locale__language_code="fa", organisation__in=where_may(user, "curricula.write")
    ).select_related("organisation")
