"""The room as a Django app."""

from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from courses.kit import rooms


class ImportsConfig(rooms.Room):
    """Bulk imports; at start-up it gathers the kinds the rooms declare."""

    name = "courses.imports"
    label = "imports"
    verbose_name = _("imports")

    def ready(self) -> None:
        """Load every room's kinds of import."""
        autodiscover_modules("import_kinds")
