"""Partnerships: one a pair, in force from day to day."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from courses.kit import audit
from courses.organisations import queries
from courses.organisations.actions import record_partnership
from courses.organisations.models import AgreementState, Partnership
from tests.cast import NOW, TODAY, Bodies, People

pytestmark = pytest.mark.django_db


def test_partnership_is_recorded_once_a_pair(bodies: Bodies, people: People) -> None:
    days = {"starts_on": TODAY, "ends_on": TODAY + timedelta(days=9)}
    made = record_partnership(
        bodies.other_school, bodies.firm, by=people.admin, at=NOW, is_sample=True, **days
    )
    kept = Partnership.objects.get(school=bodies.other_school)
    assert (kept, kept.firm, kept.state, kept.is_sample) == (
        made,
        bodies.firm,
        AgreementState.ACTIVE,
        True,
    )
    line = audit.trail(made).get()
    assert (line.verb, line.by, line.at, line.to_state) == (
        "record_partnership",
        people.admin,
        NOW,
        "active",
    )
    again = record_partnership(bodies.other_school, bodies.firm, by=None, at=NOW, **days)
    assert (again, audit.trail(made).count()) == (made, 1)
    assert str(made) == f"{bodies.other_school.pk} – {bodies.firm.pk}"


def test_partnership_that_ended_makes_room_for_a_new_one(bodies: Bodies) -> None:
    old = Partnership.objects.get()
    Partnership.objects.filter(pk=old.pk).update(state=AgreementState.ENDED)
    new = record_partnership(
        bodies.school, bodies.firm, starts_on=TODAY, ends_on=TODAY, by=None, at=NOW
    )
    assert (new != old, Partnership.objects.count()) == (True, 2)


def test_partnership_ends_after_it_starts(bodies: Bodies) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        record_partnership(
            bodies.other_school, bodies.firm, starts_on=TODAY,
            ends_on=TODAY - timedelta(days=1), by=None, at=NOW,
        )  # fmt: skip


def test_partnerships_are_in_force_from_day_to_day(bodies: Bodies) -> None:
    Partnership.objects.all().delete()
    first, last = date(2026, 11, 1), date(2026, 11, 30)
    made = record_partnership(
        bodies.school, bodies.firm, starts_on=first, ends_on=last, by=None, at=NOW
    )
    days = [first - timedelta(1), first, last, last + timedelta(1)]
    assert [list(queries.partnerships_on(day)) for day in days] == [[], [made], [made], []]
    assert [queries.partner_school_ids(bodies.firm, on=day) for day in days] == [
        [],
        [bodies.school.pk],
        [bodies.school.pk],
        [],
    ]
    for state in AgreementState:
        Partnership.objects.filter(pk=made.pk).update(state=state)
        active = state == AgreementState.ACTIVE
        assert queries.partnerships_on(first).exists() is active


def test_partner_schools_are_of_one_firm_and_in_order(bodies: Bodies) -> None:
    days = {"starts_on": TODAY, "ends_on": TODAY}
    record_partnership(bodies.other_school, bodies.firm, by=None, at=NOW, **days)
    record_partnership(bodies.school, bodies.other_firm, by=None, at=NOW, **days)
    assert queries.partner_school_ids(bodies.firm, on=TODAY) == [
        bodies.school.pk,
        bodies.other_school.pk,
    ]
    assert queries.partner_school_ids(bodies.other_firm, on=TODAY) == [bodies.school.pk]
