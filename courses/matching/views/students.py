"""A student's wishes, result, answer and objection."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses.enrolment.queries import is_student
from courses.kit.http import page, say, signed_in_or_404, visitor
from courses.matching import queries, reasons, rules
from courses.matching.actions import wishes
from courses.matching.models import Application
from courses.matching.views.doors import round_or_404
from courses.people.queries import record_of
from courses.vacancies.queries import published


@login_required
@require_safe
def wish_list(request: HttpRequest) -> HttpResponse:
    """Show the student's wishes in the present round, with what the law says to each."""
    match_round = queries.present_round()
    now = timezone.now()
    wished = queries.wish_list(visitor(request), match_round) if match_round else None
    record = record_of(visitor(request))
    book = rules.StatuteBook()
    rows = [
        (wish, rules.reasons_against_wish(record, wish.vacancy, book) if record else ())
        for wish in (wished.applications.all() if wished else [])
    ]
    return page(
        request,
        "matching/wish_list.html",
        {
            "round": match_round,
            "list": wished,
            "rows": rows,
            "open": match_round is not None and rules.students_choose(match_round, now),
            "is_student": is_student(visitor(request)),
        },
    )


@require_POST
@login_required
def wish_add(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Put a vacancy on the student's list."""
    vacancy = get_object_or_404(published(), public_id=public_id)
    match_round = queries.present_round()
    if match_round is None:
        raise Http404
    wishes.add_wish(match_round, vacancy, by=visitor(request))
    say(request, _("“%(vacancy)s” is on your list.") % {"vacancy": vacancy})
    return redirect("matching:wish_list")


@require_POST
def wish_change(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Move a wish up or down, or take it out: whichever button was pressed."""
    signed_in_or_404(request)
    wish = get_object_or_404(
        Application.objects.select_related("list__round", "vacancy"),
        public_id=public_id,
        list__student=visitor(request),
    )
    if "up" in request.POST:
        wishes.move_wish(wish, -1, by=visitor(request))
    elif "down" in request.POST:
        wishes.move_wish(wish, +1, by=visitor(request))
    elif "out" in request.POST:
        wishes.take_out_wish(wish, by=visitor(request))
    return redirect("matching:wish_list")


@require_safe
def result_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show a student their place and the reason of every wish."""
    match_round = round_or_404(request, code)
    outcome = queries.result_of(visitor(request), match_round)
    if outcome is None:
        raise Http404
    return page(
        request,
        "matching/result_detail.html",
        {"round": match_round, "outcome": outcome, "wishes": reasons.explained(outcome)},
    )
