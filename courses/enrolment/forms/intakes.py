"""An intake, its requirements and its seats."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from courses.curricula.models import ProgrammeVersion
from courses.curricula.queries import newest_versions
from courses.enrolment.models import (
    Criterion,
    Group,
    Intake,
    Requirement,
    SeatPool,
)
from courses.enrolment.models.documents import Paper
from courses.enrolment.models.intakes import RequirementKind
from courses.enrolment.states import Policy
from courses.kit.calendars import TEHRAN
from courses.kit.fields import DigitsField, JalaliDateField, PersianTextField
from courses.organisations.models import Learners, Organisation

RESERVED = [group for group in Group if group != Group.OPEN]


class IntakeForm(forms.Form):
    """A new intake of one school."""

    version = forms.ModelChoiceField(
        ProgrammeVersion.objects.none(), label=_("Programme"), empty_label=None
    )
    seats = DigitsField(
        label=_("Seats open to everybody"),
        help_text=_("Leave it empty for no limit; 0 means none."),
        min_value=0, max_value=5000, required=False,
    )  # fmt: skip
    women_seats = DigitsField(
        label=_("Seats kept for women and girls"), min_value=1, max_value=5000, required=False
    )
    village_seats = DigitsField(
        label=_("Seats kept for people of villages"), min_value=1, max_value=5000, required=False
    )
    host_family_seats = DigitsField(
        label=_("Seats kept for families of the host firm's workers"),
        min_value=1, max_value=5000, required=False,
    )  # fmt: skip
    reserve_until = JalaliDateField(
        label=_("From which day may everybody take the kept seats?"),
        help_text=_("Kept seats are tried first, in this order, then those open to everybody."),
        required=False,
    )
    opens_on = JalaliDateField(label=_("Enrolment opens on"))
    closes_on = JalaliDateField(
        label=_("Enrolment closes at the end of"), help_text=_("The last day somebody can enrol.")
    )
    starts_on = JalaliDateField(label=_("First day of school"))
    list_closes_on = JalaliDateField(
        label=_("The waiting list is called until"),
        help_text=_("Empty: until the first day of school."),
        required=False,
    )
    minimum_age = DigitsField(
        label=_("Minimum age on the first day"), min_value=12, max_value=80, initial=15
    )
    maximum_age = DigitsField(
        label=_("Greatest age on the first day"), min_value=12, max_value=99, required=False
    )
    least_grade = DigitsField(
        label=_("Least school grade"), min_value=1, max_value=12, required=False
    )
    prior_field = PersianTextField(label=_("Field studied before"), max_length=80, required=False)
    completed = forms.ChoiceField(label=_("Programme completed before"), required=False)
    hold_days = DigitsField(
        label=_("For how many days is a minor's seat kept for the consent?"),
        min_value=1, max_value=60, initial=5,
    )  # fmt: skip
    offer_hours = DigitsField(
        label=_("For how many hours does an offer last?"), min_value=1, max_value=720, initial=48
    )
    papers = forms.MultipleChoiceField(
        label=_("Papers to hand in"), choices=Paper.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    consents_needed = forms.TypedChoiceField(
        label=_("For a minor, how many guardians agree?"), coerce=int, initial=1,
        choices=[(1, _("one")), (2, _("both, where there are two"))],
    )  # fmt: skip
    policy = forms.ChoiceField(
        label=_("How seats are given"), choices=Policy.choices, initial=Policy.FIRST_COME
    )
    criteria = PersianTextField(
        label=_("Criteria of the review"),
        help_text=_("One a line: title = most points, for example “Portfolio = 20”."),
        widget=forms.Textarea({"rows": 4}), required=False, strip=False,
    )  # fmt: skip
    least_points = DigitsField(
        label=_("Least points in the review"), min_value=0, max_value=1000, required=False
    )

    def __init__(self, *args: Any, school: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.school = school
        versions = newest_versions()
        field: Any = self.fields["version"]
        field.queryset = versions
        done: Any = self.fields["completed"]
        done.choices = [
            ("", _("none")),
            *[(v.syllabus.code, v.title) for v in versions],
        ]

    def clean_criteria(self) -> list[Criterion]:
        """Return the unsaved criteria of the lines."""
        found = []
        for line in self.cleaned_data["criteria"].splitlines():
            if not line.strip():
                continue
            title, _equals, points = line.rpartition("=")
            try:
                number = DigitsField(min_value=1, max_value=1000).clean(points)
            except ValidationError as error:
                raise ValidationError(
                    _("Write each line as title = points; this one is not: %(line)s"),
                    params={"line": line},
                ) from error
            if not title.strip():
                raise ValidationError(
                    _("Write each line as title = points; this one is not: %(line)s"),
                    params={"line": line},
                )
            name = title.strip()[:120]
            found.append(Criterion(title_fa=name, title_en=name, points=number))
        return found

    def clean(self) -> dict[str, Any]:
        """Refuse dates out of order and half a reserve, at the field that is wrong."""
        cleaned = super().clean() or self.cleaned_data
        opens, closes = cleaned.get("opens_on"), cleaned.get("closes_on")
        if opens and closes and closes < opens:
            self.add_error("closes_on", _("This lies before the opening day."))
        starts = cleaned.get("starts_on")
        if closes and starts and starts < closes:
            self.add_error("starts_on", _("School starts after enrolment has closed."))
        listed = cleaned.get("list_closes_on")
        if closes and listed and listed < closes:
            self.add_error("list_closes_on", _("The list is called at least until the closing."))
        kept = any(cleaned.get(f"{group}_seats") for group in RESERVED)
        if kept and "reserve_until" not in self.errors and not cleaned.get("reserve_until"):
            self.add_error("reserve_until", _("Kept seats need this too."))
        if cleaned.get("policy") == Policy.REVIEWED and not (
            cleaned.get("criteria") or "criteria" in self.errors
        ):
            self.add_error("criteria", _("A review needs at least one criterion."))
        return cleaned

    def intake(self) -> Intake:
        """Return the unsaved intake the cleaned form describes."""
        data = self.cleaned_data
        version = data["version"]
        return Intake(
            code=f"{self.school.code}-{version.syllabus.code}-{data['starts_on']:%Y%m%d}",
            school=self.school,
            version=version,
            opens_at=datetime.combine(data["opens_on"], time(8), TEHRAN),
            closes_at=datetime.combine(data["closes_on"], time(23, 59, 59), TEHRAN),
            starts_on=data["starts_on"],
            list_closes_on=data["list_closes_on"] or data["starts_on"],
            learners=self.school.learners or Learners.MIXED,
            policy=data["policy"],
            hold_days=data["hold_days"],
            offer_hours=data["offer_hours"],
            consents_needed=data["consents_needed"],
            least_points=data["least_points"] or 0,
        )

    def parts(self) -> dict[str, Any]:
        """Return the unsaved parts of the intake, as `open_intake` takes them."""
        data = self.cleaned_data
        kept = [
            SeatPool(
                group=group, seats=data[f"{group}_seats"], opens_to_all_on=data["reserve_until"]
            )
            for group in RESERVED
            if data[f"{group}_seats"]
        ]
        asked = [
            Requirement(kind=RequirementKind.MOST_AGE, number=data["maximum_age"]),
            Requirement(kind=RequirementKind.LEAST_GRADE, number=data["least_grade"]),
            Requirement(kind=RequirementKind.PRIOR_FIELD, text=data["prior_field"]),
            Requirement(kind=RequirementKind.COMPLETED, text=data["completed"]),
        ]
        return {
            "pools": [*kept, SeatPool(seats=data["seats"])],
            "least_age": data["minimum_age"],
            "requirements": [one for one in asked if one.number or one.text],
            "criteria": data["criteria"] if data["policy"] == Policy.REVIEWED else [],
            "papers": data["papers"],
        }


class RequirementForm(forms.Form):
    """One more thing to ask of applicants, from a day on."""

    kind = forms.ChoiceField(label=_("What is asked"), choices=RequirementKind.choices)
    number = DigitsField(
        label=_("Age or grade"), min_value=1, max_value=99, required=False,
        help_text=_("For an age or a grade."),
    )  # fmt: skip
    field = PersianTextField(
        label=_("Field"), max_length=80, required=False, help_text=_("For a field studied before.")
    )
    programme = forms.ChoiceField(
        label=_("Programme"), required=False,
        help_text=_("For a programme completed before, for example the safety induction."),
    )  # fmt: skip
    valid_from = JalaliDateField(label=_("From which day?"))
    source = PersianTextField(label=_("By whose decision?"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["programme"]
        choice.choices = [
            ("", _("none")),
            *[(version.syllabus.code, version.title) for version in newest_versions()],
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for what the kind needs, at its field."""
        cleaned = super().clean() or self.cleaned_data
        kind = cleaned.get("kind")
        needed = {"prior_field": "field", "completed": "programme"}
        name = needed.get(str(kind), "number")
        if kind and name not in self.errors and not cleaned.get(name):
            self.add_error(name, _("This kind of requirement needs it."))
        return cleaned

    def requirement(self, intake: Intake) -> Requirement:
        """Return the unsaved requirement."""
        data = self.cleaned_data
        numbered = data["kind"] not in (RequirementKind.PRIOR_FIELD, RequirementKind.COMPLETED)
        text = data["field"] if data["kind"] == RequirementKind.PRIOR_FIELD else data["programme"]
        return Requirement(
            intake=intake, kind=data["kind"], valid_from=data["valid_from"], source=data["source"],
            number=data["number"] if numbered else None, text="" if numbered else text,
        )  # fmt: skip


class SeatsForm(forms.Form):
    """A new number of seats of one pool, and why."""

    pool = forms.ModelChoiceField(SeatPool.objects.none(), label=_("Which"), empty_label=None)
    seats = DigitsField(
        label=_("Number of seats"), min_value=0, max_value=5000, required=False,
        help_text=_("Leave it empty for no limit; 0 means none."),
    )  # fmt: skip
    reason = PersianTextField(label=_("Why?"), max_length=300)

    def __init__(self, *args: Any, intake: Intake, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["pool"]
        field.queryset = SeatPool.objects.filter(intake=intake)
        field.label_from_instance = lambda pool: pool.get_group_display()
