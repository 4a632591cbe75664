"""A person's own number and e-mail: shown, proven by a code, changed, taken away."""

from typing import Any

from allauth.account.views import SignupView
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from courses.kit.http import page, say, say_refusal, visitor
from courses.kit.identity import spaced_mobile
from courses.kit.persian import local_digits
from courses.kit.refusal import Refusal
from courses.notices import queries
from courses.notices.actions import (
    ask_password_too,
    check_code,
    prove_contact,
    remove_contact,
    send_code,
)
from courses.notices.states import Channel
from courses.people.models import User
from courses.people.queries import proven_by_email, proven_by_mobile
from javar.web.account_forms import CodeForm, EmailForm, MobileForm, OwnForm, PasswordTooForm
from javar.web.devices import known_by
from javar.web.limits import address_of

# The session names the row of the code that was sent last, never the number alone.
KEY = "contact_code"
# Where whoever has just signed up was going.
ONWARD = "after_sign_up"
FORMS: dict[str, tuple[str, type[OwnForm]]] = {
    "mobile": (Channel.SMS, MobileForm),
    "email": (Channel.MAIL, EmailForm),
}


@login_required
@never_cache
@require_safe
def contact_list(request: HttpRequest) -> HttpResponse:
    """Show the number and the e-mail, whether they are proven, and what may be done."""
    return page(request, "account/contact_list.html", {"person": visitor(request)})


@login_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def contact_change(request: HttpRequest, what: str) -> HttpResponse:
    """Send a code to another number or e-mail."""
    user, channel, form_class, present = _own(request, what)
    form = form_class(request.POST or None, initial={"value": local_digits(spaced_mobile(present))})
    if request.method == "POST" and form.is_valid() and _is_owner(user, form):
        request.session.pop(ONWARD, None)
        start_proof(request, user, channel, form.cleaned_data["value"])
        return redirect("accounts:contact_check")
    return page(
        request, "account/contact_change.html",
        {"form": form, "what": what, "present": present}, wrong_input=request.method == "POST",
    )  # fmt: skip


@login_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def contact_remove(request: HttpRequest, what: str) -> HttpResponse:
    """Take the number or the e-mail away."""
    user, channel, _form_class, present = _own(request, what)
    form = OwnForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _is_owner(user, form):
        remove_contact(user, channel, by=user, keep=request.session.session_key)
        update_session_auth_hash(request, user)
        say(request, _("It was removed from your account."))
        return redirect("accounts:contact_list")
    return page(
        request, "account/contact_remove.html",
        {"form": form, "present": present}, wrong_input=request.method == "POST",
    )  # fmt: skip


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contact_check(request: HttpRequest) -> HttpResponse:
    """Take the digits: the number or the e-mail is proven, and every other session ends."""
    pending = request.session.get(KEY)
    if not pending:
        # Also who has just signed up without a number passes here.
        return redirect(request.session.pop(ONWARD, "desk:my_page"))
    user, form = visitor(request), CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["code"]
        try:
            code = check_code(queries.PROVE, str(user.pk), typed, code=pending["code"])
        except Refusal as refusal:
            form.add_error("code", str(refusal))
        else:
            del request.session[KEY]
            return _keep_proven(request, user, code)
    later = request.session.get(ONWARD, reverse("desk:my_page"))
    return page(
        request, "account/contact_check.html",
        {"form": form, "to": pending["to"], "later": later},
        wrong_input=request.method == "POST",
    )  # fmt: skip


@login_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def contact_password(request: HttpRequest) -> HttpResponse:
    """Demand the password beside a code, or no longer."""
    user = visitor(request)
    form = PasswordTooForm(request.POST or None, initial={"on": user.asks_password})
    if request.method == "POST" and form.is_valid() and _is_owner(user, form):
        ask_password_too(user, form.cleaned_data["on"], by=user)
        say(request, _("Kept."))
        return redirect("accounts:contact_list")
    return page(
        request, "account/contact_password.html", {"form": form},
        wrong_input=request.method == "POST",
    )  # fmt: skip


def start_proof(request: HttpRequest, user: User, channel: str, to: str) -> None:
    """Send the code that proves a number or an e-mail, and keep in the session which it was.

    It goes to whatever was typed, somebody else's too: only who reads it there can go on.
    """
    owner = proven_by_mobile(to) if channel == Channel.SMS else proven_by_email(to)
    code = send_code(
        queries.PROVE, str(user.pk), to=to, channel=channel,
        asked_from=address_of(request), known_by=known_by(request, owner),
    )  # fmt: skip
    request.session[KEY] = {"code": str(code.public_id), "to": to}


def _keep_proven(request: HttpRequest, user: User, code: Any) -> HttpResponse:
    """Keep what a code has proven; this session goes on, every other one ends."""
    try:
        prove_contact(user, code, by=user, keep=request.session.session_key)
    except Refusal as refusal:
        say_refusal(request, refusal)
    else:
        update_session_auth_hash(request, user)
        say(request, _("Confirmed. From now on you can sign in with it."))
        return redirect(request.session.pop(ONWARD, "accounts:contact_list"))
    return redirect("accounts:contact_list")


class SignUpView(SignupView):
    """The account first, then the code to the number, then on to where the visitor came from.

    The library goes straight on, past the code: the number stayed unproven and nobody said so.
    """

    def get_success_url(self) -> str:
        """Lead to the code, and remember where it goes on."""
        self.request.session[ONWARD] = self.get_next_url() or reverse("desk:my_page")
        return reverse("accounts:contact_check")


def _is_owner(user: User, form: OwnForm) -> bool:
    """Tell whether the account's password was typed; `web.limits` counts the presses."""
    if not user.check_password(form.cleaned_data["password"]):
        form.add_error("password", _("The password is not right; write it again."))
        return False
    return True


def _own(request: HttpRequest, what: str) -> tuple[User, str, type[OwnForm], str]:
    """Return who asks, the channel and form of what they mean, and what they have now; or 404."""
    if what not in FORMS:
        raise Http404
    user, (channel, form_class) = visitor(request), FORMS[what]
    return user, channel, form_class, (user.mobile if what == "mobile" else user.email) or ""
