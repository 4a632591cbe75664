"""What enrolment tells people."""

from django.utils.translation import gettext_lazy as _

from courses.notices.kinds import declare

declare("enrolment.admitted", _("You have a seat in “%(programme)s”, %(school)s."))
declare(
    "enrolment.waitlisted",
    _("“%(programme)s” is full; you are on the waiting list with number %(sequence)s."),
)
declare(
    "enrolment.promoted",
    _("A seat became free: you now have a seat in “%(programme)s”, %(school)s."),
)
declare("enrolment.withdrawn", _("You have left “%(programme)s”, %(school)s."))
