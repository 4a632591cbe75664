"""The room as a Django app."""

from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from courses.kit import rooms


class KitConfig(rooms.Room):
    """The tool wall; at start-up it gathers what the rooms declare for it."""

    name = "courses.kit"
    label = "kit"
    verbose_name = _("tools")

    def ready(self) -> None:
        """Load every room's tasks and rights, so that its jobs and abilities are known."""
        autodiscover_modules("tasks", "rights")
