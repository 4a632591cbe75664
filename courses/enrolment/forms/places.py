"""A place: left, deferred, moved to another intake, and its guardian."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.enrolment.models import (
    Intake,
)
from courses.kit.fields import JalaliDateField, MobileField, PersianTextField
from courses.people.models import Relation


class LeaveForm(forms.Form):
    """Leaving an intake: a reason is welcome, not owed."""

    reason = PersianTextField(label=_("Why?"), max_length=300, required=False)


class DeferForm(forms.Form):
    """Putting off: from which day, and why."""

    effective_on = JalaliDateField(label=_("From which day?"))
    reason = PersianTextField(label=_("Why?"), max_length=300)


class TransferForm(forms.Form):
    """Moving to another intake."""

    to = forms.ModelChoiceField(Intake.objects.none(), label=_("Where to?"), empty_label=None)
    reason = PersianTextField(label=_("Why?"), max_length=300)

    def __init__(self, *args: Any, intakes: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.queryset = intakes


class GuardianForm(forms.Form):
    """Who may consent for a student; nobody is a father because nothing was chosen."""

    full_name = PersianTextField(label=_("Guardian's first and last name"), max_length=120)
    relation = forms.ChoiceField(
        label=_("How are they related?"), choices=Relation.choices, widget=forms.RadioSelect
    )
    mobile = MobileField(
        label=_("Guardian's mobile"), help_text=_("They get a link by SMS; no account is needed.")
    )
