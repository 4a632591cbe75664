"""A one-time link for a student who lost password and number."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses.enrolment import actions, rules
from courses.enrolment.forms.guardians import LetBackInForm
from courses.enrolment.models import Enrolment
from courses.enrolment.views.places import enrolment_or_404
from courses.kit.http import page, visitor
from courses.kit.rights import asks
from courses.notices.refusals import TwoKeepersNeeded


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@asks("enrolment.keep_intakes", enrolment_or_404)
def enrolment_way_back(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Ask why, then show the link: once, to be handed over."""
    form = LetBackInForm(request.POST or None)
    back = reverse("enrolment:enrolment_detail", args=[enrolment.public_id])
    if request.method == "POST" and form.is_valid():
        path = actions.let_back_in(enrolment, by=visitor(request), **form.cleaned_data)
        address = f"{settings.WAGTAILADMIN_BASE_URL.rstrip('/')}{path}"
        shown = {"person": enrolment.student, "address": address, "back": back}
        return page(request, "notices/way_back_given.html", shown)
    may = rules.is_only_student_of(enrolment.student, enrolment.intake.school)
    return page(
        request,
        "enrolment/enrolment_way_back.html",
        {"enrolment": enrolment, "form": form, "refusal": "" if may else TwoKeepersNeeded()},
        wrong_input=request.method == "POST",
    )
