"""Forms of rounds."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.kit.calendars import TEHRAN
from courses.kit.fields import DigitsField, JalaliDateField, PersianTextField
from courses.law.queries import holiday_on
from courses.matching import queries
from courses.matching.models import MatchRound

DEADLINE_HOUR = time(20)


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
    confirm_days = DigitsField(
        label=_("Days to accept a place"), min_value=1, max_value=60, initial=5
    )
    public_source = PersianTextField(
        label=_("Public value to be mixed into the lottery"),
        max_length=200,
        help_text=_(
            "Something nobody can know or choose before the freeze, for example the winning "
            "number of a named public draw on a day after it."
        ),
    )
    supplements = forms.ModelChoiceField(
        label=_("Fills the seats left by"),
        queryset=MatchRound.objects.none(),
        required=False,
        empty_label=_("no round: this is a main round"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rounds: Any = self.fields["supplements"]
        rounds.queryset = MatchRound.objects.filter(state__in=queries.RESULT_STATES)

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
            confirm_days=data["confirm_days"],
            public_source=data["public_source"],
            supplements=data["supplements"],
        )


class PublicValueForm(forms.Form):
    """The public value named at the opening, as it came out."""

    value = PersianTextField(
        label=_("The value"), max_length=200, help_text=_("Exactly as it was published.")
    )
    source = PersianTextField(
        label=_("Where you read it"),
        max_length=300,
        help_text=_("So that anybody can look it up: paper and date, or an address."),
    )


class EndPhaseForm(forms.Form):
    """Ending a phase before its deadline owes a reason."""

    reason = PersianTextField(label=_("Why now?"), max_length=300)
