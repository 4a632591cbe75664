"""National codes and mobile numbers, by the dossier's vectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.kit.identity import (
    check_digit,
    hide_national_code,
    read_mobile,
    read_national_code,
)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0001234560", "0001234560"),
        ("0007771231", "0007771231"),
        ("1360000011", "1360000011"),
        ("1360000012", None),
        ("12345", None),
        ("۰۰۰۱۲۳۴۵۶۰", "0001234560"),
        ("000-123456-0", "0001234560"),
        ("1111111111", "1111111111"),
        ("01234567a0", None),
        ("00012345600", None),
    ],
)
def test_national_codes_are_read(typed: str, code: str | None) -> None:
    assert read_national_code(typed) == code


@given(st.integers(min_value=10**7, max_value=10**9 - 1))
def test_a_code_without_its_leading_zeros_is_completed(nine: int) -> None:
    digits = f"{nine:09d}"
    code = f"{digits}{check_digit(digits)}"
    assert read_national_code(code.lstrip("0")) == code


@given(st.integers(min_value=0, max_value=10**9 - 1), st.integers(min_value=1, max_value=9))
def test_a_wrong_check_digit_is_refused(nine: int, off: int) -> None:
    digits = f"{nine:09d}"
    wrong = (check_digit(digits) + off) % 10
    assert read_national_code(f"{digits}{wrong}") is None


@pytest.mark.parametrize(
    ("typed", "mobile"),
    [
        ("09140000000", "+989140000000"),
        ("۰۹۱۴۰۰۰۰۰۰۰", "+989140000000"),
        ("00989140000000", "+989140000000"),
        ("+98 914 000 0000", "+989140000000"),
        ("9140000000", "+989140000000"),
        ("989140000000", "+989140000000"),
        ("\u202a+98 914 000 0000\u202c", "+989140000000"),
        ("\u206609140000000\u2069", "+989140000000"),
        ("0914\u20110000000", "+989140000000"),
        ("0914\u200c0000000", "+989140000000"),
        ("0914.000.0000", "+989140000000"),
        ("09१४0000000", "+989140000000"),
        ("０９１４０００００００", "+989140000000"),
        ("09١۴0000000", "+989140000000"),
        ("9140000000.0", None),
        ("0411234567", None),
        ("0914000000", None),
        ("", None),
    ],
)
def test_mobiles_have_one_stored_form(typed: str, mobile: str | None) -> None:
    assert read_mobile(typed) == mobile


@pytest.mark.parametrize("typed", ["０００１２３４５６０", "०००१२३४५६०", "\u200f0001-234\u200c560"])
def test_a_national_code_has_one_form_whatever_its_digits_are_of(typed: str) -> None:
    assert read_national_code(typed) == read_national_code("0001234560")


def test_a_hidden_code_depends_on_the_key_and_shows_nothing() -> None:
    hidden = hide_national_code("0001234560", key="one")
    assert hidden != hide_national_code("0001234560", key="two")
    assert len(hidden) == 64
    assert "123456" not in hidden
