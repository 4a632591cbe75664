"""A firm's applicants and its scoring rule."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses.kit.http import page, say, visitor
from courses.learning.queries import progress_of
from courses.matching import queries, rules
from courses.matching.actions import standings
from courses.matching.forms import firms as forms
from courses.matching.views.doors import round_or_404


@require_http_methods(["GET", "HEAD", "POST"])
def applicant_list(request: HttpRequest, code: str, public_id: uuid.UUID) -> HttpResponse:
    """Let a firm rank its applicants between the deadlines; afterwards show who comes."""
    match_round = round_or_404(request, code)
    vacancy = get_object_or_404(
        queries.ranked_vacancies(visitor(request), match_round), public_id=public_id
    )
    now = timezone.now()
    may_look = now >= match_round.wishes_close_at
    applicants = queries.applicants(vacancy, match_round) if may_look else []
    learnt = progress_of([application.list.student_id for application in applicants])
    rows = [
        forms.StandingForm(
            request.POST or None,
            application=application,
            learnt=learnt.get(application.list.student_id, []),
        )
        for application in applicants
    ]
    # Every row is checked, so that every mistake is shown at once.
    right = [row.is_valid() for row in rows]
    wrong = request.method == "POST" and not all(right)
    if request.method == "POST" and not wrong:
        standings.rank_applicants(
            vacancy,
            match_round,
            {row.application: row.verdict() for row in rows},
            by=visitor(request),
        )
        say(request, _("Your order is saved. You can change it until the deadline."))
        return redirect(request.path)
    return page(
        request,
        "matching/applicant_list.html",
        {
            "round": match_round,
            "vacancy": vacancy,
            "rows": rows,
            "may_look": may_look,
            "may_rank": rules.firms_rank(match_round, now),
            "results": queries.results_at(vacancy, match_round),
        },
        wrong_input=wrong,
    )
