"""The room as a Django app."""

from django.utils.translation import gettext_lazy as _

from courses.kit import rooms


class VacanciesConfig(rooms.Room):
    """Apprenticeship vacancies of firms."""

    name = "courses.vacancies"
    label = "vacancies"
    verbose_name = _("vacancies")
    next_steps = "next_steps.next_steps"
    navigation = (rooms.NavEntry("vacancies:vacancy_list", _("Apprenticeships"), "briefcase"),)
    search = (rooms.SearchSource(_("Apprenticeships"), "queries.search_results", rank=20),)
