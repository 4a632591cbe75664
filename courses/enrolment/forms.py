"""The registrar's form for a new intake."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.curricula.models import ProgrammeVersion
from courses.curricula.queries import newest_versions
from courses.enrolment.models import Intake
from courses.kit.calendars import TEHRAN
from courses.kit.fields import DigitsField, JalaliDateField, PersianTextField
from courses.organisations.models import Learners, Organisation


class IntakeForm(forms.Form):
    """A new intake of one school."""

    version = forms.ModelChoiceField(
        ProgrammeVersion.objects.none(), label=_("Programme"), empty_label=None
    )
    seats = DigitsField(label=_("How many seats?"), min_value=1, max_value=5000)
    opens_on = JalaliDateField(label=_("Enrolment opens on"))
    closes_on = JalaliDateField(
        label=_("Enrolment closes at the end of"), help_text=_("The last day somebody can enrol.")
    )
    starts_on = JalaliDateField(label=_("First day of school"))
    minimum_age = DigitsField(
        label=_("Minimum age on the first day"), min_value=12, max_value=80, initial=15
    )

    def __init__(self, *args: Any, school: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.school = school
        field: Any = self.fields["version"]
        field.queryset = newest_versions()

    def clean(self) -> dict[str, Any]:
        """Refuse dates out of order, at the field that is wrong."""
        cleaned = super().clean() or self.cleaned_data
        opens, closes = cleaned.get("opens_on"), cleaned.get("closes_on")
        if opens and closes and closes < opens:
            self.add_error("closes_on", _("This lies before the opening day."))
        starts = cleaned.get("starts_on")
        if closes and starts and starts < closes:
            self.add_error("starts_on", _("School starts after enrolment has closed."))
        return cleaned

    def intake(self) -> Intake:
        """Return the unsaved intake the cleaned form describes."""
        data = self.cleaned_data
        version = data["version"]
        return Intake(
            code=f"{self.school.code}-{version.snapshot['code']}-{data['starts_on']:%Y%m%d}",
            school=self.school,
            version=version,
            opens_at=datetime.combine(data["opens_on"], time(8), TEHRAN),
            closes_at=datetime.combine(data["closes_on"], time(23, 59, 59), TEHRAN),
            starts_on=data["starts_on"],
            learners=self.school.learners or Learners.MIXED,
            minimum_age=data["minimum_age"],
            seats=data["seats"],
        )


class SeatsForm(forms.Form):
    """A new number of seats and why."""

    seats = DigitsField(label=_("Number of seats"), min_value=0, max_value=5000)
    reason = PersianTextField(label=_("Why?"), max_length=300)


class LeaveForm(forms.Form):
    """Leaving an intake: a reason is welcome, not owed."""

    reason = PersianTextField(label=_("Why? (optional)"), max_length=300, required=False)
