"""Jalali dates on screen and in input, Gregorian dates in the database.

Shapes: `datetime.date` in and out; text in the active language's digits is the caller's choice.
Source of the arithmetic: persiantools (judged against jdatetime in the tests, 1300–1500).
"""

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from persiantools.jdatetime import JalaliDate

from courses.kit.persian import normalise, to_ascii_digits, to_persian_digits

TEHRAN = ZoneInfo("Asia/Tehran")
MONTHS = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور",
    "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip
WEEKDAYS = ("دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه", "یکشنبه")
FIRST_YEAR, LAST_YEAR = 1200, 1600


class NotADate(ValueError):  # noqa: N818 - it reads as a claim
    """The text is not a Jalali date."""


def to_jalali(value: date) -> tuple[int, int, int]:
    """Return the Jalali (year, month, day) of a Gregorian date."""
    jalali = JalaliDate(value)
    return jalali.year, jalali.month, jalali.day


def from_jalali(year: int, month: int, day: int) -> date:
    """Return the Gregorian date; raise NotADate where the calendar has no such day."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotADate(f"{year}")
    try:
        return JalaliDate(year, month, day).to_gregorian()
    except ValueError as error:
        raise NotADate(f"{year}/{month}/{day}") from error


def jalali_words(value: date, *, weekday: bool = False, year: bool = True) -> str:
    """Return e.g. «دوشنبه ۲ آذر ۱۴۰۵», with Persian digits."""
    jalali_year, month, day = to_jalali(value)
    words = [WEEKDAYS[value.weekday()]] if weekday else []
    words += [str(day), MONTHS[month - 1]]
    words += [str(jalali_year)] if year else []
    return to_persian_digits(" ".join(words))


def jalali_digits(value: date) -> str:
    """Return e.g. `1405/09/02`: how a Jalali date is typed and exported."""
    return "{:04d}/{:02d}/{:02d}".format(*to_jalali(value))


def read_date(text: str) -> date:
    """Read what a person types: ۱۴۰۵/۹/۲, 1405-09-02, «۲ آذر ۱۴۰۵» or a Gregorian 2026-11-23.

    Both digit sets and / - . or space between are understood; years of 1900 and later are
    Gregorian. Raises NotADate.
    """
    plain = to_ascii_digits(normalise(text))
    worded = re.fullmatch(r"(?:\S+شنبه |جمعه )?(\d{1,2}) (\D+?) (\d{4})", plain)
    if worded and worded[2] in MONTHS:
        return from_jalali(int(worded[3]), MONTHS.index(worded[2]) + 1, int(worded[1]))
    numbers = re.fullmatch(r"(\d{4})[/\-. ](\d{1,2})[/\-. ](\d{1,2})", plain)
    if not numbers:
        raise NotADate(text)
    year, month, day = (int(part) for part in numbers.groups())
    if year >= 1900:
        try:
            return date(year, month, day)
        except ValueError as error:
            raise NotADate(text) from error
    return from_jalali(year, month, day)


def read_moment(text: str) -> datetime:
    """Read a day and a clock, «۱۴۰۵/۹/۲ ۱۴:۳۰» or 2026-11-23T14:30; a day alone is its midnight.

    Returns a moment without a zone: whose clock it is, the caller knows. Raises NotADate.
    """
    plain = to_ascii_digits(normalise(text))
    clocked = re.fullmatch(r"(.+?)(?:\s*[,،T]\s*|\s+)(\d{1,2}):(\d\d)(?::(\d\d))?", plain)
    day = read_date(clocked[1] if clocked else plain)
    hour, minute, second = clocked.groups()[1:] if clocked else (0, 0, 0)
    try:
        clock = time(int(hour), int(minute), int(second or 0))
    except ValueError as error:
        raise NotADate(text) from error
    return datetime.combine(day, clock)


def today(at: datetime) -> date:
    """Return the date in Tehran at a moment."""
    return at.astimezone(TEHRAN).date()


def full_years(birth: date, on: date) -> int:
    """Return the age in full years on a day; somebody born on 29 February turns on 1 March."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
