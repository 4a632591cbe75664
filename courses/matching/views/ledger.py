"""The public ledger of rounds, and what auditors download: nobody signs in here."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.kit.http import page, say, visitor
from courses.kit.rights import asks
from courses.kit.uploads import as_attachment
from courses.matching import queries
from courses.matching.actions import auditors
from courses.matching.forms.officers import AuditorForm
from courses.matching.models import AuditorLink, MatchRound, ScoringRule, VacancyResult
from courses.matching.models.outcomes import FEW_SEATS
from courses.matching.reasons import Scale
from courses.matching.solver.cutoffs import OPEN
from courses.matching.views.doors import round_or_404
from courses.organisations.models import Organisation

AUDITOR_FILE = Path(__file__).parent.parent / "audit" / "verify_round.py"
ROWS = 100
SOON = 60


@require_safe
def ledger_list(request: HttpRequest) -> HttpResponse:
    """Show every opened round to everybody."""
    return page(
        request, "matching/ledger_list.html", {"rounds": queries.public_rounds().defer("seed")}
    )


@require_safe
def ledger_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show what anybody may know, and check, of a round."""
    match_round = get_object_or_404(
        queries.public_rounds().select_related("supplements"), code=code
    )
    run = queries.published_run(match_round)
    seats = Paginator(queries.public_seats(run) if run else [], ROWS)
    shown = seats.get_page(request.GET.get("page"))
    return page(
        request,
        "matching/ledger_detail.html",
        {
            "round": match_round,
            "frozen": queries.frozen_of(match_round),
            "run": run,
            "seed": bytes(match_round.seed or b"").hex() if run else "",
            "ranks": queries.placed_by_rank(run) if run else [],
            "seats": shown,
            "lines": _lines(match_round, list(shown)),
            "checks": queries.checks_of(match_round) if run else [],
            "course": queries.course_of(match_round, public=True),
        },
    )


def _lines(match_round: MatchRound, rows: list[VacancyResult]) -> list[dict[str, Any]]:
    """Return the kinds of seats of some vacancies as words: how many, how many used, the last.

    Of a vacancy with few seats and a scoring rule the last one's tens are said, not the points.
    """
    by_points = set(
        ScoringRule.objects.filter(
            round=match_round, vacancy__in=[row.vacancy_id for row in rows]
        ).values_list("vacancy_id", flat=True)
    )
    schools = {
        school.code: school.name
        for school in Organisation.objects.filter(
            code__in={kind for row in rows for kind, *_rest in row.seats} - {OPEN}
        )
    }
    return [
        {
            "result": row,
            "kinds": [
                (schools.get(kind, kind) if kind != OPEN else "", room, used,
                 "" if tier is None else scale.last(tier))
                for kind, room, used, tier, _ticket in row.seats
                for scale in [Scale(row.vacancy_id in by_points, min(room, used) < FEW_SEATS)]
                if room
            ],
        }
        for row in rows
    ]  # fmt: skip


@require_safe
@cache_control(public=True, max_age=SOON)
def ledger_json(request: HttpRequest, code: str) -> HttpResponse:
    """Send the round's account for programs; after publication the auditor's file reads it."""
    match_round = get_object_or_404(queries.public_rounds(), code=code)
    answer = JsonResponse(
        queries.account_of(match_round), json_dumps_params={"ensure_ascii": False}
    )
    answer["Content-Disposition"] = f'inline; filename="ledger-{match_round.code}.json"'
    return answer


@require_safe
def auditor_file(request: HttpRequest) -> HttpResponse:
    """Send the one-file program with which anybody recomputes a round."""
    answer = as_attachment(AUDITOR_FILE.read_bytes(), "text/x-python", AUDITOR_FILE.name)
    answer["Cache-Control"] = f"public, max-age={SOON}"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@asks("matching.run_rounds", round_or_404)
def auditor_list(request: HttpRequest, match_round: MatchRound) -> HttpResponse:
    """Let an officer make a link for an auditor; the link is shown in this answer alone."""
    form = AuditorForm(request.POST or None)
    token = ""
    if request.method == "POST" and form.is_valid():
        token = auditors.make_auditor_link(match_round, **form.cleaned_data, by=visitor(request))
        form = AuditorForm()
    answer = page(
        request,
        "matching/auditor_list.html",
        {
            "round": match_round,
            "is_out": match_round.state in queries.RESULT_STATES,
            "links": queries.auditor_links(match_round),
            "now": timezone.now(),
            "token": token,
            "site": f"{request.scheme}://{request.get_host()}",
            "form": form,
        },
        wrong_input=request.method == "POST" and not token,
    )
    if token:
        answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@asks("matching.run_rounds", round_or_404)
def auditor_close(request: HttpRequest, match_round: MatchRound, public_id: UUID) -> HttpResponse:
    """Let an auditor's link end now."""
    link = get_object_or_404(queries.auditor_links(match_round), public_id=public_id)
    auditors.close_auditor_link(link, by=visitor(request))
    say(request, _("The link is closed; nobody can download with it any more."))
    return redirect("matching:auditor_list", code=match_round.code)


def _link_or_404(token: str) -> AuditorLink:
    link = queries.auditor_link(token, at=timezone.now())
    if link is None or link.round.state not in queries.RESULT_STATES:
        raise Http404
    return link


@never_cache
@require_safe
def audit_detail(request: HttpRequest, token: str) -> HttpResponse:
    """Show the holder of a link what to download and how to check it."""
    link = _link_or_404(token)
    match_round: MatchRound = link.round
    answer = page(
        request,
        "matching/audit_detail.html",
        {
            "link": link,
            "round": match_round,
            "token": token,
            "frozen": queries.frozen_of(match_round),
            "run": queries.published_run(match_round),
        },
    )
    # The address is the key: it does not go into other sites' logs or into search engines.
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


@require_safe
def audit_snapshot(request: HttpRequest, token: str) -> HttpResponse:
    """Send the frozen bytes of a published round; every download is counted."""
    link = _link_or_404(token)
    # Asking for the headers alone is no download.
    whole = b"" if request.method == "HEAD" else auditors.hand_out_snapshot(link)
    return as_attachment(whole, "application/octet-stream", f"{link.round.code}-snapshot.bin")
