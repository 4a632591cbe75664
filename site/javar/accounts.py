"""The account pages' forms: signing in and making an account."""

from typing import Any

from allauth.account.forms import LoginForm, SignupForm
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from courses.kit.fields import JalaliDateField, MobileField, PersianTextField
from courses.kit.identity import read_mobile
from courses.kit.persian import to_ascii_digits
from courses.notices.states import Channel
from courses.people.actions import Facts, record_facts
from courses.people.models import Sex, User
from javar.web import code_flow
from javar.web.code_flow import Flow
from javar.web.contacts import start_proof


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
        # The page has the way to a new password beside its button.
        self.fields["password"].help_text = ""

    def clean_login(self) -> str:
        """Return the stored form of a mobile number, or what was typed, with ASCII digits."""
        login = to_ascii_digits(super().clean_login())
        return read_mobile(login) or login

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """Sign in; where number and password fit several of a family, ask which of them."""
        fitting = getattr(request, "fitting_accounts", [])
        if len(fitting) < 2:
            return super().login(request, redirect_url)
        flow = Flow(
            self.cleaned_data["login"], way="password", opened=fitting, next=redirect_url or ""
        )
        request.session.cycle_key()
        code_flow.store(request, flow)
        return redirect("accounts:code_choose")


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
        label=_("Mobile number"),
        required=False,
        help_text=_("With it you can sign in and get a new password. A code comes to it."),
    )
    # Not `email`: the library would ask who else has it, and say so.
    address = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        widget=forms.EmailInput({"dir": "ltr", "autocomplete": "email"}),
    )
    field_order = [
        "first_name", "last_name", "birth_date", "sex", "mobile", "address",
        "username", "password1", "password2",
    ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The label says it; a placeholder would vanish while typing.
        for name in ("username", "password1", "password2"):
            self.fields[name].widget.attrs.pop("placeholder", None)
            self.fields[name].widget.attrs["dir"] = "ltr"

    def save(self, request: HttpRequest) -> User:
        """Save the account, then the personal record; what was typed is not proven by that.

        A code goes to the number, or to the e-mail without one; the page for it comes next.
        """
        user = super().save(request)
        user.mobile = self.cleaned_data["mobile"]
        user.email = self.cleaned_data["address"].lower()
        user.save(update_fields=["mobile", "email"])
        record_facts(
            user, Facts(self.cleaned_data["birth_date"], self.cleaned_data["sex"]), by=user
        )
        if user.mobile:
            start_proof(request, user, Channel.SMS, user.mobile)
        elif user.email:
            start_proof(request, user, Channel.MAIL, user.email)
        return user
