"""The room as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LearningConfig(AppConfig):
    """Progress through a programme and quiz attempts."""

    name = "courses.learning"
    label = "learning"
    verbose_name = _("learning")
