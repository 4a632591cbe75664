"""The room as a Django app."""

from django.utils.translation import gettext_lazy as _

from courses.kit import rooms


class EnrolmentConfig(rooms.Room):
    """Intakes, seats and the waiting list."""

    name = "courses.enrolment"
    label = "enrolment"
    verbose_name = _("enrolment")
    next_steps = "next_steps.next_steps"
