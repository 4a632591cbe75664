"""The forms that take codes of a second factor: counted, in any digits, each code once."""

from typing import Any

from allauth.account.forms import ReauthenticateForm as ReauthenticateByPasswordForm
from allauth.core import context
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from courses.kit import limits
from courses.kit.http import say
from courses.kit.limits import Limit, TooMany
from courses.kit.persian import to_ascii_digits
from javar.web.guesses import refusal
from javar.web.limits import SECOND_FACTOR, SECOND_FACTOR_LONG
from javar.web.second_factor import SET_UP_HERE, SealedOtherwise

# A code of an app is right for a minute and a half; who saw it typed may not type it again.
USED = Limit("second_factor.used", 1, 180, "One code opens one session.")


class CodeInput(forms.TextInput):
    """Shows no code again: it is used or wrong."""

    def format_value(self, value: Any) -> None:
        """Return nothing."""


class CodeField(forms.Form):
    """One field for a code; a mixin of allauth's forms."""

    user: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Code from the app, or a recovery code")
        field.widget = CodeInput(
            {"autocomplete": "one-time-code", "inputmode": "numeric", "dir": "ltr"}
        )

    def clean_code(self) -> str:
        """Count the try, check the code, refuse one that was used, give the count back."""
        request: HttpRequest = context.request
        code = "".join(to_ascii_digits(self.cleaned_data["code"]).split()).replace("-", "")
        self.cleaned_data["code"] = code
        person = str(self.user.pk)
        try:
            taken = limits.count_all(person, SECOND_FACTOR, SECOND_FACTOR_LONG)
        except TooMany as error:
            raise refusal(request, error) from error
        try:
            super().clean_code()  # type: ignore[misc]
        except SealedOtherwise as error:
            raise forms.ValidationError(str(error), error.code) from error
        if limits.count(USED, f"{person}:{code}").is_over:
            raise forms.ValidationError(_("This code has been used. Wait for the next one."))
        for standing in taken:
            limits.give_back(standing)
        return code


class AuthenticateForm(CodeField, base.AuthenticateForm):
    """Asked at every sign-in."""

    def save(self) -> None:
        """Note the factor; whoever came in with a printed code hears how many are left."""
        super().save()
        if self.authenticator.type != Authenticator.Type.RECOVERY_CODES:
            return
        # The library has used the code up on a row of its own.
        self.authenticator.refresh_from_db()
        left = len(self.authenticator.wrap().get_unused_codes())
        words = ngettext(
            "You came in with a recovery code; %(left)s is left. If the telephone is lost, open "
            "“Second step of signing in” under your number and e-mail and move the app.",
            "You came in with a recovery code; %(left)s are left. If the telephone is lost, open "
            "“Second step of signing in” under your number and e-mail and move the app.",
            left,
        )
        say(context.request, words % {"left": left})


class ReauthenticateForm(CodeField, base.ReauthenticateForm):
    """Asked again before something that matters."""


class PasswordAgainForm(ReauthenticateByPasswordForm):
    """Asks for the password again, labelled as the sign-in is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["password"]
        field.label = _("Your password")
        field.widget.attrs = {"autocomplete": "current-password", "dir": "ltr"}


class ActivateTOTPForm(CodeField, totp.ActivateTOTPForm):
    """Proves that the app was set up rightly."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("The six digits the app shows now")

    def clean_code(self) -> str:
        """Remember that this session has shown its factor by setting it up."""
        code = super().clean_code()
        context.request.session[SET_UP_HERE] = True
        return code
