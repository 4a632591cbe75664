"""Every date field of every form gives back the day it was given, 1300 to 1500, saved twice."""

from collections.abc import Iterator
from datetime import date, timedelta
from importlib import import_module
from pkgutil import iter_modules

import pytest
from django import forms
from django.conf import settings

import courses
from courses.imports.kinds import KINDS
from courses.kit.calendars import from_jalali, to_jalali
from courses.kit.fields import JalaliDateField, JalaliDateInput
from courses.kit.persian import to_persian_digits
from courses.people.models import PersonalRecord
from tests.cast import person

FIRST, LAST = from_jalali(1300, 1, 1), from_jalali(1501, 1, 1)
EVERY_DAY = [FIRST + timedelta(n) for n in range((LAST - FIRST).days)]


def _modules() -> Iterator[str]:
    for room in iter_modules(courses.__path__):
        if (settings.ROOT / "courses" / room.name / "forms.py").exists():
            yield f"courses.{room.name}.forms"
    yield from ("javar.accounts", "javar.pages.models")


def _forms() -> Iterator[type[forms.BaseForm]]:
    for module in map(import_module, _modules()):
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, forms.BaseForm):
                yield thing


def date_fields() -> dict[str, forms.Field]:
    """Return every field a day is typed into, by the name of its form and its own."""
    found: dict[str, forms.Field] = {}
    for form in _forms():
        for name, field in getattr(form, "base_fields", {}).items():
            if isinstance(field, forms.DateField | forms.DateTimeField):
                found[f"{form.__module__}.{form.__name__}.{name}"] = field
    for kind in KINDS.values():
        for column in kind.columns:
            if isinstance(column.field, forms.DateField):
                found[f"{kind.code}.{column.name}"] = column.field
    return found


FIELDS = date_fields()


def test_the_fields_are_found() -> None:
    assert {name.rpartition(".")[2] for name in FIELDS} >= {
        "birth_date", "opens_on", "closes_on", "starts_on", "ends_on", "effective_on",
        "list_closes_on", "reserve_until", "wishes_close_on", "ranking_closes_on",
    }  # fmt: skip


def typed(field: forms.Field, day: date) -> str:
    """Return what the page shows in the field, and so what a form that is sent again holds."""
    shown = field.widget.format_value(day)
    assert isinstance(shown, str)
    return shown


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_day_saved_twice_is_the_same_day(name: str) -> None:
    field = FIELDS[name]
    assert isinstance(field, JalaliDateField)
    assert isinstance(field.widget, JalaliDateInput)
    # A field is one class: every thirteenth day meets each month, end and leap day often.
    for day in EVERY_DAY[::13]:
        once = field.to_python(typed(field, day))
        assert once == day
        assert field.to_python(typed(field, once)) == day


def test_every_day_of_two_centuries_comes_back_in_every_writing() -> None:
    field = JalaliDateField()
    for day in EVERY_DAY:
        shown = typed(field, day)
        year, month, number = to_jalali(day)
        assert shown == f"{year:04}/{month:02}/{number:02}"
        assert field.to_python(shown) == day
        assert field.to_python(to_persian_digits(f"{year}-{month}-{number}")) == day


@pytest.mark.django_db
def test_a_day_in_the_database_is_the_day_that_was_typed() -> None:
    field = JalaliDateField()
    record = person("nasrin", age=16, consented=False).record
    for year in range(1300, 1501):
        for month, number in ((1, 1), (6, 31), (12, 29)):
            day = from_jalali(year, month, number)
            for _save in range(2):
                record.birth_date = field.clean(typed(field, day))
                record.save()
                record = PersonalRecord.objects.get(pk=record.pk)
                assert (record.birth_date, to_jalali(record.birth_date)) == (
                    day,
                    (year, month, number),
                )
