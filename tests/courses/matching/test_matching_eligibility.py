"""What the law says at the freeze of who may work where."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from courses.kit import calendars
from courses.law.models import Rule
from courses.matching.actions.wishes import add_wish
from courses.matching.market import full_years
from courses.matching.queries import result_of
from courses.matching.reasons import explained
from courses.matching.rules import StatuteBook, reasons_against_wish
from courses.matching.solver.packed import INELIGIBLE
from courses.organisations.actions import grant_role
from courses.organisations.models import Role
from courses.people.queries import record_of
from courses.vacancies.models import Vacancy
from tests.cast import NOW, TODAY, Bodies, MakeVacancy, People, person
from tests.courses.matching.small_rounds import (
    opened,
    published,
    refused_wishes,
    snapshot_now,
    student_of,
)

pytestmark = pytest.mark.django_db


def test_the_law_says_at_the_freeze_who_is_eligible(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    adult = student_of(bodies.school, "adult", age=19)
    press = make_vacancy(code="press", skill="press", minimum_age=18)
    elders = make_vacancy(code="elders", minimum_age=17, maximum_age=18)
    match_round = opened(people)
    names = {}
    for who in (people.aylin, people.sara, adult):
        for vacancy in (press, elders):
            names[who] = add_wish(match_round, vacancy, by=who, at=NOW).list.pseudonym
    aylin, sara, nineteen = (names[who] for who in (people.aylin, people.sara, adult))
    snapshot = snapshot_now(match_round)
    assert refused_wishes(snapshot) == {
        (aylin, "press"): ("R3:hazardous:press", "ages:below_minimum"),
        (aylin, "elders"): ("ages:below_minimum",),
        (sara, "press"): ("R3:hazardous:press", "ages:below_minimum"),
        (nineteen, "elders"): ("ages:above_maximum",),
    }
    assert snapshot.market().ineligible == set(refused_wishes(snapshot))
    assert int((snapshot.tier == INELIGIBLE).sum()) == 4


@given(st.dates(date(1950, 1, 1), date(2030, 12, 31)), st.dates(date(2020, 1, 1), date(2060, 1, 1)))
def test_ages_of_many_at_once_are_the_calendars(born: date, on: date) -> None:
    days = [np.array([day.toordinal()]) for day in (born, on)]
    assert full_years(*days).tolist() == [calendars.full_years(born, on)]


def test_a_birthday_before_the_first_day_makes_eligible(
    people: People, make_vacancy: MakeVacancy
) -> None:
    record = record_of(people.aylin)
    assert record is not None
    turns = record.birth_date.replace(year=record.birth_date.year + 17)
    just, late = (
        make_vacancy(minimum_age=17, starts_on=first, ends_on=first + timedelta(days=90))
        for first in (turns, turns - timedelta(days=1))
    )
    book = StatuteBook()
    assert reasons_against_wish(record, just, book) == ()
    assert [r.code for r in reasons_against_wish(record, late, book)] == ["below_minimum"]


def test_a_rule_counts_on_the_days_it_is_in_force(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    press = make_vacancy(skill="press", minimum_age=18)
    vacancy = make_vacancy()
    Vacancy.objects.filter(pk=press.pk).update(minimum_age=15)
    press.refresh_from_db()
    record = record_of(people.aylin)
    assert record is not None
    assert [r.rule for r in reasons_against_wish(record, press, StatuteBook())] == ["R3"]
    rule = Rule.objects.filter(code="R3")
    rule.update(valid_until=press.starts_on)
    assert [r.rule for r in reasons_against_wish(record, press, StatuteBook())] == ["R3"]
    rule.update(valid_until=press.starts_on - timedelta(days=1))
    assert reasons_against_wish(record, press, StatuteBook()) == ()
    rule.update(valid_until=None, valid_from=press.starts_on + timedelta(days=1))
    assert reasons_against_wish(record, press, StatuteBook()) == ()
    rule.update(valid_from=press.starts_on, in_force=False)
    assert reasons_against_wish(record, press, StatuteBook()) == ()
    assert reasons_against_wish(record, vacancy, StatuteBook()) == ()


def test_the_statute_book_is_read_with_one_query(
    statute: None, django_assert_num_queries: Any
) -> None:
    book = StatuteBook()
    with django_assert_num_queries(1):
        read = [[rule.code for rule in book.on(TODAY + timedelta(days=n))] for n in range(30)]  # type: ignore[attr-defined]
    assert read == [["R1", "R2", "R3", "R4", "R9"]] * 30


def test_a_student_without_a_record_is_not_eligible(
    people: People, bodies: Bodies, vacancy: Vacancy
) -> None:
    unknown = person("unknown")
    grant_role(unknown, bodies.school, Role.STUDENT, by=None, at=NOW)
    match_round = opened(people)
    name = add_wish(match_round, vacancy, by=unknown, at=NOW).list.pseudonym
    assert refused_wishes(snapshot_now(match_round)) == {(name, vacancy.code): ("record:missing",)}
    published(match_round, people)
    outcome = result_of(unknown, match_round)
    assert outcome is not None
    with translation.override("en"):
        (wish,) = explained(outcome)
    assert (wish.code, wish.status, wish.sentence) == (
        "ineligible",
        "not allowed",
        "A rule does not allow this place for you.",
    )
