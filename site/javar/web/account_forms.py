"""The forms of codes, of choosing among accounts, and of a person's own number and e-mail."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.utils.translation import gettext_lazy as _

from courses.kit.fields import JalaliDateField, MobileField
from courses.kit.identity import read_mobile
from courses.kit.persian import to_ascii_digits
from courses.people.models import User

OWN_PASSWORD = {"dir": "ltr", "autocomplete": "current-password"}


class NumberForm(forms.Form):
    """The number a code goes to."""

    mobile = MobileField(label=_("Mobile number"))


class CodeForm(forms.Form):
    """The six digits."""

    code = forms.CharField(
        label=_("The six digits"),
        max_length=20,
        widget=forms.TextInput(
            {"dir": "ltr", "inputmode": "numeric", "autocomplete": "one-time-code",
             "class": "short code"}
        ),
    )  # fmt: skip


class WhoForm(forms.Form):
    """Which of a family's accounts: first names, and their place in the list as their value."""

    def __init__(self, *args: Any, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [user.first_name or user.username for user in people]
        self.fields["who"] = forms.ChoiceField(
            label=_("Who are you?"),
            widget=forms.RadioSelect,
            # Two of one first name are told apart by what is no secret.
            choices=[
                (str(place), f"{name} ({user.username})" if names.count(name) > 1 else name)
                for place, (name, user) in enumerate(zip(names, people, strict=True))
            ],
        )


class AnswerForm(forms.Form):
    """What a telephone alone does not know: the birth date, the password, or both."""

    birth_date = JalaliDateField(
        label=_("Your birth date"), help_text=_("Year/month/day, for example 1389/07/01.")
    )
    password = forms.CharField(
        label=_("Your password"), strip=False, widget=forms.PasswordInput(OWN_PASSWORD)
    )

    def __init__(self, *args: Any, asked: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - asked:
            del self.fields[name]


class ResetForm(forms.Form):
    """One field takes a user name, a mobile number or an e-mail address."""

    login = forms.CharField(
        label=_("User name, mobile or e-mail"),
        max_length=254,
        widget=forms.TextInput({"dir": "ltr", "autocomplete": "username"}),
    )

    def clean_login(self) -> str:
        """Return the stored form of a mobile number, or what was typed, with ASCII digits."""
        login = to_ascii_digits(self.cleaned_data["login"]).strip()
        return read_mobile(login) or login


class NewPasswordForm(SetPasswordForm):
    """A password of one's own, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in self.fields.values():
            one.widget.attrs["dir"] = "ltr"


class OwnForm(forms.Form):
    """Asks the password of whoever changes how an account is entered."""

    password = forms.CharField(
        label=_("Your password"), strip=False, widget=forms.PasswordInput(OWN_PASSWORD)
    )


class MobileForm(OwnForm):
    """Another number; it counts when the code sent there came back."""

    value = MobileField(label=_("Mobile number"))
    field_order = ["value", "password"]


class EmailForm(OwnForm):
    """Another e-mail; it counts when the code sent there came back."""

    value = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput({"dir": "ltr", "autocomplete": "email"})
    )
    field_order = ["value", "password"]

    def clean_value(self) -> str:
        """Return the one form in which addresses are compared."""
        return self.cleaned_data["value"].lower()


class PasswordTooForm(OwnForm):
    """Whether a code alone is enough."""

    on = forms.BooleanField(
        label=_("Ask my password too when I sign in with a code"),
        help_text=_(
            "For a telephone that others hold too. A forgotten password can then not be "
            "replaced by SMS."
        ),
        required=False,
    )
    field_order = ["on", "password"]
