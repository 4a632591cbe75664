"""What a link without an account leads to."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.states import OPEN, State
from courses.notices.queries import find_link
from courses.people.models import Consent, Guardian, LookVerdict
from courses.people.queries import guardians_of, standing_consents

CONSENT_LINK = "enrolment.consent"
OFFER_LINK = "enrolment.offer"
CONSENT_SCOPE = "enrolment:"


def consent_scope(intake: Intake) -> str:
    """Return what a guardian consents to: their child learns at this school."""
    return f"{CONSENT_SCOPE}{intake.school.code}"


@dataclass(frozen=True)
class AskedConsent:
    """What a guardian sees behind their link: one place, themselves, and what they said."""

    enrolment: Enrolment
    guardian: Guardian
    consent: Consent | None
    taken_back_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether the place waits for the answer."""
        return self.enrolment.state in (State.HELD, State.SUBMITTED)

    @property
    def was_taken_back(self) -> bool:
        """Whether this guardian has agreed before and taken it back."""
        return self.taken_back_at is not None

    @property
    def lives(self) -> bool:
        """Whether the place is one a consent still matters to."""
        return self.enrolment.state in OPEN


def _enrolment(public_id: str) -> Enrolment | None:
    return (
        Enrolment.objects.filter(public_id=uuid.UUID(public_id))
        .select_related("intake__school", "intake__version", "student")
        .first()
    )


def consent_of_link(token: str, *, at: datetime) -> AskedConsent | None:
    """Return what a guardian's link is about; None for a forged, outdated or orphaned one."""
    link = find_link(token, CONSENT_LINK, at=at)
    if link is None:
        return None
    public_id, _colon, guardian_key = link.subject.partition(":")
    enrolment = _enrolment(public_id)
    guardian = Guardian.objects.filter(pk=int(guardian_key)).first()
    if enrolment is None or guardian is None or guardian.student_id != enrolment.student_id:
        return None
    if guardian.looked_verdict == LookVerdict.STRUCK:
        return None
    consent = standing_consents(enrolment.student).filter(
        guardian=guardian, scope=consent_scope(enrolment.intake)
    )
    taken_back = taken_back_at(enrolment).get(guardian.pk)
    return AskedConsent(enrolment, guardian, consent.first(), taken_back)


def taken_back_at(enrolment: Enrolment) -> dict[int, datetime]:
    """Return when each guardian, by key, has last taken a consent to this school back."""
    ended = Consent.objects.filter(
        guardian__student=enrolment.student_id, scope=consent_scope(enrolment.intake)
    ).order_by("revoked_at")
    return {one.guardian_id: one.revoked_at for one in ended if one.revoked_at}


def offer_of_link(token: str, *, at: datetime) -> Enrolment | None:
    """Return the place a student's offer link is about, whatever became of it meanwhile."""
    link = find_link(token, OFFER_LINK, at=at)
    return None if link is None else _enrolment(link.subject)


def guardians_with_consent(enrolment: Enrolment) -> list[tuple[Guardian, Consent | None]]:
    """Return a student's guardians, each with the consent that stands for this place."""
    given = {
        consent.guardian_id: consent
        for consent in standing_consents(enrolment.student).filter(
            scope=consent_scope(enrolment.intake)
        )
    }
    return [(guardian, given.get(guardian.pk)) for guardian in guardians_of(enrolment.student)]
