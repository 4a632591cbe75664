"""Objections to results: officers read them, the most urgent first, and answer."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from courses.kit.http import page, say, visitor
from courses.kit.rights import asks
from courses.matching import queries
from courses.matching.actions.objections import answer_objection
from courses.matching.forms.officers import RulingForm
from courses.matching.reasons import explained
from courses.matching.states import Ruling

ROWS = 30


@login_required
@require_safe
@asks("matching.answer_objections")
def objection_list(request: HttpRequest) -> HttpResponse:
    """Show the objections: those that wait, overdue first, then those that were answered."""
    return page(
        request,
        "matching/objection_list.html",
        {
            "waiting": list(queries.open_objections()),
            "answered": Paginator(queries.answered_objections(), ROWS).get_page(
                request.GET.get("page")
            ),
            "now": timezone.now(),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@asks("matching.answer_objections", hidden=True)
def objection_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Show what a student says and every wish's reason; answer it."""
    me = visitor(request)
    objection = get_object_or_404(queries.every_objection(), public_id=public_id)
    form = RulingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        upheld = form.cleaned_data["ruling"] == "uphold"
        answer_objection(objection, upheld=upheld, answer=form.cleaned_data["answer"], by=me)
        say(request, _("Your answer is written down; the student is told."))
        return redirect("matching:objection_list")
    return page(
        request,
        "matching/objection_detail.html",
        {
            "objection": objection,
            "round": objection.outcome.run.round,
            "wishes": explained(objection.outcome),
            "waits": objection.state == Ruling.OPEN,
            "i_ran_it": objection.outcome.run.started_by_id == me.pk,
            "now": timezone.now(),
            "form": form,
        },
        wrong_input=request.method == "POST",
    )
