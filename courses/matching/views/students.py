"""A student's wishes, result, answer and objection."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.enrolment.queries import is_student
from courses.kit.http import page, say, signed_in_or_404, visitor
from courses.learning.queries import progress_of, skills_learnt
from courses.matching import checks, queries, reasons, rules
from courses.matching.actions import answers, explanations, objections, wishes
from courses.matching.forms.students import ObjectionForm
from courses.matching.models import Application, MatchOutcome, MatchRound
from courses.matching.states import GIVEN_UP, Answer, Ruling
from courses.matching.views.doors import round_or_404
from courses.people.queries import record_of
from courses.vacancies.queries import published
from courses.vacancies.states import State as VacancyState


@login_required
@require_safe
def wish_list(request: HttpRequest) -> HttpResponse:
    """Show the student's wishes in the present round, with what the law says to each."""
    match_round = queries.present_round()
    now = timezone.now()
    student = visitor(request)
    wished = queries.wish_list(student, match_round) if match_round else None
    asked = list(wished.applications.all()) if wished else []
    record = record_of(student)
    book = rules.StatuteBook()
    scoring = queries.scoring_of(asked, match_round) if match_round else {}
    rows = [
        (
            wish,
            rules.reasons_against_wish(record, wish.vacancy, book) if record else (),
            scoring.get(wish.vacancy_id),
        )
        for wish in asked
    ]
    learns = is_student(student)
    kept_out = queries.may_enter(student, match_round) if match_round else None
    choosing = match_round is not None and rules.students_choose(match_round, now)
    return page(
        request,
        "matching/wish_list.html",
        {
            "round": match_round,
            "list": wished,
            "rows": rows,
            "open": choosing,
            "is_student": learns,
            "kept_out": kept_out,
            "held": queries.place_held(student, match_round)
            if match_round and kept_out == Answer.ACCEPTED
            else None,
            "seats": queries.seats_left(match_round, [wish.vacancy for wish in asked])
            if match_round
            else {},
            "checks": checks.before_the_deadline(student, record, rows, match_round, now)
            if match_round and choosing and learns
            else [],
            "earlier": queries.carried_over(student, match_round).count()
            if match_round and choosing
            else 0,
        },
    )


@login_required
@require_safe
def wish_preview(request: HttpRequest) -> HttpResponse:
    """Show a student exactly what a workshop sees of them before the result.

    What was learnt is drawn by the template the workshop's own pages draw it with.
    """
    match_round = queries.present_round()
    student = visitor(request)
    wished = queries.wish_list(student, match_round) if match_round else None
    if wished is None or match_round is None:
        raise Http404
    seen = {
        "learnt": progress_of([student.pk]).get(student.pk, []),
        "skills": skills_learnt([student.pk]).get(student.pk, []),
    }
    return page(
        request,
        "matching/wish_preview.html",
        {
            "round": match_round,
            "list": wished,
            "seen": seen,
            "scored": bool(queries.scoring_of(list(wished.applications.all()), match_round)),
        },
    )


