"""The room as a Django app."""

from django.utils.translation import gettext_lazy as _

from courses.kit import rooms


class SkillsConfig(rooms.Room):
    """The taxonomy of the trade: skills and occupations."""

    name = "courses.skills"
    label = "skills"
    verbose_name = _("skills")
