"""What the desk does with places: groups, deeds on many, points."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.enrolment.models import (
    Criterion,
    Enrolment,
    Group,
    Score,
)
from courses.kit.fields import DigitsField, PersianTextField


class GroupForm(forms.Form):
    """A group the school has seen a student belongs to."""

    group = forms.ChoiceField(
        label=_("Belongs to"),
        choices=[(g.value, g.label) for g in (Group.VILLAGE, Group.HOST_FAMILY)],
    )


BULK = {
    "enrol": _("Enrol"),
    "remind": _("Remind"),
    "withdraw": _("Withdraw"),
    "refuse": _("Refuse"),
    "invite": _("First sign-in"),
}


class BulkForm(forms.Form):
    """One thing to do with the ticked places."""

    verb = forms.ChoiceField(label=_("With the ticked ones"), choices=list(BULK.items()))
    places = forms.ModelMultipleChoiceField(
        Enrolment.objects.none(), to_field_name="public_id",
        error_messages={"required": _("Tick at least one place.")},
    )  # fmt: skip
    reason = PersianTextField(label=_("Reason"), max_length=300, required=False)

    def __init__(self, *args: Any, places: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["places"]
        field.queryset = places

    def clean(self) -> dict[str, Any]:
        """A refusal is told with its reason."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("verb") in {"refuse", "withdraw"} and not cleaned.get("reason"):
            self.add_error("reason", _("Write the reason: the student reads it."))
        return cleaned


class PointsForm(forms.Form):
    """The points of one application, a field a criterion."""

    def __init__(
        self, *args: Any, criteria: list[Criterion], scores: Iterable[Score], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        given = {score.criterion_id: score.points for score in scores}
        for criterion in criteria:
            self.fields[f"criterion_{criterion.pk}"] = DigitsField(
                label=criterion.title,
                help_text=_("0 to %(points)s") % {"points": criterion.points},
                min_value=0, max_value=criterion.points, initial=given.get(criterion.pk),
            )  # fmt: skip

    def points(self) -> dict[Criterion, int]:
        """Return the points by criterion."""
        return {one: self.cleaned_data[f"criterion_{one.pk}"] for one in self.criteria}
