"""Forms of students."""

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.kit.fields import PersianTextField


class ObjectionForm(forms.Form):
    """What a student finds wrong with a result."""

    text = PersianTextField(
        label=_("What is wrong?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Name the workshop and what you know. A human reads every word."),
    )
