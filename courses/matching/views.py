"""A student's wishes and result, a firm's applicants, an officer's rounds."""

import uuid
from collections.abc import Callable

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.enrolment.queries import is_student
from courses.kit.audit import trail
from courses.kit.http import page, say, signed_in_or_404, visitor
from courses.kit.refusal import NotAllowed
from courses.learning.queries import progress_of
from courses.matching import forms, queries, reasons, rules
from courses.matching.actions import rounds, runs, standings, wishes
from courses.matching.models import Application, MatchRound
from courses.matching.states import ORDER, State
from courses.organisations.queries import is_officer
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


def _round_or_404(request: HttpRequest, code: str) -> MatchRound:
    signed_in_or_404(request)
    return get_object_or_404(queries.visible_to(visitor(request)), code=code)


@require_safe
def result_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show a student their place and the reason of every wish."""
    match_round = _round_or_404(request, code)
    outcome = queries.result_of(visitor(request), match_round)
    if outcome is None:
        raise Http404
    return page(
        request,
        "matching/result_detail.html",
        {"round": match_round, "outcome": outcome, "wishes": reasons.explained(outcome)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def applicant_list(request: HttpRequest, code: str, public_id: uuid.UUID) -> HttpResponse:
    """Let a firm rank its applicants between the deadlines; afterwards show who comes."""
    match_round = _round_or_404(request, code)
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


def _officer(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let officers in; members who may know of rounds get 403."""

    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not is_officer(visitor(request)):
            raise NotAllowed
        return view(request, *args, **kwargs)

    return guarded


@login_required
@require_safe
@_officer
def round_list(request: HttpRequest) -> HttpResponse:
    """Show an officer every round."""
    rounds_ = queries.visible_to(visitor(request))
    return page(request, "matching/round_list.html", {"rounds": rounds_})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@_officer
def round_draft(request: HttpRequest) -> HttpResponse:
    """Draft a round."""
    form = forms.RoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        match_round = rounds.draft_round(form.match_round(), by=visitor(request))
        say(request, _("The round is drafted. Open it when everything is right."))
        return redirect("matching:round_detail", code=match_round.code)
    return page(
        request, "matching/round_draft.html", {"form": form}, wrong_input=request.method == "POST"
    )


def _round_of_officer(request: HttpRequest, code: str) -> MatchRound:
    match_round = _round_or_404(request, code)
    if not is_officer(visitor(request)):
        raise NotAllowed
    return match_round


@require_safe
def round_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show an officer where a round stands and the one next step."""
    match_round = _round_of_officer(request, code)
    now = timezone.now()
    run = queries.good_run(match_round)
    return page(
        request,
        "matching/round_detail.html",
        {
            "round": match_round,
            "phase": match_round.phase(now),
            "states": [(state, state.label, ORDER.index(State(match_round.state)) > i)
                       for i, state in enumerate(ORDER)],
            "figures": queries.round_figures(match_round),
            "run": run,
            "withheld": match_round.runs.exclude(violations=[]).last(),
            "ranks": queries.placed_by_rank(run) if run else [],
            "ran_it": run is not None and run.started_by_id == visitor(request).pk,
            "trail": trail(match_round),
            "end_form": forms.EndPhaseForm(),
        },
    )  # fmt: skip


@require_POST
def round_open(request: HttpRequest, code: str) -> HttpResponse:
    """Open a drafted round."""
    match_round = rounds.open_round(_round_of_officer(request, code), by=visitor(request))
    say(request, _("The round is open; the commitment to the lottery is published."))
    return redirect("matching:round_detail", code=match_round.code)


@require_http_methods(["GET", "HEAD", "POST"])
def round_end_phase(request: HttpRequest, code: str) -> HttpResponse:
    """Let the running phase end now, with a reason."""
    match_round = _round_of_officer(request, code)
    form = forms.EndPhaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        rounds.end_phase(match_round, by=visitor(request), reason=form.cleaned_data["reason"])
        say(request, _("The phase has ended; the next one has begun."))
        return redirect("matching:round_detail", code=code)
    return page(
        request,
        "matching/round_end_phase.html",
        {"round": match_round, "phase": match_round.phase(timezone.now()), "form": form},
        wrong_input=request.method == "POST",
    )


@require_POST
def round_freeze(request: HttpRequest, code: str) -> HttpResponse:
    """Freeze a round whose deadlines have passed."""
    rounds.freeze_round(_round_of_officer(request, code), by=visitor(request))
    say(request, _("The round is frozen; its fingerprint is published."))
    return redirect("matching:round_detail", code=code)


@require_POST
def round_run(request: HttpRequest, code: str) -> HttpResponse:
    """Start solving in the background."""
    runs.start_run(_round_of_officer(request, code), by=visitor(request))
    say(request, _("The run has started; this page shows when it is done."))
    return redirect("matching:round_detail", code=code)


@require_POST
def round_publish(request: HttpRequest, code: str) -> HttpResponse:
    """Publish a verified result, as another officer than who ran it."""
    rounds.publish_round(_round_of_officer(request, code), by=visitor(request))
    say(request, _("The result is published; everybody has been told."))
    return redirect("matching:round_detail", code=code)


@require_POST
def round_close(request: HttpRequest, code: str) -> HttpResponse:
    """Put a published round away."""
    rounds.close_round(_round_of_officer(request, code), by=visitor(request))
    say(request, _("The round is closed."))
    return redirect("matching:round_detail", code=code)
