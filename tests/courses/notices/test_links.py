"""Links that let somebody without an account do one thing."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from courses.notices.actions import close_links, make_link
from courses.notices.models import Link
from courses.notices.queries import find_link, hash_of
from tests import databases
from tests.cast import NOW

pytestmark = pytest.mark.django_db

OFFER, END = "enrolment.offer", NOW + timedelta(days=2)


def token(subject: str = "7", purpose: str = OFFER) -> str:
    """Make a link that lasts two days."""
    return make_link(purpose, subject, expires_at=END, at=NOW)


def test_a_link_leads_to_its_subject_and_keeps_no_token() -> None:
    made = token()
    assert re.fullmatch(r"[\w-]{20}", made)
    link = find_link(made, OFFER, at=NOW)
    assert link == Link.objects.get()
    assert (link.purpose, link.subject, link.made_at, link.expires_at, link.closed_at) == (
        OFFER, "7", NOW, END, None,
    )  # fmt: skip
    assert (link.token_hash, str(link)) == (hash_of(made), "enrolment.offer 7")
    assert made not in str(Link.objects.values())


def test_a_link_lasts_until_its_last_moment() -> None:
    made = token()
    assert find_link(made, OFFER, at=END - timedelta(microseconds=1)) is not None
    assert find_link(made, OFFER, at=END) is None


@pytest.mark.parametrize("forged", ["", "x", "A" * 20, "A" * 5000, "\x00", "\ud800", "٪s"])
def test_a_forged_link_leads_nowhere(forged: str) -> None:
    token()
    assert find_link(forged, OFFER, at=NOW) is None


def test_the_kept_hash_is_no_token() -> None:
    token()
    assert find_link(Link.objects.get().token_hash, OFFER, at=NOW) is None


def test_a_link_opens_only_what_it_was_made_for() -> None:
    assert find_link(token(), "enrolment.consent", at=NOW) is None


def test_closing_closes_every_link_of_one_subject_and_purpose() -> None:
    first, again, other = token(), token(), token("8")
    consent = token("7", "enrolment.consent")
    assert len({first, again, other, consent}) == 4
    assert close_links(OFFER, "7", NOW) == 2
    assert close_links(OFFER, "7", at=NOW + timedelta(hours=1)) == 0
    assert [find_link(found, OFFER, at=NOW) for found in (first, again)] == [None, None]
    assert find_link(other, OFFER, at=NOW) is not None
    assert find_link(consent, "enrolment.consent", at=NOW) is not None
    assert set(Link.objects.values_list("closed_at", flat=True)) == {NOW, None}


def test_a_link_is_undone_with_its_event() -> None:
    with databases.undone():
        made = token()
    assert find_link(made, OFFER, at=NOW) is None


def test_a_link_cannot_end_before_it_begins() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_link(OFFER, "7", expires_at=NOW, at=NOW)
    token()
    with pytest.raises(IntegrityError), transaction.atomic():
        Link.objects.update(closed_at=NOW - timedelta(seconds=1))
