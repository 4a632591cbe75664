"""What a keeper looks for."""

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.kit.fields import JalaliDateField
from courses.people.models import SignInKind


class SignInFilter(forms.Form):
    """Which lines of the sign-in log are shown; what is left empty leaves nothing out."""

    account = forms.CharField(
        label=_("User name"), max_length=150, required=False,
        widget=forms.TextInput({"dir": "ltr", "autocomplete": "off"}),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=_("What happened"), choices=[("", _("everything")), *SignInKind.choices],
        required=False,
    )  # fmt: skip
    day = JalaliDateField(label=_("Day"), required=False)
