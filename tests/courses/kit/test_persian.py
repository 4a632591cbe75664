"""Letters, digits, spaces and searching."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.kit.persian import (
    matches,
    normalise,
    search_form,
    to_ascii_digits,
    to_persian_digits,
)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("كفش", "کفش"),
        ("علي", "علی"),
        ("  کفش   چرم ", "کفش چرم"),
        ("کفــش", "کفش"),
        ("کفش\u200c\u200cها", "کفش\u200cها"),
        ("کفش \u200c ها", "کفش ها"),
        ("\u202bکفش\u202c", "کفش"),
        ("\u200cکفش\u200c", "کفش"),
        ("", ""),
        ("سال ۱۴۰۳", "سال ۱۴۰۳"),
    ],
)
def test_normalise_gives_one_form_of_each_letter(typed: str, stored: str) -> None:
    assert normalise(typed) == stored


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_normalise_twice_is_normalise_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.integers(min_value=0, max_value=10**12))
def test_digits_make_the_round_trip(number: int) -> None:
    assert to_ascii_digits(to_persian_digits(str(number))) == str(number)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("كفش", "کفش"),
        ("1403", "سال ۱۴۰۳"),
        ("کفشها", "کفش‌ها"),
        ("کفش ها", "کفش‌ها"),
        ("کفش‌ها", "کفش‌ها"),
        ("کفش‌ها", "کفشها"),
        ("پستای", "کارآموز پستایی"),
        ("SHOE", "Shoe finishing"),
        ("خانة", "خانهٔ صادراتی"),
    ],
)
def test_search_finds_other_spellings(asked: str, written: str) -> None:
    assert matches(asked, search_form(written))


@pytest.mark.parametrize(
    ("asked", "written"), [("کیف", "کفش"), ("ستایی", "پستایی"), ("کفش کیف", "کفش")]
)
def test_search_leaves_out_what_does_not_begin_so(asked: str, written: str) -> None:
    assert not matches(asked, search_form(written))
