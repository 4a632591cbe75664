"""The room as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MatchingConfig(AppConfig):
    """Rounds: wishes, rankings, running, publishing, explaining."""

    name = "courses.matching"
    label = "matching"
    verbose_name = _("matching")
