"""The room as a Django app."""

from django.utils.translation import gettext_lazy as _

from courses.kit import rooms


class CurriculaConfig(rooms.Room):
    """Programmes, modules and lessons as pages; their frozen versions."""

    name = "courses.curricula"
    label = "curricula"
    verbose_name = _("curricula")
    next_steps = "next_steps.next_steps"
    search = (rooms.SearchSource(_("Programmes"), "queries.search_results", rank=10),)
