"""A forgotten password: a code to a proven mobile, or a link to a proven e-mail.

One field, one answer: whether the account is there, or can be reached, is said to nobody. The
same rows are written in every case, so that the time of the answer does not say it either.
"""

from allauth.account.internal.userkit import get_user_by_username
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses.kit.http import page
from courses.kit.identity import read_mobile
from courses.notices import queries
from courses.notices.actions import send_code, set_password
from courses.notices.models import Code
from courses.notices.states import Channel
from courses.people.models import User
from courses.people.queries import proven_by_email, proven_by_mobile, record_of
from javar.web import code_flow
from javar.web.account_forms import NewPasswordForm, ResetForm
from javar.web.code_flow import Flow
from javar.web.code_sign_in import enter, form_page, signed_out
from javar.web.devices import is_known, known_by
from javar.web.limits import address_of

# Stands in the row of a code that nobody can be sent.
NOWHERE = "-"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def reset_ask(request: HttpRequest) -> HttpResponse:
    """Take whom a new password is for; who is in already is told the way, and what lies on it."""
    if not isinstance(request.user, User):
        return reset_signed_out(request)
    user = request.user
    by_code = user.proven_mobile and not user.asks_password
    by_code = by_code and (is_known(request, user) or record_of(user) is not None)
    return page(
        request, "account/password_reset_signed_in.html",
        {"mobile": user.proven_mobile if by_code else "", "email": user.proven_email},
    )  # fmt: skip


@require_safe
@never_cache
def reset_done(request: HttpRequest) -> HttpResponse:
    """Say that a link is on its way, if there is somebody it can go to."""
    return page(request, "account/password_reset_done.html", {"minutes": lasts()})


def lasts() -> int:
    """Return how many minutes the link by e-mail lasts."""
    return settings.PASSWORD_RESET_TIMEOUT // 60


@signed_out
def reset_signed_out(request: HttpRequest) -> HttpResponse:
    """Take a user name, a number or an e-mail, and send what can be sent."""
    form = ResetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login = form.cleaned_data["login"]
        if "@" in login:
            # To what is kept, never to what was typed: letters that fold alike are others' boxes.
            user = proven_by_email(login)
            _send_link(login, user.email if user else login.lower(), user, request)
            return redirect("account_reset_password_done")
        flow = Flow(login, to_password=True, subject=login)
        if read_mobile(login):
            holders = proven_by_mobile(login)
            code = send_code(
                queries.RESET, login, to=login, channel=Channel.SMS, goes_out=holders.exists(),
                asked_from=address_of(request), known_by=known_by(request, holders),
            )  # fmt: skip
        else:
            named = get_user_by_username(login)
            user = named if isinstance(named, User) and named.is_active else None
            flow.only = user.pk if user else -1
            code = _send_to_named(login, user, request)
        flow.purpose, flow.code = code.purpose, str(code.public_id)
        code_flow.store(request, flow)
        return redirect("accounts:code_check")
    return form_page(request, "account/password_reset.html", form)


@signed_out
def code_password(request: HttpRequest) -> HttpResponse:
    """Let whom the code and the answers have opened choose a password; then they are in."""
    flow = code_flow.load(request)
    user = code_flow.chosen(flow) if flow else None
    if flow is None or user is None or not (flow.to_password and flow.answered):
        return redirect("account_reset_password")
    form = NewPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        set_password(user, form.cleaned_data["new_password1"], by=user, way="code")
        return enter(request, flow, user, method="password_reset")
    return form_page(request, "account/code_password.html", form, person=user)


def _send_to_named(login: str, user: User | None, request: HttpRequest) -> Code:
    """Send to whom a user name means: a code to the mobile, or a link where there is an e-mail."""
    if user and not user.proven_mobile and user.proven_email:
        return _send_link(login, user.proven_email, user, request)
    to = user.proven_mobile if user else None
    return send_code(
        queries.RESET, login, to=to or NOWHERE, channel=Channel.SMS, goes_out=to is not None,
        asked_from=address_of(request), known_by=known_by(request, user),
    )  # fmt: skip


def _send_link(subject: str, to: str, user: User | None, request: HttpRequest) -> Code:
    """Send the link to a new password to a proven e-mail; for nobody the same is done in vain."""
    whom = user or User(pk=0, username=NOWHERE)
    key = {"uidb36": user_pk_to_url_str(whom), "key": default_token_generator.make_token(whom)}
    return send_code(
        queries.RESET_LINK, subject, to=to, channel=Channel.MAIL, goes_out=user is not None,
        asked_from=address_of(request), known_by=known_by(request, user), username=whom.username,
        minutes=lasts(),
        link=reverse("account_reset_password_from_key", kwargs=key),
    )  # fmt: skip
