"""Forms of rounds."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from courses.kit.calendars import TEHRAN, today
from courses.kit.fields import DigitsField, JalaliDateField, PersianTextField
from courses.law.queries import holiday_on
from courses.matching import queries
from courses.matching.models import MatchRound

DEADLINE_HOUR = time(20)
LONGEST_AUDIT = 90


def evening_of(day: date) -> datetime:
    """Return the moment at which a deadline on a day falls."""
    return datetime.combine(day, DEADLINE_HOUR, TEHRAN)


class DraftForm(forms.Form):
    """A draft round: titles and the two deadlines, each at 20:00."""

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

    def clean(self) -> dict[str, Any]:
        """Refuse deadlines out of order."""
        cleaned = super().clean() or self.cleaned_data
        wishes, ranking = cleaned.get("wishes_close_on"), cleaned.get("ranking_closes_on")
        if wishes and ranking and ranking <= wishes:
            self.add_error("ranking_closes_on", _("Firms rank after students have chosen."))
        for name, day in (("wishes_close_on", wishes), ("ranking_closes_on", ranking)):
            if day and evening_of(day) <= timezone.now():
                self.add_error(name, _("This has passed already; choose a later day."))
            if day and (holiday := holiday_on(day)):
                # Nobody sits at a school's or a firm's desk to help on such a day.
                self.add_error(
                    name, _("This is a holiday (%(name)s); choose another day.")
                    % {"name": holiday.name},
                )  # fmt: skip
        return cleaned

    def facts(self) -> dict[str, Any]:
        """Return what the cleaned form says of a round, by the names of its columns."""
        data = self.cleaned_data
        return {
            "title_fa": data["title_fa"],
            "title_en": data["title_en"],
            "wishes_close_at": evening_of(data["wishes_close_on"]),
            "ranking_closes_at": evening_of(data["ranking_closes_on"]),
            "longest_list": data["longest_list"],
            "confirm_days": data["confirm_days"],
            "public_source": data["public_source"],
            "supplements": data["supplements"],
        }

    @staticmethod
    def said_of(match_round: MatchRound) -> dict[str, Any]:
        """Return a draft as the form shows it."""
        return {
            "title_fa": match_round.title_fa,
            "title_en": match_round.title_en,
            "wishes_close_on": today(match_round.wishes_close_at),
            "ranking_closes_on": today(match_round.ranking_closes_at),
            "longest_list": match_round.longest_list,
            "confirm_days": match_round.confirm_days,
            "public_source": match_round.public_source,
            "supplements": match_round.supplements_id,
        }


class RoundForm(DraftForm):
    """A new round: a draft and its code."""

    code = forms.SlugField(
        label=_("Code"),
        max_length=40,
        help_text=_("Latin letters and digits, for example r-1405-2."),
    )
    field_order = ("code",)

    def clean_code(self) -> str:
        """Refuse a code that is used."""
        code = self.cleaned_data["code"].lower()
        if MatchRound.objects.filter(code=code).exists():
            raise forms.ValidationError(_("Another round has this code."))
        return code

    def match_round(self) -> MatchRound:
        """Return the unsaved round the cleaned form describes."""
        return MatchRound(code=self.cleaned_data["code"], **self.facts())


def supplement_of(match_round: MatchRound) -> dict[str, Any]:
    """Return what a round that fills the seats another one left begins with."""
    titles = {}
    for language, title in (("fa", match_round.title_fa), ("en", match_round.title_en)):
        with override(language):
            titles[f"title_{language}"] = gettext("%(title)s – supplementary") % {"title": title}
    return titles | {
        "code": f"{match_round.code}-s"[:40],
        "longest_list": match_round.longest_list,
        "confirm_days": match_round.confirm_days,
        "supplements": match_round.pk,
    }


class DeadlinesForm(forms.Form):
    """Other deadlines for an open round, each at 20:00, and why."""

    wishes_close_on = JalaliDateField(
        label=_("Students choose until"), help_text=_("20:00 on this day.")
    )
    ranking_closes_on = JalaliDateField(
        label=_("Firms rank until"), help_text=_("20:00 on this day.")
    )
    reason = PersianTextField(
        label=_("Why?"), max_length=300, help_text=_("Everybody can read it in the ledger.")
    )

    def __init__(self, data: Any = None, *, match_round: MatchRound) -> None:
        """Begin with the present deadlines."""
        self._round = match_round
        days = {
            "wishes_close_on": today(match_round.wishes_close_at),
            "ranking_closes_on": today(match_round.ranking_closes_at),
        }
        super().__init__(data, initial=days)

    def clean(self) -> dict[str, Any]:
        """Refuse days that have passed, holidays, and deadlines out of order."""
        cleaned = super().clean() or self.cleaned_data
        moments = {
            "wishes_close_on": self._moment("wishes_close_on", self._round.wishes_close_at),
            "ranking_closes_on": self._moment("ranking_closes_on", self._round.ranking_closes_at),
        }
        wishes, ranking = moments["wishes_close_on"], moments["ranking_closes_on"]
        if wishes and ranking and ranking <= wishes:
            self.add_error("ranking_closes_on", _("Firms rank after students have chosen."))
        return cleaned | {"wishes_close_at": wishes, "ranking_closes_at": ranking}

    def _moment(self, name: str, old: datetime) -> datetime | None:
        """Return a deadline's new moment; a day that stays keeps its hour."""
        day = self.cleaned_data.get(name)
        if day is None or day == today(old):
            return None if day is None else old
        if evening_of(day) <= timezone.now():
            self.add_error(name, _("This has passed already; choose a later day."))
        elif holiday := holiday_on(day):
            self.add_error(
                name, _("This is a holiday (%(name)s); choose another day.")
                % {"name": holiday.name},
            )  # fmt: skip
        return evening_of(day)


class ReasonForm(forms.Form):
    """What one may say to a move of a round."""

    reason = PersianTextField(
        label=_("Reason"), max_length=300, required=False,
        help_text=_("Everybody can read it in the ledger."),
    )  # fmt: skip


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
    """Ending a phase before its deadline owes a reason; `phase` is the one that was shown."""

    phase = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = PersianTextField(label=_("Why now?"), max_length=300)


class AuditorForm(forms.Form):
    """Who recomputes a round, why, and for how long they may download it."""

    auditor = PersianTextField(label=_("Who audits"), max_length=160)
    purpose = PersianTextField(label=_("Why"), max_length=300)
    days = DigitsField(
        label=_("For how many days"), min_value=1, max_value=LONGEST_AUDIT, initial=14
    )


class RulingForm(forms.Form):
    """An officer's answer to an objection; the student reads its text."""

    ruling = forms.ChoiceField(
        label=_("Your answer"),
        choices=[
            ("uphold", _("The objection is right")),
            ("reject", _("The result stands")),
        ],
        widget=forms.RadioSelect,
    )
    answer = PersianTextField(
        label=_("What you found"), max_length=2000, widget=forms.Textarea,
        help_text=_("The student reads this; say what you looked at and what follows."),
    )  # fmt: skip
