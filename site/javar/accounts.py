"""The account pages' forms: signing in and making an account."""

from typing import Any

from allauth.account.forms import LoginForm, SignupForm
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from courses.kit.fields import JalaliDateField, MobileField, PersianTextField
from courses.kit.identity import read_mobile
from courses.kit.persian import to_ascii_digits
from courses.people.actions import Facts, record_facts
from courses.people.models import Sex, User


class SignInForm(LoginForm):
    """One field takes a user name, a mobile number or an e-mail address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label = _("User name, mobile or e-mail")
        login.widget.attrs = {"dir": "ltr", "autocomplete": "username"}
        self.fields["password"].widget.attrs = {
            "dir": "ltr",
            "autocomplete": "current-password",
        }

    def clean_login(self) -> str:
        """Return the stored form of a mobile number, or what was typed, with ASCII digits."""
        login = to_ascii_digits(super().clean_login())
        return read_mobile(login) or login


class SignUpForm(SignupForm):
    """Makes a student's account: name, birth date and kind of school, so that rules can answer."""

    first_name = PersianTextField(label=_("First name"), max_length=150)
    last_name = PersianTextField(label=_("Last name"), max_length=150)
    birth_date = JalaliDateField(
        label=_("Birth date"),
        help_text=_("Year/month/day, for example 1389/07/01. It decides what the law allows."),
    )
    sex = forms.ChoiceField(
        label=_("Schools you may attend"),
        choices=[(Sex.GIRL, _("girls' schools")), (Sex.BOY, _("boys' schools"))],
        widget=forms.RadioSelect,
    )
    mobile = MobileField(
        label=_("Mobile"), required=False, help_text=_("Optional. You can sign in with it.")
    )
    field_order = [
        "first_name", "last_name", "birth_date", "sex", "mobile",
        "username", "password1", "password2",
    ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The label says it; a placeholder would vanish while typing.
        for name in ("username", "password1", "password2"):
            self.fields[name].widget.attrs.pop("placeholder", None)
            self.fields[name].widget.attrs["dir"] = "ltr"

    def save(self, request: HttpRequest) -> User:
        """Save the account, then the personal record."""
        user = super().save(request)
        user.mobile = self.cleaned_data["mobile"]
        user.save(update_fields=["mobile"])
        record_facts(
            user, Facts(self.cleaned_data["birth_date"], self.cleaned_data["sex"]), by=user
        )
        return user
