"""What ends is never ended before it began, whoever waited for whom."""

from datetime import timedelta

import pytest

from courses.notices.actions import make_link
from courses.notices.actions.links import close_links
from courses.notices.models import Link
from courses.people.actions import record_consent, revoke_consent
from courses.people.models import Consent
from tests.cast import NOW, guardian_of, person

pytestmark = pytest.mark.django_db
EARLIER = NOW - timedelta(seconds=3)


def test_consent_pressed_back_before_another_gave_it_ends_when_it_began() -> None:
    guardian = guardian_of(person("girl", age=16, consented=False))
    given = record_consent(guardian, scope="enrolment:school", channel="sms", by=None, at=NOW)

    assert revoke_consent(given, by=None, at=EARLIER)

    assert Consent.objects.get().revoked_at == NOW
    assert not revoke_consent(given, by=None, at=NOW)


def test_link_closed_by_whoever_asked_before_it_was_made_ends_when_it_began() -> None:
    make_link("enrolment.consent", "subject", expires_at=NOW + timedelta(1), at=NOW)

    assert close_links("enrolment.consent", "subject", at=EARLIER) == 1

    assert Link.objects.get().closed_at == NOW
