"""The room as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LawConfig(AppConfig):
    """The rules of work for minors, as dated rows with their source and pure functions."""

    name = "courses.law"
    label = "law"
    verbose_name = _("labour law")
