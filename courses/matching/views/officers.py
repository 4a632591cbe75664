"""An officer's rounds: their course, their runs, their results."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.kit.audit import trail
from courses.kit.http import page, say, visitor
from courses.matching import queries
from courses.matching.actions import freezing, publishing, rounds, runs
from courses.matching.forms import officers as forms
from courses.matching.models import ReserveEffect
from courses.matching.states import ORDER, State
from courses.matching.views.doors import officers_only, round_of_officer


@login_required
@require_safe
@officers_only
def round_list(request: HttpRequest) -> HttpResponse:
    """Show an officer every round."""
    rounds_ = queries.visible_to(visitor(request))
    return page(request, "matching/round_list.html", {"rounds": rounds_})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
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


@require_safe
def round_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show an officer where a round stands and the one next step."""
    match_round = round_of_officer(request, code)
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
    match_round = rounds.open_round(round_of_officer(request, code), by=visitor(request))
    say(request, _("The round is open; the commitment to the lottery is published."))
    return redirect("matching:round_detail", code=match_round.code)


@require_http_methods(["GET", "HEAD", "POST"])
def round_end_phase(request: HttpRequest, code: str) -> HttpResponse:
    """Let the running phase end now, with a reason."""
    match_round = round_of_officer(request, code)
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
    freezing.freeze_round(round_of_officer(request, code), by=visitor(request))
    say(request, _("The round is frozen; its fingerprint is published."))
    return redirect("matching:round_detail", code=code)


@require_http_methods(["GET", "HEAD", "POST"])
def round_public_value(request: HttpRequest, code: str) -> HttpResponse:
    """Type in the public value that was named at the opening."""
    match_round = round_of_officer(request, code)
    form = forms.PublicValueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        freezing.type_in_public_value(match_round, **form.cleaned_data, by=visitor(request))
        say(request, _("The public value is written down; the round can be run."))
        return redirect("matching:round_detail", code=code)
    return page(
        request,
        "matching/round_public_value.html",
        {"round": match_round, "form": form},
        wrong_input=request.method == "POST",
    )


@require_POST
def round_run(request: HttpRequest, code: str) -> HttpResponse:
    """Start solving in the background."""
    runs.start_run(round_of_officer(request, code), by=visitor(request))
    say(request, _("The run has started; this page shows when it is done."))
    return redirect("matching:round_detail", code=code)


@require_POST
def round_check(request: HttpRequest, code: str) -> HttpResponse:
    """Solve again in the background, to compare."""
    runs.check_result(round_of_officer(request, code), by=visitor(request))
    say(request, _("The round is being solved again; this page shows whether it is the same."))
    return redirect("matching:round_detail", code=code)


@require_POST
def effect_acknowledge(request: HttpRequest, code: str, effect_id: int) -> HttpResponse:
    """Say that one has read whom a reserve makes worse off."""
    match_round = round_of_officer(request, code)
    effect = get_object_or_404(
        ReserveEffect.objects.select_related("run__round", "school", "firm"),
        pk=effect_id,
        run__round=match_round,
    )
    publishing.acknowledge_effect(effect, by=visitor(request))
    say(request, _("It is written down that you have read it."))
    return redirect("matching:round_detail", code=code)


@require_POST
def round_approve(request: HttpRequest, code: str) -> HttpResponse:
    """Approve a verified result, as another officer than who ran it."""
    publishing.approve_result(round_of_officer(request, code), by=visitor(request))
    say(request, _("The result is approved and is being published; everybody is told."))
    return redirect("matching:round_detail", code=code)


@require_POST
def round_close(request: HttpRequest, code: str) -> HttpResponse:
    """Put a published round away."""
    rounds.close_round(round_of_officer(request, code), by=visitor(request))
    say(request, _("The round is closed."))
    return redirect("matching:round_detail", code=code)
