"""Forms of rounds and standings."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.kit.calendars import TEHRAN
from courses.kit.fields import DigitsField, JalaliDateField, PersianTextField
from courses.kit.persian import local_digits
from courses.law.queries import holiday_on
from courses.learning.queries import Progress
from courses.matching.actions.standings import Verdict
from courses.matching.models import Application, MatchRound
from courses.matching.states import Unsuitable

DEADLINE_HOUR = time(20)
LOWEST_TIER = 9


class RoundForm(forms.Form):
    """A new round: titles and the two deadlines, each at 20:00."""

    code = forms.SlugField(
        label=_("Code"),
        max_length=40,
        help_text=_("Latin letters and digits, for example r-1405-2."),
    )
    title_fa = PersianTextField(label=_("Title"), max_length=120)
    title_en = forms.CharField(label=_("Title in English"), max_length=120)
    wishes_close_on = JalaliDateField(
        label=_("Students choose until"), help_text=_("20:00 on this day.")
    )
    ranking_closes_on = JalaliDateField(
        label=_("Firms rank until"), help_text=_("20:00 on this day.")
    )
    longest_list = DigitsField(
        label=_("Longest list of wishes"), min_value=1, max_value=50, initial=20
    )

    def clean_code(self) -> str:
        """Refuse a code that is used."""
        code = self.cleaned_data["code"].lower()
        if MatchRound.objects.filter(code=code).exists():
            raise forms.ValidationError(_("Another round has this code."))
        return code

    def clean(self) -> dict[str, Any]:
        """Refuse deadlines out of order."""
        cleaned = super().clean() or self.cleaned_data
        wishes, ranking = cleaned.get("wishes_close_on"), cleaned.get("ranking_closes_on")
        if wishes and ranking and ranking <= wishes:
            self.add_error("ranking_closes_on", _("Firms rank after students have chosen."))
        for name, day in (("wishes_close_on", wishes), ("ranking_closes_on", ranking)):
            if day and datetime.combine(day, DEADLINE_HOUR, TEHRAN) <= timezone.now():
                self.add_error(name, _("This has passed already; choose a later day."))
            if day and (holiday := holiday_on(day)):
                # Nobody sits at a school's or a firm's desk to help on such a day.
                self.add_error(
                    name, _("This is a holiday (%(name)s); choose another day.")
                    % {"name": holiday.name},
                )  # fmt: skip
        return cleaned

    def match_round(self) -> MatchRound:
        """Return the unsaved round the cleaned form describes."""
        data = self.cleaned_data
        return MatchRound(
            code=data["code"],
            title_fa=data["title_fa"],
            title_en=data["title_en"],
            wishes_close_at=datetime.combine(data["wishes_close_on"], DEADLINE_HOUR, TEHRAN),
            ranking_closes_at=datetime.combine(data["ranking_closes_on"], DEADLINE_HOUR, TEHRAN),
            longest_list=data["longest_list"],
        )


class EndPhaseForm(forms.Form):
    """Ending a phase before its deadline owes a reason."""

    reason = PersianTextField(label=_("Why now?"), max_length=300)


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
                for tier in range(1, LOWEST_TIER + 1)
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
