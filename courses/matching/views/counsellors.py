"""A school's counsellor: the students whom a round left without a place."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from courses.kit.calendars import jalali_digits, today
from courses.kit.http import page, say, table_answer, visitor
from courses.matching import queries, reasons
from courses.matching.actions import objections
from courses.matching.forms.counsellors import TalkForm
from courses.matching.models import MatchOutcome, MatchRound
from courses.matching.views.doors import round_or_404
from courses.organisations.models import Organisation


def _school_or_404(request: HttpRequest, public_id: uuid.UUID) -> Organisation:
    return get_object_or_404(queries.counselled_schools(visitor(request)), public_id=public_id)


@require_safe
def unplaced_list(request: HttpRequest, code: str, public_id: uuid.UUID) -> HttpResponse:
    """Show whom a round left without a place, and who has been spoken with."""
    match_round = round_or_404(request, code)
    school = _school_or_404(request, public_id)
    outcomes = queries.unplaced_of(school, match_round)
    kept_out = queries.open_to([one.list.student_id for one in outcomes], match_round)
    rows = [
        (outcome, reasons.summary(outcome), kept_out[outcome.list.student_id])
        for outcome in outcomes
    ]
    return page(
        request,
        "matching/unplaced_list.html",
        {
            "round": match_round,
            "school": school,
            "rows": rows,
            "next": queries.next_supplement(match_round, timezone.now()),
            "spoken": sum(hasattr(outcome, "counselling") for outcome in outcomes),
        },
    )


@require_safe
def unplaced_export(
    request: HttpRequest, code: str, public_id: uuid.UUID, form: str
) -> HttpResponse:
    """Send the same as a table."""
    match_round = round_or_404(request, code)
    school = _school_or_404(request, public_id)
    outcomes = queries.unplaced_of(school, match_round)
    kept_out = queries.open_to([one.list.student_id for one in outcomes], match_round)
    headers = [
        _("Name"), _("Code"), _("Wishes"), _("Why"), _("What is open"), _("Spoken on"),
        _("What was agreed"),
    ]  # fmt: skip
    lines = [
        (
            str(outcome.list.student),
            outcome.list.pseudonym,
            len(codes),
            reasons.summed_up(codes),
            reasons.what_is_open(kept_out[outcome.list.student_id]),
            jalali_digits(today(talk.spoken_at)) if talk else "",
            talk.note if talk else "",
        )
        for outcome in outcomes
        for codes in [reasons.summary(outcome)]
        for talk in [getattr(outcome, "counselling", None)]
    ]
    return table_answer(
        form, headers, lines, name=f"unplaced-{match_round.code}", what="unplaced",
        about=match_round, by=visitor(request),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def talk_note(request: HttpRequest, code: str, public_id: uuid.UUID) -> HttpResponse:
    """Write down that somebody spoke with a student, and what was agreed."""
    match_round: MatchRound = round_or_404(request, code)
    outcome = get_object_or_404(
        MatchOutcome.objects.select_related("list__student", "run__round", "counselling"),
        public_id=public_id,
        run__round=match_round,
    )
    school = next(
        (
            one
            for one in queries.counselled_schools(visitor(request))
            if outcome in queries.unplaced_of(one, match_round)
        ),
        None,
    )
    school = get_object_or_404(Organisation, pk=school.pk if school else None)
    talk = getattr(outcome, "counselling", None)
    form = TalkForm(request.POST or None, initial={"note": talk.note} if talk else None)
    if request.method == "POST" and form.is_valid():
        objections.note_talk(
            outcome, note=form.cleaned_data["note"], by=visitor(request), at=timezone.now()
        )
        say(request, _("The talk is written down."))
        return redirect("matching:unplaced_list", code=code, public_id=school.public_id)
    return page(
        request,
        "matching/talk_note.html",
        {
            "round": match_round,
            "school": school,
            "outcome": outcome,
            "wishes": reasons.explained(outcome),
            "form": form,
        },
        wrong_input=request.method == "POST",
    )
