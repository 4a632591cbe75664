"""The room as a Django app."""

from django.utils.translation import gettext_lazy as _

from courses.kit import rooms


class OrganisationsConfig(rooms.Room):
    """Schools, firms, guilds, chamber and offices; who belongs to them; who works together."""

    name = "courses.organisations"
    label = "organisations"
    verbose_name = _("organisations")
    search = (rooms.SearchSource(_("Schools and workshops"), "queries.search_results", rank=30),)
