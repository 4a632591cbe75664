"""The room as a Django app."""

from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from courses.kit import rooms


class NoticesConfig(rooms.Room):
    """What the site tells people; at start-up it gathers the kinds the rooms declare."""

    name = "courses.notices"
    label = "notices"
    verbose_name = _("notices")

    def ready(self) -> None:
        """Load every room's notice kinds."""
        autodiscover_modules("kinds")
