"""Form fields that understand what Persian keyboards type."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import from_current_timezone
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.kit.calendars import NotADate, jalali_digits, read_date, read_moment
from courses.kit.identity import read_mobile, read_national_code
from courses.kit.persian import normalise, to_ascii_digits


class PersianTextField(forms.CharField):
    """Text, normalised on the way in (one form of each letter, tidy spaces)."""

    def to_python(self, value: Any) -> str:
        """Return the normalised text."""
        return normalise(super().to_python(value) or "")


class DigitsField(forms.IntegerField):
    """A whole number typed with Persian, Arabic or ASCII digits, separators allowed."""

    widget = forms.TextInput
    default_error_messages = {"invalid": _("Write a number, for example 3.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.widget.attrs.setdefault("inputmode", "numeric")

    def to_python(self, value: Any) -> int | None:
        """Return the number; empty is None, never 0."""
        if isinstance(value, str):
            value = to_ascii_digits(value).replace(",", "").strip()
        return super().to_python(value)


class DecimalDigitsField(forms.DecimalField):
    """A decimal number typed with any digits, «٫» or «.» as its point."""

    widget = forms.TextInput
    default_error_messages = {"invalid": _("Write a number, for example 5.5.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal")

    def to_python(self, value: Any) -> Any:
        """Return a Decimal or None."""
        if isinstance(value, str):
            value = to_ascii_digits(value).strip()
        return super().to_python(value)


class JalaliDateInput(forms.TextInput):
    """Shows a date as `1405/09/02`; what was typed wrongly is shown again as typed."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"dir": "ltr", "inputmode": "numeric", "autocomplete": "off",
                          "class": "short code", "placeholder": "1405/09/02",
                          **(attrs or {})})  # fmt: skip

    def format_value(self, value: Any) -> str | None:
        """Return Jalali digits for a date, anything else unchanged."""
        return jalali_digits(value) if isinstance(value, date) else value


class JalaliDateField(forms.DateField):
    """A Jalali date (a Gregorian one is understood too); cleaned to a Gregorian date."""

    widget = JalaliDateInput
    default_error_messages = {
        "invalid": _("Write the date as year/month/day, for example 1405/09/02.")
    }

    def to_python(self, value: Any) -> date | None:
        """Return the Gregorian date or None."""
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value
        try:
            return read_date(str(value))
        except NotADate as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class JalaliDateTimeInput(JalaliDateInput):
    """Shows a moment as `1405/09/02 14:30`, with seconds only where there are some."""

    supports_microseconds = False

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "text", "placeholder": "1405/09/02 14:30", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        """Return Jalali digits and the clock of the active zone; anything else unchanged."""
        if not isinstance(value, datetime):
            return super().format_value(value)
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
        return f"{jalali_digits(local)} {clock}"


class JalaliDateTimeField(forms.DateTimeField):
    """A Jalali day with a clock of the active zone; cleaned to an aware moment."""

    widget = JalaliDateTimeInput
    default_error_messages = {
        "invalid": _("Write the moment as year/month/day hour:minute, e.g. 1405/09/02 14:30.")
    }

    def to_python(self, value: Any) -> datetime | None:
        """Return the moment or None."""
        if not isinstance(value, str) or value in self.empty_values:
            return super().to_python(value)
        try:
            return from_current_timezone(read_moment(value))
        except NotADate as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class ClockField(forms.TimeField):
    """A time of day such as 08:30, any digits."""

    widget = forms.TextInput
    default_error_messages = {"invalid": _("Write the time as hour:minute, for example 08:30.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, input_formats=["%H:%M", "%H"], **kwargs)
        self.widget.attrs.update({"dir": "ltr", "class": "short code", "inputmode": "numeric"})
        self.widget.format_value = _clock_value  # type: ignore[method-assign, assignment]

    def to_python(self, value: Any) -> time | None:
        """Return the time or None."""
        if isinstance(value, str):
            value = to_ascii_digits(value).strip()
        return super().to_python(value)


def _clock_value(value: Any) -> str | None:
    """Show hours and minutes only."""
    return value.strftime("%H:%M") if isinstance(value, time) else value


class MobileField(forms.CharField):
    """A mobile number in any of its usual forms; cleaned to +989XXXXXXXXX, empty to None."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.widget.attrs.update({"dir": "ltr", "inputmode": "tel", "autocomplete": "tel"})

    def clean(self, value: Any) -> str | None:
        """Return the number, or None where it is empty and not required."""
        text = super().clean(value)
        if not text:
            return None
        mobile = read_mobile(text)
        if mobile is None:
            raise ValidationError(
                _("Write a mobile number, for example 0914 000 0000."), code="invalid"
            )
        return mobile


class NationalCodeField(forms.CharField):
    """A national code with a right check digit; cleaned to ten ASCII digits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.widget.attrs.update({"dir": "ltr", "inputmode": "numeric", "autocomplete": "off"})

    def clean(self, value: Any) -> str | None:
        """Return the code, or None where it is empty and not required."""
        text = super().clean(value)
        if not text:
            return None
        code = read_national_code(text)
        if code is None:
            raise ValidationError(
                _("This is not a valid national code: check its ten digits."), code="invalid"
            )
        return code
