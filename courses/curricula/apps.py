"""The room as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CurriculaConfig(AppConfig):
    """Programmes, modules and lessons as pages; their frozen versions."""

    name = "courses.curricula"
    label = "curricula"
    verbose_name = _("curricula")