@require_POST
@login_required
def wish_add(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Put a vacancy on the student's list."""
    vacancy = get_object_or_404(published(), public_id=public_id)
    wishes.add_wish(_present_or_404(), vacancy, by=visitor(request))
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


@require_POST
@login_required
def wish_order(request: HttpRequest) -> HttpResponse:
    """Write the whole order at once, as dragging leaves it: the wishes' identifiers in order."""
    match_round = _present_or_404()
    wished = queries.wish_list(visitor(request), match_round)
    by_id = {str(wish.public_id): wish.vacancy for wish in wished.applications.all()} if (
        wished
    ) else {}  # fmt: skip
    asked = request.POST.getlist("wish")
    if sorted(asked) != sorted(by_id):
        # The list was changed elsewhere meanwhile: what is there now is shown.
        say(request, _("Your list has changed meanwhile; look at it again."))
        return redirect("matching:wish_list")
    wishes.set_wishes(match_round, [by_id[one] for one in asked], by=visitor(request))
    return redirect("matching:wish_list")


@require_POST
@login_required
def wish_carry_over(request: HttpRequest) -> HttpResponse:
    """Bring the wishes of the student's last list into the present round."""
    wishes.carry_over(_present_or_404(), by=visitor(request))
    say(request, _("Your earlier wishes are on the list; put them in order."))
    return redirect("matching:wish_list")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def wish_withdraw(request: HttpRequest) -> HttpResponse:
    """Take every wish back, after a question."""
    match_round = _present_or_404()
    wished = queries.wish_list(visitor(request), match_round)
    if wished is None:
        raise Http404
    if request.method == "POST":
        wishes.set_wishes(match_round, [], by=visitor(request))
        say(request, _("Your list is empty; until the deadline you can fill it again."))
        return redirect("matching:wish_list")
    return page(request, "matching/wish_withdraw.html", {"round": match_round, "list": wished})


def _present_or_404() -> MatchRound:
    match_round = queries.present_round()
    if match_round is None:
        raise Http404
    return match_round


def _outcome_or_404(request: HttpRequest, code: str) -> MatchOutcome:
    outcome = queries.result_of(visitor(request), round_or_404(request, code))
    if outcome is None:
        raise Http404
    return outcome


@require_safe
def result_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show a student their place and the reason of every wish."""
    outcome = _outcome_or_404(request, code)
    raised = list(queries.objections_to(outcome))
    takes_answers = outcome.run.round.takes_answers(timezone.now())
    taken_back = outcome.vacancy is not None and outcome.vacancy.state == VacancyState.WITHDRAWN
    may_be_kept = outcome.answer == Answer.ACCEPTED or (
        outcome.answer == Answer.OFFERED and takes_answers
    )
    return page(
        request,
        "matching/result_detail.html",
        {
            "round": outcome.run.round,
            "outcome": outcome,
            "ticket": outcome.ticket + 1,
            "drawn": outcome.run.round.frozen.students,
            "wishes": reasons.explained(outcome),
            "takes_answers": takes_answers,
            "taken_back": taken_back,
            "has_place": outcome.vacancy is not None and outcome.answer not in GIVEN_UP,
            "is_kept": may_be_kept and not taken_back,
            "objections": raised,
            "may_object": takes_answers and not any(one.state == Ruling.OPEN for one in raised),
        },
    )


@require_safe
def result_wish(request: HttpRequest, code: str, rank: int) -> HttpResponse:
    """Show what would have had to be different for one lost wish."""
    outcome = _outcome_or_404(request, code)
    lines = reasons.explained(outcome)
    if not 1 <= rank <= len(lines) or not lines[rank - 1].lost:
        raise Http404
    explanation = explanations.explain_wish(outcome, rank, by=visitor(request))
    return page(
        request,
        "matching/result_wish.html",
        {
            "round": outcome.run.round,
            "outcome": outcome,
            "wish": lines[rank - 1],
            "sentences": reasons.could_have_been(explanation, lines),
        },
    )


@require_POST
def result_answer(request: HttpRequest, code: str) -> HttpResponse:
    """Take the place or leave it: whichever button was pressed."""
    outcome = _outcome_or_404(request, code)
    if request.POST.get("answer") == "accept":
        answers.accept_place(outcome, by=visitor(request))
        say(request, _("The place is yours. The workshop has been told."))
    elif request.POST.get("answer") == "decline":
        answers.decline_place(outcome, by=visitor(request))
        say(request, _("It is written down that you do not take the place."))
    return redirect("matching:result_detail", code=code)


@require_http_methods(["GET", "HEAD", "POST"])
def result_give_up(request: HttpRequest, code: str) -> HttpResponse:
    """Ask once more before a place is declined, or an accepted one given back."""
    outcome = _outcome_or_404(request, code)
    if outcome.answer not in (Answer.OFFERED, Answer.ACCEPTED):
        raise Http404
    if request.method == "POST":
        if outcome.answer == Answer.OFFERED:
            answers.decline_place(outcome, by=visitor(request))
        else:
            answers.withdraw_place(outcome, by=visitor(request))
        say(request, _("It is written down that you do not take the place."))
        return redirect("matching:result_detail", code=code)
    return page(
        request, "matching/result_give_up.html", {"round": outcome.run.round, "outcome": outcome}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def objection_raise(request: HttpRequest, code: str) -> HttpResponse:
    """Let a student ask a human to look at the result."""
    outcome = _outcome_or_404(request, code)
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        objections.raise_objection(outcome, text=form.cleaned_data["text"], by=visitor(request))
        say(request, _("Your objection is written down; a human answers it."))
        return redirect("matching:result_detail", code=code)
    return page(
        request,
        "matching/objection_raise.html",
        {
            "round": outcome.run.round,
            "form": form,
            "due": rules.objection_due(timezone.now()),
            "open": outcome.run.round.takes_answers(timezone.now()),
        },
        wrong_input=request.method == "POST",
    )
