"""The room as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EnrolmentConfig(AppConfig):
    """Intakes, seats and the waiting list."""

    name = "courses.enrolment"
    label = "enrolment"
    verbose_name = _("enrolment")
