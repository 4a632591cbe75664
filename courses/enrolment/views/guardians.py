"""Guardians at the school: a number looked at, a consent taken back in person or on paper."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses.enrolment import actions, queries
from courses.enrolment.forms.guardians import LookForm, TakenBackForm
from courses.enrolment.models import Enrolment
from courses.enrolment.views.places import enrolment_or_404
from courses.kit.http import page, say, visitor
from courses.kit.rights import asks
from courses.people.queries import guardians_of, standing_consents


@require_http_methods(["GET", "HEAD", "POST"])
@asks("enrolment.keep_intakes", enrolment_or_404)
def number_look(request: HttpRequest, enrolment: Enrolment, number: int) -> HttpResponse:
    """Let the registrar say whose number it is: first why there is a question, then the answer."""
    guardian = get_object_or_404(guardians_of(enrolment.student), pk=number)
    form = LookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.look_at_number(enrolment, guardian, by=visitor(request), **form.cleaned_data)
        say(request, _("What you found has been written down."))
        return redirect("enrolment:enrolment_detail", public_id=enrolment.public_id)
    consent = standing_consents(enrolment.student).filter(guardian=guardian).first()
    (shown,) = queries.numbers_of(enrolment, [(guardian, consent)])
    return page(
        request,
        "enrolment/number_look.html",
        {"enrolment": enrolment, "number": shown, "form": form},
        wrong_input=request.method == "POST",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@asks("enrolment.keep_intakes", enrolment_or_404)
def consent_take_back(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Write down that a guardian took a consent back before the registrar, or on paper."""
    given = standing_consents(enrolment.student).filter(
        scope=queries.consent_scope(enrolment.intake)
    )
    guardians = guardians_of(enrolment.student).filter(pk__in=given.values("guardian_id"))
    form = TakenBackForm(request.POST or None, guardians=guardians)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        actions.take_consent_back(
            enrolment, data["guardian"], channel=data["channel"], reason=data["reason"],
            by=visitor(request),
        )  # fmt: skip
        say(request, _("It has been written down that the consent was taken back."))
        return redirect("enrolment:enrolment_detail", public_id=enrolment.public_id)
    return page(
        request,
        "enrolment/consent_take_back.html",
        {"enrolment": enrolment, "form": form, "guardians": guardians},
        wrong_input=request.method == "POST",
    )
