"""The room as a Django app."""

from django.utils.translation import gettext_lazy as _

from courses.kit import rooms


class LawConfig(rooms.Room):
    """The rules of work for minors, as dated rows with their source and pure functions."""

    name = "courses.law"
    label = "law"
    verbose_name = _("labour law")
