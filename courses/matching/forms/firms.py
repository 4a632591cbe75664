"""Forms of firms' standings."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.kit.fields import PersianTextField
from courses.kit.persian import local_digits
from courses.learning.queries import Progress
from courses.matching.actions.standings import Verdict
from courses.matching.market import UNRANKED
from courses.matching.models import Application
from courses.matching.states import Unsuitable


class StandingForm(forms.Form):
    """Where one applicant is put."""

    place = forms.ChoiceField(label=_("Group"), required=False)
    sentence = PersianTextField(
        label=_("Why not suitable? The student reads this."), max_length=300, required=False
    )

    def __init__(
        self,
        *args: Any,
        application: Application,
        learnt: Sequence[Progress] = (),
        **kwargs: Any,
    ) -> None:
        kwargs["prefix"] = application.list.pseudonym
        super().__init__(*args, **kwargs)
        self.application, self.learnt = application, learnt
        standing = getattr(application, "standing", None)
        place: Any = self.fields["place"]
        place.choices = [
            ("", _("not ranked: last group")),
            *[
                (str(tier), _("group %(tier)s") % {"tier": local_digits(str(tier))})
                for tier in range(1, UNRANKED + 1)
            ],
            (_("not suitable"), Unsuitable.choices),
        ]
        if standing:
            self.initial = {
                "place": standing.unsuitable or str(standing.tier),
                "sentence": standing.sentence,
            }
        # Said with its applicant's code, so that a screen reader tells the rows apart.
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{application.list.pseudonym}: {field.label}"

    def clean(self) -> dict[str, Any]:
        """Refuse a "not suitable" without its sentence."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("place") in Unsuitable.values and not cleaned.get("sentence"):
            self.add_error("sentence", _("Write a sentence; the student will read it."))
        return cleaned

    def verdict(self) -> Verdict:
        """Return what the cleaned row says."""
        place = self.cleaned_data["place"]
        if place in Unsuitable.values:
            return Verdict(unsuitable=place, sentence=self.cleaned_data["sentence"])
        return Verdict(tier=int(place) if place else None)
