"""What a person chooses: channels per group of notices, and quiet hours."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.utils.translation import gettext_lazy as _

from courses.kit.fields import ClockField
from courses.notices import queries
from courses.notices.kinds import CODES, NoticeKind, group_title, groups
from courses.notices.states import Channel
from courses.people.models import User


class GroupOfNotices:
    """One group as the page shows it: its title, its ticks, and what always goes out."""

    def __init__(self, name: str, kinds: list[NoticeKind]) -> None:
        """Look at the kinds of the group."""
        self.name = name
        self.title = group_title(name)
        self.ticks: list[forms.BoundField] = []
        self.may_be_chosen = any(kind.goes_out and not kind.legal for kind in kinds)
        self.always = any(kind.legal for kind in kinds)


class ChoicesForm(forms.Form):
    """A tick per group and channel, then the quiet hours; what is legal has no tick."""

    quiet_from = ClockField(label=_("Quiet from"), required=False)
    quiet_until = ClockField(label=_("Quiet until"), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User) -> None:
        begins, ends = queries.quiet_hours(user)
        super().__init__(data, initial={"quiet_from": begins, "quiet_until": ends})
        off = queries.channels_off(user)
        self.groups = sorted(
            (GroupOfNotices(name, kinds) for name, kinds in groups().items() if name != CODES),
            key=lambda group: (not group.may_be_chosen, not group.always),
        )
        for group in self.groups:
            for channel in Channel if group.may_be_chosen else ():
                name = f"{group.name}-{channel}"
                self.fields[name] = forms.BooleanField(
                    label=channel.label, required=False, initial=(group.name, channel) not in off
                )
                group.ticks.append(self[name])
        self.order_fields([name for name in self.fields if not name.startswith("quiet_")])

    def clean(self) -> dict[str, Any]:
        """Ask for both ends of the quiet hours, or neither."""
        given = super().clean() or {}
        for name, other in (("quiet_from", "quiet_until"), ("quiet_until", "quiet_from")):
            if name not in self.errors and not given.get(name) and given.get(other):
                self.add_error(name, _("Give both ends of the quiet hours, or leave both empty."))
        return given

    def choices(self) -> dict[tuple[str, str], bool]:
        """Return whether each group is wanted by each channel."""
        return {
            (group.name, channel): self.cleaned_data[f"{group.name}-{channel}"]
            for group in self.groups
            for channel in Channel
            if group.may_be_chosen
        }

    def quiet(self) -> tuple[time, time] | None:
        """Return the quiet hours, or None where both ends were left empty."""
        begins, ends = self.cleaned_data["quiet_from"], self.cleaned_data["quiet_until"]
        return None if begins is None else (begins, ends)


class FirstPasswordForm(SetPasswordForm):
    """A password of one's own, twice; the house's rules for passwords are said beside it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["dir"] = "ltr"
