"""The firm's form for a vacancy."""

from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.kit.fields import (
    ClockField,
    DecimalDigitsField,
    DigitsField,
    JalaliDateField,
    PersianTextField,
)
from courses.law.queries import statute_on
from courses.organisations.models import Organisation
from courses.skills.models import Occupation, Skill
from courses.vacancies.models import WEEKDAYS, LegalBasis, Vacancy
from courses.vacancies.rules import SkillUse, judge_work

# Rules whose breach belongs to a field of the form, so that the summary can point at it.
FIELD_OF_CODE = {
    "too_young": "minimum_age",
    "hours_per_day": "hours_per_day",
    "hours_per_week": "days",
    "night": "ends_at",
    "rest_day": "days",
    "load": "load_kg",
    "tannery": "minimum_age",
    "adult_basis": "legal_basis",
}


class VacancyForm(forms.Form):
    """What a firm says of a place to learn; the law is asked while it is cleaned."""

    title_fa = PersianTextField(label=_("Title"), max_length=120)
    title_en = forms.CharField(label=_("Title in English"), max_length=120, required=False)
    occupation = forms.ModelChoiceField(
        Occupation.objects.all(),
        label=_("Occupation"),
        empty_label=_("Choose"),
        to_field_name="code",
    )
    skills = forms.ModelMultipleChoiceField(
        Skill.objects.select_related("group"),
        to_field_name="code",
        label=_("Skills used"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose one or more. Skills marked 18+ are not for minors."),
    )
    seats = DigitsField(label=_("How many seats do you have?"), min_value=1, max_value=500)
    days = forms.MultipleChoiceField(
        label=_("Days"), choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple
    )
    starts_at = ClockField(label=_("Work begins at"))
    ends_at = ClockField(label=_("Work ends at"))
    hours_per_day = DecimalDigitsField(
        label=_("Hours of work a day, without breaks"), min_value=Decimal("0.5"), max_value=12,
        decimal_places=2, max_digits=4,
    )  # fmt: skip
    load_kg = DecimalDigitsField(
        label=_("Heaviest thing to lift, kilograms"), min_value=0, max_value=200, initial=0,
        decimal_places=1, max_digits=5,
    )  # fmt: skip
    starts_on = JalaliDateField(label=_("First day"))
    ends_on = JalaliDateField(label=_("Last day"))
    minimum_age = DigitsField(
        label=_("Minimum age"), min_value=1, max_value=80, initial=15,
        help_text=_("Under 18, the rules of young workers apply."),
    )  # fmt: skip
    maximum_age = DigitsField(
        label=_("Maximum age"), min_value=15, max_value=80, required=False,
        help_text=_("Leave empty when there is none."),
    )  # fmt: skip
    legal_basis = forms.ChoiceField(label=_("Legal basis"), choices=LegalBasis.choices)
    wage_rial = DigitsField(
        label=_("Monthly pay, rial"), min_value=0, max_value=10**12, required=False,
        help_text=_("Persian or Latin digits, both are right."),
    )  # fmt: skip
    duties = PersianTextField(
        label=_("What does a student learn to do here?"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=2000,
    )

    def __init__(self, *args: Any, firm: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.firm = firm
        skills: Any = self.fields["skills"]
        skills.choices = [
            (group.label, [(skill.code, _skill_label(skill)) for skill in members])
            for group, members in groupby(skills.queryset, key=lambda skill: skill.group)
        ]

    @classmethod
    def of(cls, vacancy: Vacancy) -> dict[str, Any]:
        """Return the initial values that show a saved draft."""
        plain = {name: getattr(vacancy, name) for name in cls.base_fields if name != "skills"}
        return {**plain, "skills": list(vacancy.skills.all())}

    def clean(self) -> dict[str, Any]:
        """Refuse what contradicts itself, then what the law forbids, at the field it concerns."""
        cleaned = super().clean() or self.cleaned_data
        for first, second, sentence in (
            ("starts_at", "ends_at", _("Work ends after it begins.")),
            ("starts_on", "ends_on", _("The last day lies after the first.")),
            ("minimum_age", "maximum_age", _("The maximum age is not below the minimum.")),
        ):
            one, two = cleaned.get(first), cleaned.get(second)
            if one is not None and two is not None and two < one:
                self.add_error(second, sentence)
        if cleaned.get("legal_basis") == LegalBasis.CONTRACT_TRAINEE:
            if not cleaned.get("wage_rial"):
                self.add_error("wage_rial", _("A training agreement names the wage (article 116)."))
            self._at_most_three_years(cleaned)
        if not self.errors:
            for reason in judge_work(self.vacancy(), _uses(cleaned["skills"]),
                                     statute_on(cleaned["starts_on"])):  # fmt: skip
                self.add_error(FIELD_OF_CODE.get(reason.code, "skills"), reason.sentence)
        return cleaned

    def _at_most_three_years(self, cleaned: dict[str, Any]) -> None:
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last - first > timedelta(days=3 * 365 + 1):
            self.add_error("ends_on", _("A training agreement lasts three years at most."))

    def vacancy(self, onto: Vacancy | None = None) -> Vacancy:
        """Return the unsaved vacancy (or the given draft) with the cleaned values."""
        vacancy = onto or Vacancy(firm=self.firm)
        for name, value in self.cleaned_data.items():
            if name != "skills":
                setattr(vacancy, name, value)
        return vacancy


def _skill_label(skill: Skill) -> str:
    return f"{skill.label} (18+)" if skill.hazardous_for_minors else skill.label


def _uses(skills: Any) -> tuple[SkillUse, ...]:
    return tuple(SkillUse(s.code, s.label, s.hazardous_for_minors) for s in skills)


class TakeBackForm(forms.Form):
    """Taking a vacancy back owes a reason: students have looked at it."""

    reason = PersianTextField(label=_("Why?"), max_length=300)
