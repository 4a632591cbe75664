"""The room as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SkillsConfig(AppConfig):
    """The taxonomy of the trade: skills and occupations."""

    name = "courses.skills"
    label = "skills"
    verbose_name = _("skills")
