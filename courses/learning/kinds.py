"""What learning tells people."""

from django.utils.translation import gettext_lazy as _

from courses.notices.kinds import declare

declare("learning.completed", _("You have completed “%(programme)s”. Your seam is whole."))
