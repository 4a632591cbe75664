"""The room as a Django app."""

from django.utils.translation import gettext_lazy as _

from courses.kit import rooms


class MatchingConfig(rooms.Room):
    """Rounds: wishes, rankings, running, publishing, explaining."""

    name = "courses.matching"
    label = "matching"
    verbose_name = _("matching")
    next_steps = "next_steps.next_steps"
    navigation = (
        rooms.NavEntry("matching:round_list", _("Rounds"), "list", "matching.run_rounds"),
        rooms.NavEntry("matching:wish_list", _("My wishes"), "list", "matching.keep_wishes"),
    )
