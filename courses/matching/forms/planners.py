"""Forms of what-ifs."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.kit.fields import DigitsField, PersianTextField
from courses.kit.persian import to_ascii_digits
from courses.matching.scenarios import (
    TOO_MANY_RESERVED,
    UNKNOWN_VACANCY,
    Change,
    places_after,
)
from courses.matching.solver.snapshot import Place

ROWS, MOST_CHANGES, MOST_SEATS = 3, 12, 100_000
KINDS = [
    ("", _("no change")),
    ("seats", _("other number of seats")),
    ("soft", _("seats reserved for a school, open to all when unused")),
    ("hard", _("seats reserved for a school, empty when unused")),
    ("vacancy", _("one more vacancy like it")),
]
SENTENCES = {
    UNKNOWN_VACANCY: _("No such vacancy takes part in this round."),
    TOO_MANY_RESERVED: _("More seats would be reserved than there are."),
}


class TitleForm(forms.Form):
    """What a scenario is called."""

    title = PersianTextField(
        label=_("Title"), max_length=120, help_text=_("What you want to know, in a few words.")
    )


class ChangeForm(forms.Form):
    """One change of a scenario; a row whose kind is empty says nothing."""

    kind = forms.ChoiceField(label=_("What changes"), choices=KINDS, required=False)
    vacancy = forms.CharField(
        label=_("Code of the vacancy"), max_length=40, required=False,
        widget=forms.TextInput({"dir": "ltr", "list": "codes", "autocomplete": "off",
                                "class": "code"}),
    )  # fmt: skip
    school = forms.ChoiceField(label=_("School"), required=False)
    seats = DigitsField(label=_("Seats"), min_value=0, max_value=MOST_SEATS, required=False)

    def __init__(self, *args: Any, schools: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        """Offer the schools."""
        super().__init__(*args, **kwargs)
        school: Any = self.fields["school"]
        school.choices = [("", _("no school")), *schools]

    def clean_vacancy(self) -> str:
        """Return the code in small Latin signs."""
        return to_ascii_digits(self.cleaned_data["vacancy"]).strip()

    def clean(self) -> dict[str, Any]:
        """Refuse a change that does not say of what, for whom or how many."""
        cleaned = super().clean() or self.cleaned_data
        kind = cleaned.get("kind")
        if not kind:
            if "kind" in cleaned and any(cleaned.get(n) for n in ("vacancy", "school")):
                self.add_error("kind", _("Choose what changes, or empty the row."))
            return cleaned
        if "vacancy" in cleaned and not cleaned["vacancy"]:
            self.add_error("vacancy", _("Write the code of a vacancy of this round."))
        if "seats" in cleaned and cleaned["seats"] is None:
            self.add_error("seats", _("Write how many seats."))
        if kind in ("soft", "hard") and "school" in cleaned and not cleaned["school"]:
            self.add_error("school", _("Choose a school."))
        return cleaned

    def change(self) -> dict[str, Any] | None:
        """Return the change the cleaned row describes; None for an empty one."""
        data = self.cleaned_data
        kind = data.get("kind")
        if not kind:
            return None
        found = {"kind": kind, "vacancy": data["vacancy"], "seats": data["seats"]}
        if kind in ("soft", "hard"):
            found |= {"kind": "reserve", "school": data["school"], "hard": kind == "hard"}
        return found


class ChangeRows(forms.BaseFormSet[ChangeForm]):
    """The changes of a scenario, judged together."""

    places: Sequence[Place] | None = None

    def total_form_count(self) -> int:
        """Return how many rows there are: one at least, where a refusal finds its place."""
        return max(1, super().total_form_count())

    def clean(self) -> None:
        """Refuse nothing at all, and changes the round does not allow."""
        if any(self.errors):
            return
        rows = [(form, form.change()) for form in self.forms]
        asked = [(form, change) for form, change in rows if change is not None]
        if not asked:
            self.forms[0].add_error("kind", _("Write at least one change."))
            return
        if self.places is None:
            return
        _after, faults = places_after(self.places, [change for _form, change in asked])
        for fault in faults:
            name = "vacancy" if fault.code == UNKNOWN_VACANCY else "seats"
            asked[fault.number][0].add_error(name, SENTENCES[fault.code])

    def changes(self) -> list[dict[str, Any]]:
        """Return the changes of the cleaned rows."""
        return [change for form in self.forms if (change := form.change()) is not None]


ChangeFormSet = forms.formset_factory(
    ChangeForm, formset=ChangeRows, extra=ROWS, max_num=MOST_CHANGES, absolute_max=MOST_CHANGES
)


def rows_of(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Return the rows that show the changes of a scenario again."""
    return [
        {
            "kind": ("hard" if one["hard"] else "soft")
            if one["kind"] == "reserve"
            else one["kind"],
            "vacancy": one["vacancy"],
            "school": one.get("school", ""),
            "seats": one["seats"],
        }
        for one in changes
    ]
