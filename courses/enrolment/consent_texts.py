"""What a guardian agrees to, word by word. A text once given is never changed: a new version is
added, and a consent keeps the version it was given in.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CURRENT = "1405-1"
TEXTS: dict[str, tuple[str | Promise, ...]] = {
    "1405-1": (
        _("I am the guardian of this student."),
        _("I agree that the student attends the programmes of this school, workshops included."),
        _(
            "I know that machines and blades are used there under a teacher's eye, and that the "
            "work the law forbids to minors is not given to them."
        ),
        _("I can take this consent back at any time; the school is told and the place is kept "
          "only for some days more."),
    ),
}  # fmt: skip
