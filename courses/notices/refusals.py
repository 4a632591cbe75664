"""How notices say no."""

from django.utils.translation import gettext_lazy as _

from courses.kit.refusal import Refusal


class BeingSent(Refusal):
    """A relay holds the message at this moment."""

    code = "being_sent"
    sentence = _("This message is being sent at this moment; look again in a few minutes.")
