"""A programme as it stands, its parts, and a change to it."""

from wagtail.models import Locale

from courses.curricula.models import LessonPage, ModulePage, ProgrammePage


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


def change_title(programme: ProgrammePage) -> None:
    """Name the programme otherwise."""
    programme.title = "نام نو"
    programme.save()
