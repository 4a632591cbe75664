"""Days, moments and clocks in Wagtail's admin, Jalali like everywhere else.

Wagtail draws Gregorian pickers. Its register of form fields is told to use ours instead; the
publishing panel names its picker itself, so our fields take over what that picker carries for
the schedule's dialog, and nothing else of it.
"""

from datetime import date, datetime
from typing import Any

from django import forms
from django.db import models
from django.utils.html import escape
from wagtail.admin.compare import FieldComparison, TextDiff, register_comparison_class
from wagtail.admin.forms.models import register_form_field_override

from courses.kit.fields import ClockField, JalaliDateField, JalaliDateTimeField
from javar.theme import wording


class AdminDateField(JalaliDateField):
    """A day on a form of the admin."""

    def __init__(self, *, widget: Any = None, **kwargs: Any) -> None:
        super().__init__(widget=_without_picker(widget, self), **kwargs)


class AdminDateTimeField(JalaliDateTimeField):
    """A moment on a form of the admin."""

    def __init__(self, *, widget: Any = None, **kwargs: Any) -> None:
        super().__init__(widget=_without_picker(widget, self), **kwargs)


def _without_picker(widget: Any, field: forms.Field) -> Any:
    """Return our line with the attributes of a Gregorian picker; any other widget as it is."""
    if isinstance(widget, forms.DateInput | forms.DateTimeInput):
        return type(field).widget(widget.attrs)
    return widget


class DateComparison(FieldComparison):
    """Two revisions' days or moments side by side, in words."""

    def htmldiff(self) -> str:
        """Return the words once where nothing changed, else both."""
        before, after = _words(self.val_a), _words(self.val_b)
        if before == after:
            return escape(before)
        return str(TextDiff([("deletion", before), ("addition", after)]).to_html())


def _words(value: date | None) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return wording.moment_words(value)
    return wording.date_words(value)


def register_fields() -> None:
    """Tell Wagtail which fields its forms and comparisons are made of."""
    for of, form_class in (
        (models.DateField, AdminDateField),
        (models.DateTimeField, AdminDateTimeField),
        (models.TimeField, ClockField),
    ):
        register_form_field_override(of, override={"form_class": form_class})
    register_comparison_class(models.DateField, comparison_class=DateComparison)
