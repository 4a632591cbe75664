"""Intakes for everybody, one's own place, the registrar's desk."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.enrolment import actions, forms, queries, rules
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.states import State
from courses.kit import audit
from courses.kit.http import page, say, signed_in_or_404, visitor
from courses.kit.refusal import NotAllowed
from courses.organisations.models import Organisation, Role
from courses.organisations.queries import holds, organisations_where
from courses.people.queries import record_of


@require_safe
def intake_list(request: HttpRequest) -> HttpResponse:
    """Show every intake that is open now."""
    intakes = queries.intakes_open(timezone.now())
    return page(request, "enrolment/intake_list.html", {"intakes": intakes})


@require_safe
def intake_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show an intake, the visitor's own place in it, or why they cannot enrol."""
    intake = get_object_or_404(queries.public_intakes(), public_id=public_id)
    now = timezone.now()
    own, reasons = None, ()  # type: tuple[object, tuple[rules.Reason, ...]]
    if request.user.is_authenticated:
        own = queries.live_in(visitor(request), intake)
        reasons = rules.reasons_against(intake, record_of(visitor(request)), at=now)
    return page(
        request,
        "enrolment/intake_detail.html",
        {
            "intake": intake,
            "own": own,
            "reasons": reasons,
            "is_open": intake.opens_at <= now < intake.closes_at,
            "waiting": queries.counts(intake)[State.WAITLISTED],
        },
    )


@require_POST
@login_required
def intake_enrol(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Enrol the signed-in person; a second click gets the first answer."""
    intake = get_object_or_404(queries.public_intakes(), public_id=public_id)
    enrolment = actions.enrol(intake, by=visitor(request))
    return redirect("enrolment:enrolment_detail", public_id=enrolment.public_id)


def _enrolment_or_404(request: HttpRequest, public_id: uuid.UUID) -> Enrolment:
    signed_in_or_404(request)
    return get_object_or_404(queries.visible_to(visitor(request)), public_id=public_id)


@require_safe
def enrolment_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show a place: its state, its rank in the queue, its history."""
    enrolment = _enrolment_or_404(request, public_id)
    return page(request, "enrolment/enrolment_detail.html", _place(request, enrolment))


def _place(request: HttpRequest, enrolment: Enrolment) -> dict[str, object]:
    own = enrolment.student_id == visitor(request).pk
    return {
        "enrolment": enrolment,
        "rank": queries.rank_of(enrolment),
        "trail": audit.trail(enrolment),
        "own": own,
        "may_leave": enrolment.state in (State.ADMITTED, State.WAITLISTED)
        and (own or holds(visitor(request), enrolment.intake.school, Role.REGISTRAR)),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def enrolment_withdraw(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask once more, then leave the intake."""
    enrolment = _enrolment_or_404(request, public_id)
    own = enrolment.student_id == visitor(request).pk
    if not (own or holds(visitor(request), enrolment.intake.school, Role.REGISTRAR)):
        raise NotAllowed
    form = forms.LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.withdraw(enrolment, by=visitor(request), reason=form.cleaned_data["reason"])
        say(request, _("The place has been given up."))
        return redirect("enrolment:enrolment_detail", public_id=public_id)
    return page(
        request,
        "enrolment/enrolment_withdraw.html",
        {"enrolment": enrolment, "form": form},
        wrong_input=request.method == "POST",
    )


def _intake_of_staff_or_404(request: HttpRequest, public_id: uuid.UUID) -> Intake:
    signed_in_or_404(request)
    return get_object_or_404(queries.kept_by(visitor(request)), public_id=public_id)


@require_safe
def intake_roster(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show a school's staff who enrolled in an intake."""
    intake = _intake_of_staff_or_404(request, public_id)
    enrolments = (
        queries.visible_to(visitor(request))
        .filter(intake=intake)
        .order_by("state", "sequence", "pk")
    )
    return page(
        request,
        "enrolment/intake_roster.html",
        {
            "intake": intake,
            "enrolments": enrolments,
            "counts": queries.counts(intake),
            "is_registrar": holds(visitor(request), intake.school, Role.REGISTRAR),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def intake_seats(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Change the number of seats, with a reason; new seats go to the waiting list."""
    intake = _intake_of_staff_or_404(request, public_id)
    if not holds(visitor(request), intake.school, Role.REGISTRAR):
        raise NotAllowed
    form = forms.SeatsForm(request.POST or None, initial={"seats": intake.seats})
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_seats(
                intake, form.cleaned_data["seats"], by=visitor(request),
                reason=form.cleaned_data["reason"],
            )  # fmt: skip
        except actions.FewerSeatsThanTaken as refusal:
            form.add_error("seats", str(refusal))
        else:
            say(request, _("The number of seats has been changed."))
            return redirect("enrolment:intake_roster", public_id=public_id)
    return page(
        request,
        "enrolment/intake_seats.html",
        {"intake": intake, "form": form},
        wrong_input=request.method == "POST",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def intake_open(request: HttpRequest, school_id: uuid.UUID) -> HttpResponse:
    """Open a new intake of a school."""
    signed_in_or_404(request)
    school = get_object_or_404(
        organisations_where(visitor(request), Role.REGISTRAR, Role.TEACHER, Role.EDITOR),
        public_id=school_id,
    )
    if not holds(visitor(request), school, Role.REGISTRAR):
        raise NotAllowed
    return _open(request, school)


def _open(request: HttpRequest, school: Organisation) -> HttpResponse:
    form = forms.IntakeForm(request.POST or None, school=school)
    if request.method == "POST" and form.is_valid():
        intake = form.intake()
        if Intake.objects.filter(code=intake.code).exists():
            form.add_error("starts_on", _("This programme already has an intake on this day."))
        else:
            actions.open_intake(intake, by=visitor(request))
            say(request, _("The intake has been opened."))
            return redirect("enrolment:intake_roster", public_id=intake.public_id)
    return page(
        request,
        "enrolment/intake_open.html",
        {"school": school, "form": form},
        wrong_input=request.method == "POST",
    )
