"""The room as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """People: the account, the personal record, guardians and consents."""

    name = "courses.people"
    label = "people"
    verbose_name = _("people")
