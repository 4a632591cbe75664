"""One's own place: its state and history, answering, leaving, naming a guardian."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.enrolment import actions, exports, queries, rules
from courses.enrolment.forms.places import DeferForm, GuardianForm, LeaveForm, TransferForm
from courses.enrolment.models import Enrolment
from courses.enrolment.next_steps import steps_of
from courses.enrolment.states import LIVE, MOVES, OPEN, STUDIES
from courses.kit import audit
from courses.kit.calendars import today
from courses.kit.http import page, say, signed_in_or_404, table_answer, visitor
from courses.kit.refusal import Refusal
from courses.kit.rights import asks, may
from courses.law.queries import signature_rule_on
from courses.law.rules import doubts_signature


def enrolment_or_404(request: HttpRequest, public_id: uuid.UUID) -> Enrolment:
    """Return a place the visitor may know of."""
    signed_in_or_404(request)
    return get_object_or_404(queries.visible_to(visitor(request)), public_id=public_id)


@login_required
@require_safe
def place_list(request: HttpRequest) -> HttpResponse:
    """Show one's own places: what lives, each with its next step, then what is over."""
    places = list(queries.own(visitor(request)))
    return page(
        request,
        "enrolment/place_list.html",
        {
            "live": steps_of([place for place in places if place.state in LIVE]),
            "over": [place for place in places if place.state not in LIVE],
        },
    )


@login_required
@require_safe
def place_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Send one's own places as a table, xlsx or csv."""
    headers, rows = exports.own_places(queries.own(visitor(request)))
    return table_answer(
        kind, headers, rows, name=_("my places"), what="own_places", about=visitor(request),
        by=visitor(request),
    )  # fmt: skip


@require_safe
def enrolment_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show a place: its state, its rank in the queue, what is missing, its history."""
    enrolment = enrolment_or_404(request, public_id)
    return page(request, "enrolment/enrolment_detail.html", _place(request, enrolment))


def _place(request: HttpRequest, enrolment: Enrolment) -> dict[str, object]:
    own = enrolment.student_id == visitor(request).pk
    keeps = may(visitor(request), "enrolment.keep_intakes", enrolment)
    state = enrolment.state
    now = timezone.now()
    guardians = queries.guardians_with_consent(enrolment) if own or keeps else []
    numbers = queries.numbers_of(enrolment, guardians)
    signature = signature_rule_on(today(now)) if keeps else None
    minor = rules.is_minor(enrolment.student, on=today(now))
    lacks = state in OPEN and rules.lacks_consent(
        enrolment.student, enrolment.intake, on=today(now)
    )
    silent = {guardian.pk for guardian, consent in guardians if consent is None}
    taken_back = queries.taken_back_at(enrolment) if lacks and silent else {}
    taken_back = {pk: when for pk, when in taken_back.items() if pk in silent}
    return {
        "enrolment": enrolment,
        "title": _("My place") if own else _("The place of %(name)s") % {"name": enrolment.student},
        "rank": queries.rank_of(enrolment),
        "trail": audit.trail(enrolment),
        "own": own,
        "keeps": keeps,
        "studies": state in STUDIES,
        "needs_consent": lacks,
        "taken_back": list(taken_back),
        "taken_back_at": max(taken_back.values(), default=None),
        "guardians": guardians,
        # Who typed a number, and why to look at it, is the school's to know.
        "numbers": numbers if keeps else [],
        "number_waits": any(number.waits for number in numbers) and state in OPEN,
        "signature": signature,
        "doubtful": [
            guardian.pk
            for guardian, _consent in guardians
            if minor and doubts_signature(guardian.relation, signature)
        ],
        "may_take_back": keeps and any(consent for _guardian, consent in guardians),
        "missing_papers": rules.missing_papers(enrolment) if state in OPEN else [],
        "may_leave": (own or keeps) and MOVES.allows("withdraw", state),
        "may_defer": (own or keeps) and MOVES.allows("defer", state),
        "may_transfer": (own or keeps) and MOVES.allows("transfer", state),
    }


@require_POST
def enrolment_answer(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Accept or decline an offered seat."""
    enrolment = enrolment_or_404(request, public_id)
    match request.POST.get("answer"):
        case "accept":
            actions.accept_offer(enrolment, by=visitor(request))
            say(request, _("You have accepted the seat."))
        case "decline":
            actions.decline_offer(enrolment, by=visitor(request))
            say(request, _("You have declined the seat; it goes to the next."))
        case _other:
            # What is not an answer decides nothing.
            shown = _place(request, enrolment)
            return page(request, "enrolment/enrolment_detail.html", shown, wrong_input=True)
    return redirect("enrolment:enrolment_detail", public_id=public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@asks("enrolment.keep_place", enrolment_or_404)
def enrolment_withdraw(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Ask once more, then leave the intake."""
    form = LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.withdraw(enrolment, by=visitor(request), reason=form.cleaned_data["reason"])
        say(request, _("The place has been given up."))
        return redirect("enrolment:enrolment_detail", public_id=enrolment.public_id)
    return page(
        request,
        "enrolment/enrolment_withdraw.html",
        {"enrolment": enrolment, "form": form},
        wrong_input=request.method == "POST",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@asks("enrolment.keep_place", enrolment_or_404)
def enrolment_defer(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Put studying off: the seat goes to the next."""
    now = timezone.now()
    form = DeferForm(request.POST or None, initial={"effective_on": today(now)})
    if request.method == "POST" and form.is_valid():
        actions.defer(enrolment, by=visitor(request), **form.cleaned_data)
        say(request, _("The place has been put off."))
        return redirect("enrolment:enrolment_detail", public_id=enrolment.public_id)
    return page(
        request,
        "enrolment/enrolment_defer.html",
        {"enrolment": enrolment, "form": form},
        wrong_input=request.method == "POST",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@asks("enrolment.keep_place", enrolment_or_404)
def enrolment_transfer(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Move to another intake, if it has a seat; the old one is kept until then."""
    own = enrolment.student_id == visitor(request).pk
    now = timezone.now()
    targets = (
        queries.intakes_open(now)
        if own
        else queries.kept_by(visitor(request)).filter(list_closes_on__gte=today(now))
    )
    form = TransferForm(request.POST or None, intakes=targets.exclude(pk=enrolment.intake_id))
    if request.method == "POST" and form.is_valid():
        try:
            moved = actions.transfer(enrolment, by=visitor(request), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("to", str(refusal))
        else:
            say(request, _("The place has been moved."))
            return redirect("enrolment:enrolment_detail", public_id=moved.public_id)
    return page(
        request,
        "enrolment/enrolment_transfer.html",
        {"enrolment": enrolment, "form": form, "targets": form.fields["to"].queryset},  # type: ignore[attr-defined]
        wrong_input=request.method == "POST",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@asks("enrolment.keep_place", enrolment_or_404)
def enrolment_guardian(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Name a guardian, who is asked at once."""
    form = GuardianForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.name_and_ask(enrolment, by=visitor(request), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("mobile", str(refusal))
        else:
            say(request, _("The guardian has been asked by SMS."))
            return redirect("enrolment:enrolment_detail", public_id=enrolment.public_id)
    return page(
        request,
        "enrolment/enrolment_guardian.html",
        {"enrolment": enrolment, "form": form},
        wrong_input=request.method == "POST",
    )


@require_POST
@asks("enrolment.keep_place", enrolment_or_404)
def consents_ask(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Send the guardians their link again, once a day."""
    actions.remind(enrolment, by=visitor(request), at=timezone.now())
    say(request, _("The guardians have been reminded."))
    return redirect("enrolment:enrolment_detail", public_id=enrolment.public_id)
