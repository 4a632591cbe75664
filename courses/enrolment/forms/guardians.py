"""What a registrar finds of a guardian's number; what a guardian says in person or by a code."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.kit.fields import PersianTextField
from courses.people.models import Guardian, LookVerdict


class LookForm(forms.Form):
    """Whose number it is, and how that was found out; nothing is chosen beforehand."""

    verdict = forms.ChoiceField(
        label=_("Whose number is it?"),
        choices=[
            (LookVerdict.GUARDIAN.value, _("The guardian's")),
            (LookVerdict.STRUCK.value, _("Not the guardian's: strike it out")),
        ],
        widget=forms.RadioSelect,
    )
    reason = PersianTextField(
        label=_("How do you know?"), max_length=300,
        help_text=_("For example: I have phoned; the mother was here with her identity card."),
    )  # fmt: skip


class TakenBackForm(forms.Form):
    """A guardian takes a consent back before the registrar."""

    guardian = forms.ModelChoiceField(
        Guardian.objects.none(), label=_("Guardian"), empty_label=None, widget=forms.RadioSelect
    )
    channel = forms.ChoiceField(
        label=_("How?"), choices=[("in_person", _("in person")), ("paper", _("on paper"))],
        widget=forms.RadioSelect,
    )  # fmt: skip
    reason = PersianTextField(label=_("Why?"), max_length=300, required=False)

    def __init__(self, *args: Any, guardians: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["guardian"]
        field.queryset = guardians


class LetBackInForm(forms.Form):
    """Why a student gets a one-time link."""

    reason = PersianTextField(
        label=_("How do you know who it is, and what was lost?"), max_length=300,
        help_text=_("For example: she came with her identity card; telephone and password lost."),
    )  # fmt: skip


class CodeForm(forms.Form):
    """The six digits that came to the guardian's number."""

    code = forms.CharField(
        label=_("Code of the message"), max_length=20,
        widget=forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "one-time-code", "dir": "ltr"}
        ),
    )  # fmt: skip
