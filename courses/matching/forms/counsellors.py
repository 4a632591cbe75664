"""Forms of counsellors."""

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.kit.fields import PersianTextField


class TalkForm(forms.Form):
    """What came of a talk with a student without a place."""

    note = PersianTextField(
        label=_("What was agreed?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example: enters the supplementary round, or trains at school first."),
    )
