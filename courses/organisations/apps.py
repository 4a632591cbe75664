"""The room as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganisationsConfig(AppConfig):
    """Schools, firms, guilds, chamber and offices; who belongs to them; who works together."""

    name = "courses.organisations"
    label = "organisations"
    verbose_name = _("organisations")
