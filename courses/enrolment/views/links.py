"""Answers without an account: a guardian's consent, a student's offer. A GET never decides."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses.enrolment import actions, queries
from courses.enrolment.consent_texts import CURRENT, TEXTS
from courses.kit.http import page
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
    if asked is None:
        return _no_such_link(request)
    if request.method == "POST":
        match request.POST.get("answer"):
            # What was read is agreed to, though the text may have changed since.
            case "agree" if (version := request.POST.get("version", "")) in TEXTS:
                actions.give_consent(
                    asked.enrolment, asked.guardian, channel=ConsentChannel.SMS, by=None,
                    text_version=version,
                )  # fmt: skip
            case "disagree":
                actions.refuse_consent(asked.enrolment, asked.guardian)
            case "take_back" if request.POST.get("sure"):
                actions.take_consent_back(asked.enrolment, asked.guardian)
        return redirect("enrolment:consent_answer", token=token)
    return page(
        request,
        "enrolment/consent_answer.html",
        {
            "asked": asked,
            "version": CURRENT,
            "texts": TEXTS[CURRENT],
            "taking_back": "back" in request.GET,
        },
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
