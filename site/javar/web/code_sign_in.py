"""Signing in by a code to a proven mobile: the number, the code, who, and what only they know.

Known and unknown numbers are answered alike up to the code, which reaches nobody where nobody has
proven the number. A code is a first factor: the stages of the sign-in follow it.
"""

from collections.abc import Callable
from functools import wraps

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from courses.kit import limits
from courses.kit.http import page, say_refusal
from courses.kit.limits import TooMany
from courses.kit.refusal import Refusal
from courses.notices import queries
from courses.notices.actions import check_code, send_code
from courses.notices.states import Channel
from courses.people.models import User
from courses.people.queries import proven_by_mobile, record_of
from javar.web import code_flow
from javar.web.account_forms import AnswerForm, CodeForm, NumberForm, WhoForm
from javar.web.code_flow import Flow
from javar.web.devices import is_known, known_by
from javar.web.limits import ANSWERS, ANSWERS_LONG, address_of

View = Callable[[HttpRequest], HttpResponse]


class CannotByCode(Refusal):
    """The account cannot be entered by a code alone from this telephone."""

    code = "cannot_by_code"
    sentence = _("This account is not opened by an SMS alone. Use your e-mail or ask your school.")


def signed_out(view: View) -> View:
    """Open a page of signing in to whoever is not in yet; never kept, nor its answers logged."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        return redirect("desk:my_page") if request.user.is_authenticated else view(request)

    guarded = never_cache(sensitive_post_parameters()(answer))
    return require_http_methods(["GET", "HEAD", "POST"])(guarded)


@signed_out
def code_ask(request: HttpRequest) -> HttpResponse:
    """Take a number and send a code to it; the answer is the same where nobody has it."""
    form = NumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        mobile = form.cleaned_data["mobile"]
        holders = proven_by_mobile(mobile)
        code = send_code(
            queries.SIGN_IN, mobile, to=mobile, channel=Channel.SMS, goes_out=holders.exists(),
            asked_from=address_of(request), known_by=known_by(request, holders),
        )  # fmt: skip
        flow = Flow(
            mobile, queries.SIGN_IN, mobile, str(code.public_id),
            next=get_next_redirect_url(request) or "",
        )  # fmt: skip
        code_flow.store(request, flow)
        return redirect("accounts:code_check")
    return form_page(request, "account/code_ask.html", form)


@signed_out
def code_check(request: HttpRequest) -> HttpResponse:
    """Take the digits; right ones open whoever has proven the number."""
    flow = code_flow.load(request)
    if flow is None or not flow.code:
        return redirect("accounts:code_ask")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            code = check_code(flow.purpose, flow.subject, form.cleaned_data["code"], code=flow.code)
        except Refusal as refusal:
            form.add_error("code", str(refusal))
        else:
            code_flow.open_with(request, flow, code)
            return redirect("accounts:code_choose")
    return form_page(request, "account/code_check.html", form, flow=flow)


@signed_out
def code_choose(request: HttpRequest) -> HttpResponse:
    """Ask which of a family's accounts; with one there is nothing to choose."""
    flow = code_flow.load(request)
    people = code_flow.accounts(flow) if flow else []
    if flow is None or not people:
        return redirect("accounts:code_ask")
    form = WhoForm(request.POST or None, people=people)
    if len(people) == 1 or (request.method == "POST" and form.is_valid()):
        place = 0 if len(people) == 1 else int(form.cleaned_data["who"])
        flow.chosen, flow.answered = people[place].pk, False
        code_flow.store(request, flow)
        return redirect("accounts:code_answer")
    return form_page(request, "account/code_choose.html", form)


@signed_out
def code_answer(request: HttpRequest) -> HttpResponse:
    """Ask what the telephone alone does not know, where this browser is not known; then go on."""
    flow = code_flow.load(request)
    user = code_flow.chosen(flow) if flow else None
    if flow is None or user is None:
        return redirect("accounts:code_ask")
    try:
        asked = _asked(request, flow, user)
    except CannotByCode as refusal:
        code_flow.clear(request)
        say_refusal(request, refusal)
        return redirect("account_reset_password" if flow.to_password else "account_login")
    form = AnswerForm(request.POST or None, asked=asked)
    if not asked or (request.method == "POST" and form.is_valid() and _fits(user, form)):
        return _go_on(request, flow, user)
    return form_page(request, "account/code_answer.html", form, person=user)


def _asked(request: HttpRequest, flow: Flow, user: User) -> set[str]:
    """Return what is asked beside the code: `birth_date`, `password`.

    Raises CannotByCode where nothing we know could show that the telephone is in the owner's hand.
    """
    if flow.way == "password":
        return set()
    if flow.to_password and user.asks_password:
        raise CannotByCode
    asked = {"password"} if user.asks_password else set()
    if is_known(request, user):
        return asked
    if record_of(user) is not None:
        return asked | {"birth_date"}
    if flow.to_password:
        raise CannotByCode
    return {"password"}


def _fits(user: User, form: forms.Form) -> bool:
    """Tell whether the answers are this person's; a wrong one is counted, whoever gives it."""
    try:
        counted = limits.count_all(str(user.pk), ANSWERS, ANSWERS_LONG)
    except TooMany:
        form.add_error(
            None, _("Too many wrong answers. Use your password, or ask your school for help.")
        )
        return False
    given, record = form.cleaned_data, record_of(user)
    right = all(
        (
            "birth_date" not in given or (record and record.birth_date == given["birth_date"]),
            "password" not in given or user.check_password(given["password"]),
        )
    )
    if not right:
        form.add_error(None, _("This is not what we know of the account. Look again."))
        return False
    for standing in counted:
        limits.give_back(standing)
    return True


def _go_on(request: HttpRequest, flow: Flow, user: User) -> HttpResponse:
    """Lead to a new password, or in."""
    if flow.to_password:
        flow.answered = True
        code_flow.store(request, flow)
        return redirect("accounts:code_password")
    return enter(request, flow, user, method=flow.way)


def enter(request: HttpRequest, flow: Flow, user: User, *, method: str) -> HttpResponse:
    """Sign somebody in, through every stage that follows a first factor."""
    code_flow.clear(request)
    record_authentication(request, user, method=method)
    return perform_login(request, Login(user=user, redirect_url=flow.next or None))


def form_page(
    request: HttpRequest, template: str, form: forms.Form, **context: object
) -> HttpResponse:
    """Show a form; wrong input answers 422 and keeps what was typed."""
    return page(request, template, {"form": form, **context}, wrong_input=request.method == "POST")
