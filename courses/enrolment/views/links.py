"""Answers without an account: a guardian's consent, a student's offer. A GET never decides."""

from http import HTTPStatus
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses.enrolment import actions, queries, rules
from courses.enrolment.consent_texts import CURRENT, TEXTS
from courses.enrolment.forms.guardians import CodeForm
from courses.enrolment.states import OPEN
from courses.kit.http import page, say
from courses.kit.refusal import Refusal
from courses.people.models import ConsentChannel


def _no_such_link(request: HttpRequest) -> HttpResponse:
    """Say the same of a forged, a mistyped and an outdated link."""
    answer = page(request, "notices/link_over.html", {})
    answer.status_code = HTTPStatus.NOT_FOUND
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consent_answer(request: HttpRequest, token: str) -> HttpResponse:
    """Let a guardian read, agree, disagree, or take the consent back."""
    asked = queries.consent_of_link(token, at=timezone.now())
    if asked is None or not rules.link_lives(asked, at=timezone.now()):
        return _no_such_link(request)
    answer = request.POST.get("answer", "")
    if request.method == "POST" and rules.needs_code(asked, answer):
        return _after_code(request, asked, token, answer)
    if request.method == "POST":
        _do(request, asked, answer, request.POST.get("version", ""))
        return redirect("enrolment:consent_answer", token=token)
    return _consent_page(request, asked)


def _do(request: HttpRequest, asked: queries.AskedConsent, answer: str, version: str) -> None:
    """Do what a guardian answered; what is no answer does nothing."""
    match answer:
        # What was read is agreed to, though the text may have changed since.
        case "agree" if version in TEXTS:
            actions.give_consent(
                asked.enrolment, asked.guardian, channel=ConsentChannel.SMS, by=None,
                text_version=version,
            )  # fmt: skip
        # Whoever has agreed takes that back; the place is then held its days, not ended at once.
        case "take_back" | "disagree" if asked.consent is not None:
            actions.take_consent_back(asked.enrolment, asked.guardian)
        case "disagree":
            place = actions.refuse_consent(asked.enrolment, asked.guardian)
            if place.state not in OPEN:
                say(request, _("You have not agreed. The place was given up; the student is told."))


def _after_code(
    request: HttpRequest, asked: queries.AskedConsent, token: str, answer: str
) -> HttpResponse:
    """Send a code to the guardian's number, or check the one that was typed and do it."""
    here = reverse("enrolment:consent_answer", args=[token])
    version = request.POST.get("version", CURRENT)
    if "code" not in request.POST:
        actions.send_consent_code(
            asked.guardian, asked_from=get_adapter(request).get_client_ip(request)
        )
        return redirect(f"{here}?{urlencode({'code': answer, 'version': version})}")
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            actions.check_consent_code(asked.guardian, form.cleaned_data["code"])
        except Refusal as refusal:
            form.add_error("code", str(refusal))
        else:
            _do(request, asked, answer, version)
            return redirect("enrolment:consent_answer", token=token)
    return _consent_page(request, asked, answer=answer, version=version, form=form)


def _consent_page(
    request: HttpRequest, asked: queries.AskedConsent, *, answer: str = "", version: str = "",
    form: CodeForm | None = None,
) -> HttpResponse:  # fmt: skip
    """Show what is asked or was consented; with `answer`, the code for it."""
    answer = answer or request.GET.get("code", "")
    version = version or request.GET.get("version", CURRENT)
    return page(
        request,
        "enrolment/consent_answer.html",
        {
            "asked": asked,
            "version": version if version in TEXTS else CURRENT,
            "texts": TEXTS[CURRENT],
            "taking_back": "back" in request.GET,
            "answer": answer if rules.needs_code(asked, answer) else "",
            "form": form or CodeForm(),
        },
        wrong_input=form is not None,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def offer_answer(request: HttpRequest, token: str) -> HttpResponse:
    """Let the holder of the link that was sent to the student accept or decline."""
    enrolment = queries.offer_of_link(token, at=timezone.now())
    if enrolment is None:
        return _no_such_link(request)
    answer = request.POST.get("answer")
    if answer == "accept":
        enrolment = actions.accept_offer(enrolment, by=None, via="link")
    elif answer == "decline":
        enrolment = actions.decline_offer(enrolment, by=None, via="link")
    else:
        return page(
            request,
            "enrolment/offer_answer.html",
            {"enrolment": enrolment},
            wrong_input=request.method == "POST",
        )
    return page(request, "enrolment/offer_answered.html", {"enrolment": enrolment})
