"""A planner's what-ifs on a copy of a frozen round."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from courses.kit.http import page, say, visitor
from courses.kit.rights import asks
from courses.matching import queries
from courses.matching.actions.scenarios import NOT_FROZEN, try_scenario
from courses.matching.forms import planners as forms
from courses.matching.models import MatchRound, Scenario
from courses.matching.solver.snapshot import Place, Snapshot
from courses.matching.views.doors import round_or_404
from courses.organisations.models import Kind, Organisation
from courses.vacancies.models import Vacancy

# So many codes are offered while one types.
OFFERED = 300


@require_http_methods(["GET", "HEAD", "POST"])
@asks("matching.run_rounds", round_or_404)
def scenario_list(request: HttpRequest, match_round: MatchRound) -> HttpResponse:
    """Show the what-ifs of a round and try another; `?like=` begins with an earlier one."""
    may = match_round.state not in NOT_FROZEN
    schools = [(s.code, s.name) for s in Organisation.objects.filter(kind=Kind.SCHOOL)]
    earlier = _earlier(request, match_round)
    title = forms.TitleForm(request.POST or None, initial=_title_like(earlier))
    rows: forms.ChangeRows = forms.ChangeFormSet(  # type: ignore[assignment]
        request.POST or None,
        initial=forms.rows_of(earlier.changes) if earlier else None,
        form_kwargs={"schools": schools},
        prefix="c",
    )
    if request.method == "POST":
        rows.places = _places(match_round) if may else None
        # Both are judged, so that every fault is said at once.
        if all([title.is_valid(), rows.is_valid()]):
            scenario = try_scenario(
                match_round, title=title.cleaned_data["title"], changes=rows.changes(),
                by=visitor(request),
            )  # fmt: skip
            say(request, _("The copy is solved; the round itself stays as it is."))
            return redirect(
                "matching:scenario_detail", code=match_round.code, public_id=scenario.public_id
            )
    return page(
        request,
        "matching/scenario_list.html",
        {
            "round": match_round,
            "may": may,
            "scenarios": queries.scenarios_of(match_round),
            "title": title,
            "rows": rows,
            "faulty": [title, *rows.forms],
            "codes": match_round.vacancies.order_by("code")[:OFFERED],
        },
        wrong_input=request.method == "POST",
    )


def _earlier(request: HttpRequest, match_round: MatchRound) -> Scenario | None:
    try:
        like = UUID(request.GET.get("like", ""))
    except ValueError:
        return None
    return match_round.scenarios.filter(public_id=like).first()


def _title_like(earlier: Scenario | None) -> dict[str, str] | None:
    if earlier is None:
        return None
    return {"title": (_("%(title)s (copy)") % {"title": earlier.title})[:120]}


def _places(match_round: MatchRound) -> tuple[Place, ...]:
    return Snapshot.from_bytes(queries.frozen_bytes(match_round)).vacancies


@require_safe
@asks("matching.run_rounds", round_or_404)
def scenario_detail(request: HttpRequest, match_round: MatchRound, public_id: UUID) -> HttpResponse:
    """Show a what-if beside the round as it is."""
    scenario = get_object_or_404(queries.scenarios_of(match_round), public_id=public_id)
    names = _names(scenario)
    report = scenario.report
    return page(
        request,
        "matching/scenario_detail.html",
        {
            "round": match_round,
            "scenario": scenario,
            "before": report["before"],
            "after": report["after"],
            "report": report,
            "is_trial": report["lottery"] == "trial",
            "changes": [
                one | {"title": names.get(one["vacancy"], one["vacancy"]),
                       "school_name": names.get(one.get("school", ""), "")}
                for one in scenario.changes
            ],
            "schools": [[names.get(row[0], row[0]), *row[1:]] for row in report["schools"]],
            "vacancies": [
                row
                | {"title": names.get(row["code"], row["code"]), "rows": _side_by_side(row, names)}
                for row in report["vacancies"]
            ],
        },
    )  # fmt: skip


def _names(scenario: Scenario) -> dict[str, str]:
    """Return the titles of the vacancies and the names of the schools in a scenario."""
    vacancies = [row["code"] for row in scenario.report["vacancies"]]
    schools = [row[0] for row in scenario.report["schools"]]
    schools += [one["school"] for one in scenario.changes if "school" in one]
    names = {v.code: v.title for v in Vacancy.objects.filter(code__in=vacancies)}
    fresh = [one["vacancy"] for one in scenario.changes if one["kind"] == "vacancy"]
    for number, code in enumerate(fresh, start=1):
        names[f"new-{number}"] = _("one more like “%(title)s”") % {"title": names.get(code, code)}
    return names | {s.code: s.name for s in Organisation.objects.filter(code__in=schools)}


def _side_by_side(row: dict[str, Any], names: dict[str, str]) -> list[tuple[str, Any, Any]]:
    """Return each kind of seat of a vacancy with (seats, used) before and after, None for none."""
    sides = []
    for side in (row["before"], row["after"]):
        sides.append({kind: (room, used) for kind, room, used in side["kinds"]} if side else {})
    kinds = list(dict.fromkeys([*sides[1], *sides[0]]))
    return [
        (_("open seats") if kind == "open" else names.get(kind, kind), sides[0].get(kind),
         sides[1].get(kind))
        for kind in sorted(kinds, key=lambda kind: kind == "open")
    ]  # fmt: skip
