"""An officer's rounds: their course, their runs, their results, what people object to."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.kit.http import page, say, visitor
from courses.kit.rights import asks
from courses.matching import effects, queries
from courses.matching.actions import freezing, publishing, rounds, runs
from courses.matching.forms import officers as forms
from courses.matching.models import MatchRound, MatchRun, ReserveEffect
from courses.matching.models.runs import Purpose
from courses.matching.refusals import NotTheTime
from courses.matching.states import ORDER, STAGES, Answer, Stage, State
from courses.matching.views.doors import round_or_404
from courses.vacancies.models import Vacancy


@login_required
@require_safe
@asks("matching.run_rounds")
def round_list(request: HttpRequest) -> HttpResponse:
    """Show an officer every round."""
    rounds_ = queries.visible_to(visitor(request))
    return page(request, "matching/round_list.html", {"rounds": rounds_})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@asks("matching.run_rounds")
def round_draft(request: HttpRequest) -> HttpResponse:
    """Draft a round; `?supplements=` begins one that fills the seats another one left."""
    first = (
        queries.visible_to(visitor(request))
        .filter(code=request.GET.get("supplements", ""), state__in=queries.RESULT_STATES)
        .first()
    )
    form = forms.RoundForm(
        request.POST or None, initial=forms.supplement_of(first) if first else None
    )
    if request.method == "POST" and form.is_valid():
        match_round = rounds.draft_round(form.match_round(), by=visitor(request))
        say(request, _("The round is drafted. Open it when everything is right."))
        return redirect("matching:round_detail", code=match_round.code)
    return page(
        request, "matching/round_draft.html", {"form": form}, wrong_input=request.method == "POST"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@asks("matching.run_rounds", round_or_404)
def round_change(request: HttpRequest, match_round: MatchRound) -> HttpResponse:
    """Change a draft."""
    if match_round.state != State.DRAFT:
        raise NotTheTime
    form = forms.DraftForm(request.POST or None, initial=forms.DraftForm.said_of(match_round))
    if request.method == "POST" and form.is_valid():
        rounds.change_draft(match_round, **form.facts(), by=visitor(request))
        say(request, _("The draft is changed."))
        return redirect("matching:round_detail", code=match_round.code)
    return page(
        request,
        "matching/round_draft.html",
        {"form": form, "round": match_round},
        wrong_input=request.method == "POST",
    )


@require_safe
@asks("matching.run_rounds", round_or_404)
def round_detail(request: HttpRequest, match_round: MatchRound) -> HttpResponse:
    """Show an officer where a round stands and the one next step."""
    return _round_page(request, match_round, forms.ReasonForm())


def _round_page(
    request: HttpRequest, match_round: MatchRound, reason: forms.ReasonForm
) -> HttpResponse:
    me, now = visitor(request), timezone.now()
    every = list(queries.runs_of(match_round))
    results = [run for run in every if run.purpose == Purpose.RESULT]
    run = next((r for r in reversed(results) if r.finished_at and not r.violations), None)
    working = next((r for r in every if r.finished_at is None), None)
    frozen = queries.frozen_of(match_round)
    is_out = match_round.state in queries.RESULT_STATES
    shown = _effects(run)
    return page(
        request,
        "matching/round_detail.html",
        {
            "round": match_round,
            "phase": match_round.phase(now),
            "states": [(state, state.label, ORDER.index(State(match_round.state)) > i)
                       for i, state in enumerate(ORDER)],
            "figures": queries.round_figures(match_round),
            "frozen": frozen,
            "i_froze_it": frozen is not None and frozen.frozen_by_id == me.pk,
            "runs": every,
            "run": run,
            "seconds": _seconds(run),
            "i_ran_it": run is not None and run.started_by_id == me.pk,
            "working": working,
            "stages": _stages(working),
            "publishing": match_round.state == State.PROPOSED and run and run.approved_at,
            "withheld": results[-1] if results and results[-1].violations else None,
            "ranks": queries.placed_by_rank(run) if run else [],
            "effects": shown,
            "unread": [line for line in shown if line["waits"]],
            "answers": _answers(run) if is_out and run else [],
            "takes_answers": match_round.takes_answers(now),
            "course": queries.course_of(match_round, public=False),
            "reason": reason,
        },
        wrong_input=reason.is_bound,
    )  # fmt: skip


def _seconds(run: MatchRun | None) -> list[tuple[str, float]]:
    """Return how long each stage of a run took, by its label."""
    taken = run.report.get("seconds", {}) if run else {}
    return [(str(Stage(code).label), seconds) for code, seconds in taken.items()]


def _stages(working: MatchRun | None) -> dict[str, Any] | None:
    """Return the stages of a run that is on its way, and which is the present one."""
    if working is None:
        return None
    at = STAGES.index(Stage(working.stage))
    return {
        "rows": [(stage.label, place < at, place == at) for place, stage in enumerate(STAGES)],
        "label": STAGES[at].label,
        "at": at,
        "all": len(STAGES) - 1,
    }


def _effects(run: MatchRun | None) -> list[dict[str, Any]]:
    """Return the effects of a run's reserves with the chains in sentences."""
    found = list(queries.effects_of(run)) if run else []
    titles = {
        vacancy.code: vacancy.title
        for vacancy in Vacancy.objects.filter(code__in=effects.codes_in(found))
    }
    return [
        {
            "effect": effect,
            "waits": bool(effect.worse) and effect.acknowledged_by_id is None,
            "chains": [effects.told(row, titles) for row in effect.worse],
        }
        for effect in found
    ]


