"""A firm's applicants and its scoring rule."""

import uuid
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from courses.kit.http import page, say, table_answer, visitor
from courses.kit.persian import local_digits
from courses.matching import queries, rules, scoring
from courses.matching.actions import scoring as scoring_actions
from courses.matching.actions import standings
from courses.matching.applicants import Applicant, applicants_of
from courses.matching.forms import firms as forms
from courses.matching.models import MatchRound
from courses.matching.refusals import NotTheTime
from courses.matching.states import Phase
from courses.matching.views.doors import round_or_404
from courses.vacancies.models import Vacancy

# The invented applicant of a rule's preview: half of the lessons, four of five answers, 8 km.
EXAMPLE = {"lessons": 0.5, "quizzes": 0.8, "nearness": scoring.share_at(8)}


@require_http_methods(["GET", "HEAD", "POST"])
def applicant_list(request: HttpRequest, code: str, public_id: uuid.UUID) -> HttpResponse:
    """Count a vacancy's applicants, then let the firm rank them, then show who comes."""
    match_round, vacancy = _vacancy_or_404(request, code, public_id)
    now = timezone.now()
    rule = queries.scoring_rule(vacancy, match_round)
    shown = applicants_of(vacancy, match_round, rule) if _seen(match_round, now) else []
    typed = request.POST if request.method == "POST" else None
    rows = [forms.StandingForm(typed, applicant=applicant) for applicant in shown]
    # Every row that was sent is checked, so that every mistake is shown at once.
    sent = [row for row in rows if row.is_bound]
    right = [row.is_valid() for row in sent]
    wrong = not all(right)
    if request.method == "POST" and not wrong:
        standings.rank_applicants(
            vacancy,
            match_round,
            {row.applicant.application: row.verdict() for row in sent},
            by=visitor(request),
        )
        say(request, _("Your order is saved. You can change it until the deadline."))
        return redirect(request.path)
    return page(
        request,
        "matching/applicant_list.html",
        {
            **_frame(match_round, vacancy, shown, now),
            "rule": rule,
            "lines": scoring.spelled_out(rule.weights) if rule else [],
            "rows": [row for row in rows if not row.aside],
            "aside": [row.applicant for row in rows if row.aside],
            "results": queries.results_at(vacancy, match_round),
            "answering": match_round.takes_answers(now),
        },
        wrong_input=wrong,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def applicant_rank(
    request: HttpRequest, code: str, public_id: uuid.UUID, pseudonym: str
) -> HttpResponse:
    """Show one applicant alone, with big choices; then the next who waits."""
    match_round, vacancy = _vacancy_or_404(request, code, public_id)
    now = timezone.now()
    if not _seen(match_round, now):
        raise Http404
    rule = queries.scoring_rule(vacancy, match_round)
    shown = applicants_of(vacancy, match_round, rule, code=pseudonym)
    queue = sorted(shown, key=lambda applicant: applicant.code)
    place = next((n for n, one in enumerate(queue) if one.code == pseudonym), None)
    if place is None:
        raise Http404
    form = forms.ApplicantForm(
        request.POST if request.method == "POST" else None, applicant=queue[place]
    )
    wrong = form.is_bound and not form.is_valid()
    if form.is_bound and not wrong:
        standings.rank_applicants(
            vacancy, match_round, {queue[place].application: form.verdict()}, by=visitor(request)
        )
        say(request, _("Saved. You can change it until the deadline."))
        waiting = [one.code for one in queue[place + 1 :] if not one.answered]
        if "next" in request.POST and waiting:
            return redirect("matching:applicant_rank", code, public_id, waiting[0])
        return redirect("matching:applicant_list", code, public_id)
    return page(
        request,
        "matching/applicant_rank.html",
        {
            **_frame(match_round, vacancy, shown, now),
            "form": form,
            "applicant": queue[place],
            "number": place + 1,
            "before": queue[place - 1].code if place else "",
            "after": queue[place + 1].code if place + 1 < len(queue) else "",
            "lines": scoring.spelled_out(rule.weights) if rule else [],
        },
        wrong_input=wrong,
    )


@require_safe
def applicant_export(
    request: HttpRequest, code: str, public_id: uuid.UUID, form: str
) -> HttpResponse:
    """Send the applicants as a table: what the page shows and no more."""
    match_round, vacancy = _vacancy_or_404(request, code, public_id)
    if not _seen(match_round, timezone.now()):
        raise NotTheTime
    rule = queries.scoring_rule(vacancy, match_round)
    headers = [
        _("Applicant"),
        _("Programme"),
        _("Lessons finished"),
        _("of"),
        _("Points") if rule else _("Group"),
    ]
    rows = (
        [
            applicant.code,
            " / ".join(progress.title for progress in applicant.learnt),
            sum(progress.done for progress in applicant.learnt),
            sum(progress.total for progress in applicant.learnt),
            _("not suitable")
            if applicant.set_aside
            else (applicant.points if rule else applicant.group or ""),
        ]
        for applicant in applicants_of(vacancy, match_round, rule)
    )
    return table_answer(
        form, headers, rows, name=f"{_('applicants')}-{vacancy.code}", what="applicants",
        about=vacancy, by=visitor(request),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def scoring_rule(request: HttpRequest, code: str, public_id: uuid.UUID) -> HttpResponse:
    """Let a firm say by which rule it ranks, read what that means, and then publish it."""
    match_round, vacancy = _vacancy_or_404(request, code, public_id)
    now = timezone.now()
    form = forms.ScoringRuleForm(request.POST if request.method == "POST" else None)
    wrong = form.is_bound and not form.is_valid()
    weights = dict(form.weights()) if form.is_bound and not wrong else {}
    if weights and "publish" in request.POST:
        scoring_actions.publish_scoring_rule(
            vacancy,
            match_round,
            lessons=weights["lessons"],
            quizzes=weights["quizzes"],
            nearness=weights["nearness"],
            by=visitor(request),
        )
        say(request, _("The rule is published; students see it on your vacancy's page."))
        return redirect(request.path)
    rule = queries.scoring_rule(vacancy, match_round)
    points = scoring.whole_points(weights, EXAMPLE)
    return page(
        request,
        "matching/scoring_rule_form.html",
        {
            "round": match_round,
            "vacancy": vacancy,
            "rule": rule,
            "form": form,
            "may_publish": rule is None and rules.students_choose(match_round, now),
            "lines": scoring.spelled_out(rule.weights if rule else weights),
            "meanings": scoring.spelled_out(dict.fromkeys(EXAMPLE, 1)),
            "previewed": bool(weights),
            "example": points,
            "example_total": sum(points.values()),
        },
        wrong_input=wrong,
    )


def _vacancy_or_404(
    request: HttpRequest, code: str, public_id: uuid.UUID
) -> tuple[MatchRound, Vacancy]:
    """Return a round and a vacancy in it of the visitor's own firm."""
    match_round = round_or_404(request, code)
    return match_round, get_object_or_404(
        queries.ranked_vacancies(visitor(request), match_round), public_id=public_id
    )


def _seen(match_round: MatchRound, at: datetime) -> bool:
    """Tell whether a firm sees its applicants by code: from the wishes' deadline to the result."""
    return match_round.phase(at) != Phase.WISHES and match_round.published_at is None


def _frame(
    match_round: MatchRound, vacancy: Vacancy, shown: list[Applicant], at: datetime
) -> dict[str, Any]:
    """Return what the list and the page of one applicant say alike: how far, how long still."""
    waiting = sorted(one.code for one in shown if not one.answered)
    return {
        "round": match_round,
        "vacancy": vacancy,
        "seen": _seen(match_round, at),
        "may_rank": rules.firms_rank(match_round, at),
        "left": time_left(match_round.ranking_closes_at, at),
        "total": len(shown),
        "answered": sum(applicant.answered for applicant in shown),
        "waiting": waiting,
        "first": next(iter(waiting or sorted(one.code for one in shown)), ""),
    }


def time_left(until: datetime, at: datetime) -> str:
    """Return how long it is until a moment, in days and full hours; below an hour in minutes."""
    minutes = max(0, int((until - at).total_seconds() // 60))
    days, hours = divmod(minutes // 60, 24)
    words = []
    if days:
        words.append(ngettext("%(count)s day", "%(count)s days", days) % {"count": days})
    if hours:
        words.append(ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours})
    if not words:
        words = [ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}]
    if len(words) == 1:
        return local_digits(words[0])
    return local_digits(_("%(days)s and %(hours)s") % {"days": words[0], "hours": words[1]})
