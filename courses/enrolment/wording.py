"""What an enrolment's states and moves are called on the screen, and which tone they have."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.enrolment.models.documents import Verdict
from courses.enrolment.states import State
from courses.kit.models import AuditEntry

SEAT_TONES: dict[str, str] = {
    State.ADMITTED: "ok",
    State.ACCEPTED: "ok",
    State.ENROLLED: "ok",
    State.WAITLISTED: "warn",
    State.HELD: "warn",
    State.OFFERED: "warn",
}
PAPER_TONES: dict[str, str] = {
    Verdict.GOOD: "ok",
    Verdict.RETURNED: "bad",
    Verdict.WAITING: "warn",
}

# The steps of `queries.FUNNEL`.
STEPS: dict[str, Promise] = {
    "asked": _("asked"),
    "seat": _("were given a seat"),
    "sure": _("were sure of it"),
    "enrolled": _("came"),
    "completed": _("completed it"),
}

APPLIED: dict[str, Promise] = {
    State.WAITLISTED: _("asked for a place; no seat was free"),
    State.SUBMITTED: _("sent the application"),
}
TRAIL: dict[str, Promise] = {
    "transfer_in": _("moved here from another intake"),
    "ask_consents": _("the guardians were asked"),
    "offer": _(
        "a seat became free and was offered: first in the queue among those who may take it"
    ),
    "accept": _("accepted the seat"),
    "accept_on_consent": _("accepted the seat"),
    "decline": _("declined the seat"),
    "lapse": _("the time was over"),
    "hold": _("got a seat, kept until the consent comes"),
    "admit": _("admitted"),
    "queue": _("put on the waiting list by points"),
    "refuse": _("refused"),
    "enrol": _("enrolled by the school"),
    "hold_again": _("a consent was taken back"),
    "defer": _("put off"),
    "transfer": _("moved to another intake"),
    "withdraw": _("gave the place up"),
    "wait_for_look": _("somebody agreed; the school looks at the number first"),
    "complete": _("completed the programme"),
    "give_points": _("points were given"),
}


def trail_sentence(line: AuditEntry) -> str:
    """Say what a line of a place's trail tells; a verb without words is shown as it is."""
    if line.verb == "apply":
        return str(APPLIED.get(line.to_state, _("asked for a place and got a seat")))
    return str(TRAIL.get(line.verb, line.verb))
