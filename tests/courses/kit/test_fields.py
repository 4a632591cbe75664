"""Form fields and what Persian keyboards type into them."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError

from courses.kit.fields import (
    ClockField,
    DecimalDigitsField,
    DigitsField,
    JalaliDateField,
    JalaliDateInput,
    JalaliDateTimeField,
    JalaliDateTimeInput,
    MobileField,
    NationalCodeField,
    PersianTextField,
)


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [("  كفش  دوزي ", "کفش دوزی"), ("کفش\u200c\u200cها", "کفش\u200cها"), ("۱۲ a", "۱۲ a")],
)
def test_text_is_normalised(typed: str, cleaned: str) -> None:
    assert PersianTextField().clean(typed) == cleaned


def test_text_of_spaces_is_no_text() -> None:
    assert PersianTextField(required=False).clean(None) == ""
    for nothing in ("", "   ", " \u200c ", "\u200f"):
        assert PersianTextField(required=False).clean(nothing) == ""
        with pytest.raises(ValidationError) as caught:
            PersianTextField().clean(nothing)
        assert [error.code for error in caught.value.error_list] == ["required"]


def test_text_is_measured_after_it_is_normalised() -> None:
    assert PersianTextField(max_length=5).clean(" کـفـش  a ") == "کفش a"


@pytest.mark.parametrize(
    ("typed", "number"),
    [("۱۲", 12), ("٣", 3), (" 7 ", 7), ("۱٬۲۳۴", 1234), ("1,000", 1000), ("-۲", -2), (5, 5)],
)
def test_whole_numbers_are_read_from_any_digits(typed: Any, number: int) -> None:
    assert DigitsField().clean(typed) == number


def test_no_number_is_none_and_never_zero() -> None:
    for nothing in ("", " ", None):
        assert DigitsField(required=False).clean(nothing) is None
        assert DecimalDigitsField(required=False).clean(nothing) is None


@pytest.mark.parametrize(
    ("typed", "number"),
    [("۵٫۵", Decimal("5.5")), ("5.5", Decimal("5.5")), (" ۳ ", Decimal(3)), (4, Decimal(4))],
)
def test_decimal_numbers_are_read_from_any_digits(typed: Any, number: Decimal) -> None:
    assert DecimalDigitsField(max_digits=6, decimal_places=2).clean(typed) == number


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("۱۴۰۵/۹/۲", date(2026, 11, 23)),
        ("1405-09-02", date(2026, 11, 23)),
        ("۲ آذر ۱۴۰۵", date(2026, 11, 23)),
        ("2026-11-23", date(2026, 11, 23)),
        (date(2026, 11, 23), date(2026, 11, 23)),
    ],
)
def test_dates_are_read_in_the_jalali_calendar(typed: Any, day: date) -> None:
    assert JalaliDateField().clean(typed) == day
    assert JalaliDateField(required=False).clean("") is None


def test_moments_are_read_and_shown_on_the_clock_of_tehran() -> None:
    moment = datetime(2026, 11, 23, 11, 0, 7, tzinfo=UTC)
    show = JalaliDateTimeInput().format_value
    assert show(moment) == "1405/09/02 14:30:07"
    assert show(moment.replace(second=0)) == "1405/09/02 14:30"
    assert (show(None), show("فردا"), show(date(2026, 11, 23))) == (None, "فردا", "1405/09/02")
    field = JalaliDateTimeField(required=False)
    for typed in ("۱۴۰۵/۹/۲ ۱۴:۳۰:۰۷", moment, datetime(2026, 11, 23, 14, 30, 7)):
        assert field.clean(typed) == moment
    assert (field.clean(""), field.clean(None)) == (None, None)
    assert field.has_changed(moment, show(moment)) is False


@pytest.mark.parametrize(
    ("typed", "clock"),
    [("08:30", time(8, 30)), ("۸:۳۰", time(8, 30)), (" ۱۴ ", time(14)), (time(9), time(9))],
)
def test_times_are_read_from_any_digits(typed: Any, clock: time) -> None:
    assert ClockField().clean(typed) == clock
    assert ClockField(required=False).clean("") is None


@pytest.mark.parametrize("typed", ["09140000000", "+98 914 000 0000", "۰۹۱۴-۰۰۰-۰۰۰۰"])
def test_mobile_has_one_stored_form(typed: str) -> None:
    assert MobileField().clean(typed) == "+989140000000"
    assert MobileField(required=False).clean("") is None


@pytest.mark.parametrize("typed", ["0001234560", "۰۰۰-۱۲۳۴۵۶-۰"])
def test_national_code_has_ten_ascii_digits(typed: str) -> None:
    assert NationalCodeField().clean(typed) == "0001234560"
    assert NationalCodeField(required=False).clean("") is None


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        (DigitsField(), "سه"),
        (DigitsField(), "۵٫۵"),
        (DecimalDigitsField(), "پنج"),
        (JalaliDateField(), "1405/13/01"),
        (JalaliDateField(), "فردا"),
        (JalaliDateTimeField(), "1405/09/02 25:00"),
        (ClockField(), "25:00"),
        (ClockField(), "نیم"),
        (MobileField(), "0413 555 1234"),
        (NationalCodeField(), "0001234561"),
    ],
)
def test_what_cannot_be_read_is_refused(field: forms.Field, typed: str) -> None:
    with pytest.raises(ValidationError) as caught:
        field.clean(typed)
    assert [error.code for error in caught.value.error_list] == ["invalid"]


@pytest.mark.parametrize(
    "field",
    [
        DigitsField(),
        DecimalDigitsField(),
        JalaliDateField(),
        JalaliDateTimeField(),
        ClockField(),
        MobileField(),
        NationalCodeField(),
    ],
)
def test_a_field_that_is_required_wants_something(field: forms.Field) -> None:
    with pytest.raises(ValidationError) as caught:
        field.clean("")
    assert [error.code for error in caught.value.error_list] == ["required"]


class Sheet(forms.Form):
    """Every field that draws its input in its own way."""

    day = JalaliDateField()
    clock = ClockField()
    number = DigitsField()
    weight = DecimalDigitsField()


def test_what_is_known_is_shown_as_it_is_typed() -> None:
    sheet = Sheet(initial={"day": date(2026, 11, 23), "clock": time(8, 30), "number": 3})
    assert [sheet[name].subwidgets[0].data["value"] for name in ("day", "clock", "number")] == [
        "1405/09/02",
        "08:30",
        "3",
    ]


def test_what_was_typed_wrongly_is_shown_as_typed() -> None:
    typed = {"day": "۱۴۰۵/۱۳/۱", "clock": "نیم", "number": "سه", "weight": "پنج"}
    sheet = Sheet(typed)
    assert sheet.is_valid() is False
    assert sorted(sheet.errors) == ["clock", "day", "number", "weight"]
    assert {name: sheet[name].subwidgets[0].data["value"] for name in typed} == typed


def test_a_phone_shows_the_right_keyboard() -> None:
    modes = {name: field.widget.attrs.get("inputmode") for name, field in Sheet().fields.items()}
    assert modes == {
        "day": "numeric",
        "clock": "numeric",
        "number": "numeric",
        "weight": "decimal",
    }
    assert MobileField().widget.attrs["inputmode"] == "tel"
    assert NationalCodeField().widget.attrs["autocomplete"] == "off"
    assert JalaliDateInput({"class": "wide"}).attrs["class"] == "wide"
