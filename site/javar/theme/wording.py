"""Numbers, money, dates and codes as the active language writes them.

Persian: ۱٬۲۰۰ with «٬» and «٫», percent sign after the number, Jalali dates in words. English:
1,200, Gregorian dates in words. Nothing, not "None", where there is no value.
"""

import re
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from django.utils import dateformat
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from courses.kit.calendars import TEHRAN, jalali_words
from courses.kit.persian import local_digits, to_ascii_digits, to_persian_digits

# In markup only the words between tags hold digits of the reader: never those of an entity.
MARKUP = re.compile(r"<[^>]*>|&[#\w]+;")
_PERSIAN_SEPARATORS = str.maketrans({",": "٬", ".": "٫"})
# A minus that stays before its number in a right-to-left line (CLDR's minus sign for fa).
_PERSIAN_MINUS = "\u200e\u2212"
RIALS_IN_A_TOMAN = 10

Amount = int | float | Decimal | str | None


def in_persian() -> bool:
    """Tell whether the active language is Persian."""
    return (get_language() or "fa").startswith("fa")


def digits(text: str) -> str:
    """Return the text with the active language's digits."""
    return local_digits(text)


def digits_in_markup(markup: str) -> str:
    """Return markup with the active language's digits in its words, tags and entities kept."""
    kept = MARKUP.findall(markup)
    words = [digits(part) for part in MARKUP.split(markup)]
    return words[0] + "".join(mark + word for mark, word in zip(kept, words[1:], strict=True))


def as_decimal(value: Amount) -> Decimal | None:
    """Return a number given as number or as text in any digits; None where there is none."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        found = Decimal(to_ascii_digits(str(value)).replace(",", "").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def number(value: Amount, decimals: int | None = None) -> str:
    """Return a number with grouped thousands, e.g. «۱٬۲۰۰» or “1,200”.

    `decimals` fixes the places after the point; without it up to two are shown, never a trailing
    zero. What is no number is given back as text in the active language's digits.
    """
    found = as_decimal(value)
    if found is None:
        return "" if value is None else digits(str(value))
    text = f"{abs(found):,.{2 if decimals is None else decimals}f}"
    if decimals is None:
        text = text.rstrip("0").rstrip(".")
    below_zero = found < 0 and text.strip("0.,") != ""
    if not in_persian():
        return f"-{text}" if below_zero else text
    text = to_persian_digits(text.translate(_PERSIAN_SEPARATORS))
    return f"{_PERSIAN_MINUS}{text}" if below_zero else text


def percent(value: Amount, decimals: int | None = None) -> str:
    """Return a number of hundredths with its sign, e.g. 87 → «۸۷٪» or “87%”."""
    if as_decimal(value) is None:
        return ""
    return number(value, decimals) + ("٪" if in_persian() else "%")


def toman(rials: Amount) -> str:
    """Return an amount of rials in tomans, the unit people speak in."""
    found = as_decimal(rials)
    if found is None:
        return ""
    return _("%(amount)s tomans") % {"amount": number(found / RIALS_IN_A_TOMAN)}


def rial(rials: Amount) -> str:
    """Return an amount of rials as it stands in the books."""
    if as_decimal(rials) is None:
        return ""
    return _("%(amount)s rials") % {"amount": number(rials)}


def clock(value: time | datetime) -> str:
    """Return a time of day, e.g. «۸:۳۰» or “8:30”; a moment is taken in Tehran."""
    if isinstance(value, datetime):
        value = in_tehran(value)
    return digits(f"{value.hour}:{value.minute:02d}")


def in_tehran(value: datetime) -> datetime:
    """Return the moment on Tehran's clock; a moment without a zone was meant there."""
    return value.astimezone(TEHRAN) if value.tzinfo else value.replace(tzinfo=TEHRAN)


def date_words(value: date, *, weekday: bool = False, year: bool = True) -> str:
    """Return a day in words: Jalali in Persian, Gregorian in English."""
    if in_persian():
        return jalali_words(value, weekday=weekday, year=year)
    return dateformat.format(value, ("l " if weekday else "") + "j F" + (" Y" if year else ""))


def moment_words(value: datetime, *, weekday: bool = False, year: bool = True) -> str:
    """Return a moment in words, on Tehran's clock: «سه‌شنبه ۱۰ آذر، ساعت ۲۰:۰۰»."""
    local = in_tehran(value)
    return _("%(day)s, at %(clock)s") % {
        "day": date_words(local.date(), weekday=weekday, year=year),
        "clock": clock(local),
    }
