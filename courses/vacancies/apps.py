"""The room as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VacanciesConfig(AppConfig):
    """Apprenticeship vacancies of firms."""

    name = "courses.vacancies"
    label = "vacancies"
    verbose_name = _("vacancies")
