"""The room as a Django app."""

from django.utils.translation import gettext_lazy as _

from courses.kit import rooms


class PeopleConfig(rooms.Room):
    """People: the account, the personal record, guardians and consents."""

    name = "courses.people"
    label = "people"
    verbose_name = _("people")
