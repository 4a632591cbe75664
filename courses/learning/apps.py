"""The room as a Django app."""

from django.utils.translation import gettext_lazy as _

from courses.kit import rooms


class LearningConfig(rooms.Room):
    """Progress through a programme and quiz attempts."""

    name = "courses.learning"
    label = "learning"
    verbose_name = _("learning")
    next_steps = "next_steps.next_steps"
