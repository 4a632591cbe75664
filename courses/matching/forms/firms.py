"""Forms of firms: where applicants are put, and by which rule."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.kit.fields import DigitsField, PersianTextField
from courses.kit.persian import local_digits
from courses.matching.actions.standings import Verdict
from courses.matching.applicants import Applicant
from courses.matching.market import UNRANKED
from courses.matching.models.wishes import ALL_POINTS
from courses.matching.states import Unsuitable

# So many groups are offered at once; the others stand behind a fold.
FIRST_GROUPS = 3


class _Verdicts(forms.Form):
    """What every form of one applicant holds: a place in the firm's order and a sentence."""

    place = forms.ChoiceField(label=_("Group"), required=False)
    sentence = PersianTextField(
        label=_("Why is this applicant not suitable?"),
        help_text=_("In a sentence; the student reads it."),
        max_length=300,
        required=False,
    )

    def __init__(self, *args: Any, applicant: Applicant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.applicant = applicant
        place: Any = self.fields["place"]
        place.choices = self.choices()
        if applicant.set_aside or applicant.group:
            standing: Any = applicant.standing
            self.initial = {
                "place": standing.unsuitable or str(applicant.group),
                "sentence": standing.sentence,
            }

    def choices(self) -> list[Any]:
        """Return where the applicant may be put; where a rule ranks, only whether at all."""
        if self.applicant.parts is not None:
            return [("", _("suitable: ranked by points")), (_("not suitable"), Unsuitable.choices)]
        return [
            ("", _("not ranked: last group")),
            *groups(1, UNRANKED),
            (_("not suitable"), Unsuitable.choices),
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse a "not suitable" without its sentence."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("place") in Unsuitable.values and not cleaned.get("sentence"):
            self.add_error("sentence", _("Write a sentence; the student will read it."))
        return cleaned

    def verdict(self) -> Verdict:
        """Return what the cleaned form says."""
        place = self.cleaned_data["place"]
        if place in Unsuitable.values:
            return Verdict(unsuitable=place, sentence=self.cleaned_data["sentence"])
        return Verdict(tier=int(place) if place else None)


def groups(first: int, last: int) -> list[tuple[str, str]]:
    """Return the choices of some groups."""
    return [
        (str(tier), _("group %(tier)s") % {"tier": local_digits(str(tier))})
        for tier in range(first, last + 1)
    ]


class StandingForm(_Verdicts):
    """One row of the list; bound only when the row was sent."""

    def __init__(self, data: Any = None, *, applicant: Applicant) -> None:
        sent = data is not None and f"{applicant.code}-place" in data
        super().__init__(data if sent else None, applicant=applicant, prefix=applicant.code)
        # Said with its applicant's code, so that a screen reader tells the rows apart.
        for bound in self.fields.values():
            bound.widget.attrs["aria-label"] = f"{applicant.code}: {bound.label}"

    @property
    def aside(self) -> bool:
        """Whether the row stands with those set aside: not while it is being corrected."""
        return self.applicant.set_aside and not self.is_bound


class ApplicantForm(_Verdicts):
    """One applicant on a page of their own: big choices, few at a time."""

    place = forms.ChoiceField(label=_("Where do you put this applicant?"), required=False,
                              widget=forms.RadioSelect)  # fmt: skip

    def __init__(self, *args: Any, applicant: Applicant, **kwargs: Any) -> None:
        super().__init__(*args, applicant=applicant, **kwargs)
        if applicant.parts is not None:
            self.fields["place"].label = _("Is this applicant suitable?")

    def choices(self) -> list[Any]:
        """Return the first groups in the open, the others and the reasons behind folds."""
        if self.applicant.parts is not None:
            return super().choices()
        return [
            *groups(1, FIRST_GROUPS),
            ("", _("not ranked: last group")),
            (_("More groups"), groups(FIRST_GROUPS + 1, UNRANKED)),
            (_("not suitable"), Unsuitable.choices),
        ]


class ScoringRuleForm(forms.Form):
    """How many of a hundred points each criterion is worth."""

    lessons = DigitsField(
        label=_("Finished lessons"), min_value=0, max_value=ALL_POINTS, initial=50
    )
    quizzes = DigitsField(
        label=_("Results of quizzes"), min_value=0, max_value=ALL_POINTS, initial=30
    )
    nearness = DigitsField(
        label=_("Nearness of home"), min_value=0, max_value=ALL_POINTS, initial=20
    )

    def clean(self) -> dict[str, Any]:
        """Refuse points that do not make a hundred."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and sum(self.weights().values()) != ALL_POINTS:
            total = sum(self.weights().values())
            self.add_error(
                "lessons",
                _("The three make %(total)s points together; change them until they make 100.")
                % {"total": total},
            )
        return cleaned

    def weights(self) -> Mapping[str, int]:
        """Return the points of each criterion."""
        return {name: self.cleaned_data[name] for name in ("lessons", "quizzes", "nearness")}
