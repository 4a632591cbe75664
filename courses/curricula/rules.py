"""What a programme must fulfil before it may be published."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail.fields import StreamField
from wagtail.models import Page

from courses.curricula.models import ModulePage, ProgrammePage

KINDS = {
    "hours_theory": _("theory"),
    "hours_practice": _("practice"),
    "hours_workplace": _("at the workplace"),
}


@dataclass(frozen=True)
class HoursDiffer:
    """The modules' hours of one kind do not sum to the programme's."""

    kind: str
    programme: int
    modules: int


def hours_that_differ(programme: ProgrammePage) -> list[HoursDiffer]:
    """Return the kinds of hours in which programme and live modules disagree.

    A programme without modules is being begun and may be published as an announcement.
    """
    modules = list(ModulePage.objects.child_of(programme).live())
    if not modules:
        return []
    return [
        HoursDiffer(kind, getattr(programme, kind), total)
        for kind in KINDS
        if (total := sum(getattr(module, kind) for module in modules)) != getattr(programme, kind)
    ]


def is_half_written(page: Page) -> bool:
    """Tell whether a draft still lacks what its blocks need, or says what they refuse."""
    for field in page._meta.get_fields():
        if isinstance(field, StreamField):
            try:
                field.stream_block.clean(getattr(page, field.name))
            except ValidationError:
                return True
    return False
