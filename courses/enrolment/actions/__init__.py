"""What changes intakes and enrolments, one module a noun.

The seats (`seats.py`): every decision about an intake first locks the intake's own row, so that
deciders of one intake queue up on both engines, without deadlock; then one guarded UPDATE of a
pool takes a seat or does not; two constraints stand behind it. Nothing reads a count to decide.
"""

from courses.enrolment.actions.applications import apply_to
from courses.enrolment.actions.consents import (
    ask_consents,
    check_consent_code,
    follow_consent,
    give_consent,
    look_at_number,
    name_and_ask,
    record_seen_consent,
    refuse_consent,
    send_consent_code,
    take_consent_back,
)
from courses.enrolment.actions.documents import (
    check_document,
    forget_document,
    hand_in,
    look_at,
    sweep_documents,
)
from courses.enrolment.actions.intakes import (
    add_requirement,
    approve_seat_change,
    change_seats,
    confirm_group,
    end_requirement,
    open_intake,
    record_export,
    refuse_seat_change,
)
from courses.enrolment.actions.leaving import defer, transfer, withdraw
from courses.enrolment.actions.offers import (
    accept_offer,
    call_waiting,
    decline_offer,
    lapse,
    remind,
)
from courses.enrolment.actions.places import complete, enrol, in_bulk, invite, let_back_in
from courses.enrolment.actions.reviews import decide_review, give_points, refuse

__all__ = [
    "accept_offer",
    "add_requirement",
    "apply_to",
    "approve_seat_change",
    "ask_consents",
    "call_waiting",
    "change_seats",
    "check_consent_code",
    "check_document",
    "complete",
    "confirm_group",
    "decide_review",
    "decline_offer",
    "defer",
    "end_requirement",
    "enrol",
    "follow_consent",
    "forget_document",
    "give_consent",
    "give_points",
    "hand_in",
    "in_bulk",
    "invite",
    "lapse",
    "let_back_in",
    "look_at",
    "look_at_number",
    "name_and_ask",
    "open_intake",
    "record_export",
    "record_seen_consent",
    "refuse",
    "refuse_consent",
    "refuse_seat_change",
    "remind",
    "send_consent_code",
    "sweep_documents",
    "take_consent_back",
    "transfer",
    "withdraw",
]
