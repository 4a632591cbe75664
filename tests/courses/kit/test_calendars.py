"""Jalali dates, judged against a second calendar."""

from datetime import date, datetime, timedelta

import jdatetime
import pytest

from courses.kit.calendars import (
    NotADate,
    from_jalali,
    full_years,
    jalali_digits,
    jalali_words,
    read_date,
    read_moment,
    to_jalali,
)

FIRST = date(1921, 3, 21)  # 1 Farvardin 1300
LAST = date(2122, 3, 20)  # 29 or 30 Esfand 1500


def test_every_day_of_1300_to_1500_agrees_with_jdatetime() -> None:
    day = FIRST
    while day <= LAST:
        other = jdatetime.date.fromgregorian(date=day)
        assert to_jalali(day) == (other.year, other.month, other.day)
        assert read_date(jalali_digits(day)) == day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    "typed",
    ["1405/09/02", "۱۴۰۵/۹/۲", "1405-9-2", "۱۴۰۵.۰۹.۰۲", "٢ آذر ١٤٠٥", "۲ آذر ۱۴۰۵",
     "دوشنبه ۲ آذر ۱۴۰۵", "2026-11-23", " 1405/09/02 "],
)  # fmt: skip
def test_a_date_is_read_as_people_type_it(typed: str) -> None:
    assert read_date(typed) == date(2026, 11, 23)


@pytest.mark.parametrize(
    "typed",
    ["", "دیروز", "1405/13/01", "1405/12/30", "1404/00/10", "140/1/1", "1405/07/31", "2026-02-30"],
)
def test_what_is_no_date_is_refused(typed: str) -> None:
    with pytest.raises(NotADate):
        read_date(typed)


@pytest.mark.parametrize(
    ("typed", "clock"),
    [("1405/09/02 14:30", "14:30"), ("۱۴۰۵/۹/۲ ۱۴:۳۰", "14:30"), ("۲ آذر ۱۴۰۵، ۸:۰۵", "8:05"),
     ("2026-11-23T14:30", "14:30"), ("1405 09 02 8:05", "8:05"), ("1405/09/02", "0:00")],
)  # fmt: skip
def test_a_moment_is_read_as_people_type_it(typed: str, clock: str) -> None:
    hour, minute = clock.split(":")
    assert read_moment(typed) == datetime(2026, 11, 23, int(hour), int(minute))
    assert read_moment("1405/09/02 14:30:05").second == 5


@pytest.mark.parametrize(
    "typed", ["", "14:30", "1405/09/02 24:00", "1405/09/02 14:3", "1405/12/30 14:30", "x 10:00"]
)
def test_what_is_no_moment_is_refused(typed: str) -> None:
    with pytest.raises(NotADate):
        read_moment(typed)


def test_the_last_day_of_a_leap_year_is_a_day() -> None:
    assert read_date("1403/12/30") == date(2025, 3, 20)
    assert from_jalali(1403, 12, 30) == date(2025, 3, 20)


def test_words_are_persian() -> None:
    assert jalali_words(date(2026, 11, 23), weekday=True) == "دوشنبه ۲ آذر ۱۴۰۵"
    assert jalali_words(date(2026, 11, 23), year=False) == "۲ آذر"


@pytest.mark.parametrize(
    ("birth", "on", "age"),
    [
        (date(2011, 11, 23), date(2026, 11, 23), 15),
        (date(2011, 11, 24), date(2026, 11, 23), 14),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_age_counts_full_years(birth: date, on: date, age: int) -> None:
    assert full_years(birth, on) == age
