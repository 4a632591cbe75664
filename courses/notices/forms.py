"""What a person chooses: channels per kind of notice, and quiet hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.utils.translation import gettext_lazy as _

from courses.kit.fields import ClockField, PersianTextField
from courses.kit.persian import to_ascii_digits
from courses.notices import queries, rules
from courses.notices.kinds import CODES, NoticeKind, group_title, groups_for
from courses.notices.states import Channel
from courses.people.models import User


@dataclass(frozen=True)
class Line:
    """One kind as the page shows it: its sentence, and a tick a channel (None: always)."""

    sentence: str
    ticks: list[forms.BoundField | None]


class ChoicesForm(forms.Form):
    """A tick per kind and channel, then the quiet hours; the one way of what is legal has none.

    Only kinds that can reach the person are asked about.
    """

    quiet_from = ClockField(label=_("Quiet from"), required=False)
    quiet_until = ClockField(label=_("Quiet until"), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User) -> None:
        begins, ends = queries.quiet_hours(user)
        super().__init__(data, initial={"quiet_from": begins, "quiet_until": ends})
        self.names: dict[str, tuple[str, str]] = {}
        chosen = queries.choices_of(user)
        # Whatever leaves the site most comes first.
        busiest = sorted(groups_for(user).items(), key=lambda one: -sum(k.goes_out for k in one[1]))
        self.groups = [
            (name, group_title(name), [self._line(kind, user, chosen) for kind in kinds])
            for name, kinds in busiest
            if name != CODES
        ]
        self.order_fields([*self.names])

    def _line(self, kind: NoticeKind, user: User, chosen: rules.Choices) -> Line:
        """Make the ticks of a kind."""
        ticks: list[forms.BoundField | None] = []
        for channel in Channel:
            if rules.is_fixed(kind, channel, mobile=user.proven_mobile):
                ticks.append(None)
                continue
            name = f"{kind.code}-{channel}"
            self.names[name] = (kind.code, channel)
            self.fields[name] = forms.BooleanField(
                label=channel.label, required=False, initial=rules.wants(kind, channel, chosen)
            )
            ticks.append(self[name])
        return Line(kind.shape, ticks)

    def clean(self) -> dict[str, Any]:
        """Ask for both ends of the quiet hours, or neither."""
        given = super().clean() or {}
        for name, other in (("quiet_from", "quiet_until"), ("quiet_until", "quiet_from")):
            if name not in self.errors and not given.get(name) and given.get(other):
                self.add_error(name, _("Give both ends of the quiet hours, or leave both empty."))
        return given

    def choices(self) -> dict[tuple[str, str], bool]:
        """Return whether each kind is wanted by each channel."""
        return {pair: self.cleaned_data[name] for name, pair in self.names.items()}

    def quiet(self) -> tuple[time, time] | None:
        """Return the quiet hours, or None where both ends were left empty."""
        begins, ends = self.cleaned_data["quiet_from"], self.cleaned_data["quiet_until"]
        return None if begins is None else (begins, ends)


class ReleaseForm(forms.Form):
    """A keeper lets a restored site go on, having read what the restore found."""

    SEND, GIVE_UP = "send", "give_up"

    waiting = forms.ChoiceField(
        label=_("The messages that waited in the backup"),
        choices=[
            (SEND, _("Send them; those the journal saw going out stay marked as sent")),
            (GIVE_UP, _("Send none of them; I try again one by one what is still needed")),
        ],
        widget=forms.RadioSelect,
    )
    read = forms.BooleanField(label=_("I have read what the restore found"))

    @property
    def gives_up(self) -> bool:
        """Tell whether the messages of the copy stay unsent."""
        return bool(self.cleaned_data["waiting"] == self.GIVE_UP)


class FirstPasswordForm(SetPasswordForm):
    """A password of one's own, twice; the house's rules for passwords are said beside it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["dir"] = "ltr"


class WayBackForm(forms.Form):
    """Whose account a keeper asks to open, and why."""

    username = forms.CharField(
        label=_("User name"), max_length=150, widget=forms.TextInput({"dir": "ltr"})
    )
    reason = PersianTextField(
        label=_("Why?"), max_length=300,
        help_text=_("How you know who it is, and what was lost. The trail keeps it."),
    )  # fmt: skip

    def clean_username(self) -> User:
        """Return the account; keepers may know which there are."""
        username = to_ascii_digits(self.cleaned_data["username"]).strip().lower()
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise forms.ValidationError(_("There is no such account."), code="unknown")
        return user