def _answers(run: MatchRun) -> list[tuple[str, int]]:
    counted = queries.answer_figures(run)
    return [(str(Answer(answer).label), count) for answer, count in counted.items() if count]


def _moved(
    request: HttpRequest, match_round: MatchRound, act: Callable[..., object], sentence: str
) -> HttpResponse:
    """Make a move with the reason typed in; a reason too long is shown again."""
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        return _round_page(request, match_round, form)
    act(match_round, by=visitor(request), reason=form.cleaned_data["reason"])
    say(request, sentence)
    return redirect("matching:round_detail", code=match_round.code)


@require_POST
@asks("matching.run_rounds", round_or_404)
def round_open(request: HttpRequest, match_round: MatchRound) -> HttpResponse:
    """Open a drafted round."""
    said = _("The round is open; the commitment to the lottery is published.")
    return _moved(request, match_round, rounds.open_round, said)


@require_http_methods(["GET", "HEAD", "POST"])
@asks("matching.run_rounds", round_or_404)
def round_end_phase(request: HttpRequest, match_round: MatchRound) -> HttpResponse:
    """Let the running phase end now, with a reason."""
    phase = match_round.phase(timezone.now())
    form = forms.EndPhaseForm(request.POST or None, initial={"phase": phase})
    if request.method == "POST" and form.is_valid():
        rounds.end_phase(match_round, by=visitor(request), **form.cleaned_data)
        say(request, _("The phase has ended; the next one has begun."))
        return redirect("matching:round_detail", code=match_round.code)
    return page(
        request,
        "matching/round_end_phase.html",
        {"round": match_round, "phase": phase, "form": form},
        wrong_input=request.method == "POST",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@asks("matching.run_rounds", round_or_404)
def round_deadlines(request: HttpRequest, match_round: MatchRound) -> HttpResponse:
    """Move the deadlines of an open round, with a reason."""
    if match_round.phase(timezone.now()) is None:
        raise NotTheTime
    form = forms.DeadlinesForm(request.POST or None, match_round=match_round)
    if request.method == "POST" and form.is_valid():
        named = ("wishes_close_at", "ranking_closes_at", "reason")
        facts = {name: form.cleaned_data[name] for name in named}
        rounds.set_deadlines(match_round, **facts, by=visitor(request))
        say(request, _("The deadlines are moved; everybody can read why."))
        return redirect("matching:round_detail", code=match_round.code)
    return page(
        request,
        "matching/round_deadlines.html",
        {"round": match_round, "form": form},
        wrong_input=request.method == "POST",
    )


@require_POST
@asks("matching.run_rounds", round_or_404)
def round_freeze(request: HttpRequest, match_round: MatchRound) -> HttpResponse:
    """Freeze a round whose deadlines have passed."""
    said = _("The round is frozen; its fingerprint is published.")
    return _moved(request, match_round, freezing.freeze_round, said)


@require_http_methods(["GET", "HEAD", "POST"])
@asks("matching.run_rounds", round_or_404)
def round_public_value(request: HttpRequest, match_round: MatchRound) -> HttpResponse:
    """Type in the public value that was named at the opening."""
    if match_round.state != State.FROZEN or match_round.public_value:
        raise NotTheTime
    form = forms.PublicValueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        freezing.type_in_public_value(match_round, **form.cleaned_data, by=visitor(request))
        say(request, _("The public value is written down; the round can be run."))
        return redirect("matching:round_detail", code=match_round.code)
    return page(
        request,
        "matching/round_public_value.html",
        {"round": match_round, "form": form},
        wrong_input=request.method == "POST",
    )


@require_POST
@asks("matching.run_rounds", round_or_404)
def round_run(request: HttpRequest, match_round: MatchRound) -> HttpResponse:
    """Start solving in the background."""
    said = _("The run has started; this page shows when it is done.")
    return _moved(request, match_round, runs.start_run, said)


@require_POST
@asks("matching.run_rounds", round_or_404)
def round_check(request: HttpRequest, match_round: MatchRound) -> HttpResponse:
    """Solve again in the background, to compare."""
    runs.check_result(match_round, by=visitor(request))
    say(request, _("The round is being solved again; this page shows whether it is the same."))
    return redirect("matching:round_detail", code=match_round.code)


@require_POST
@asks("matching.run_rounds", round_or_404)
def effect_acknowledge(
    request: HttpRequest, match_round: MatchRound, effect_id: int
) -> HttpResponse:
    """Say that one has read whom a reserve makes worse off."""
    effect = get_object_or_404(
        ReserveEffect.objects.select_related("run__round", "school", "firm"),
        pk=effect_id,
        run__round=match_round,
    )
    publishing.acknowledge_effect(effect, by=visitor(request))
    say(request, _("It is written down that you have read it."))
    return redirect("matching:round_detail", code=match_round.code)


@require_POST
@asks("matching.run_rounds", round_or_404)
def round_approve(request: HttpRequest, match_round: MatchRound) -> HttpResponse:
    """Approve a verified result, as another officer than who ran it."""
    said = _("The result is approved and is being published; everybody is told.")
    return _moved(request, match_round, publishing.approve_result, said)


@require_POST
@asks("matching.run_rounds", round_or_404)
def round_close(request: HttpRequest, match_round: MatchRound) -> HttpResponse:
    """Put a published round away."""
    said = _("The round is closed.")
    return _moved(request, match_round, rounds.close_round, said)
