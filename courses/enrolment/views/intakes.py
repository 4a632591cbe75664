"""Intakes for everybody, and applying."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from courses.enrolment import actions, queries, rules
from courses.enrolment.states import State
from courses.kit.calendars import today
from courses.kit.http import page, visitor


@require_safe
def intake_list(request: HttpRequest) -> HttpResponse:
    """Show every intake that is open now."""
    intakes = queries.intakes_open(timezone.now())
    return page(request, "enrolment/intake_list.html", {"intakes": intakes})


@require_safe
def intake_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show an intake, the visitor's own place in it, or why they cannot enrol."""
    intakes = queries.public_intakes().prefetch_related("requirements", "criteria", "papers")
    intake = get_object_or_404(intakes, public_id=public_id)
    now = timezone.now()
    own, reasons = None, ()  # type: tuple[object, tuple[rules.Reason, ...]]
    if request.user.is_authenticated:
        own = queries.live_in(visitor(request), intake)
        reasons = rules.reasons_against(intake, visitor(request), at=now)
    return page(
        request,
        "enrolment/intake_detail.html",
        {
            "intake": intake,
            "own": own,
            "reasons": reasons,
            "requirements": [
                (one, rules.requirement_sentence(one), one.holds_on(today(now)))
                for one in intake.requirements.all()
                if not one.is_over_on(today(now))
            ],
            "is_open": intake.opens_at <= now < intake.closes_at,
            "waiting": queries.counts(intake)[State.WAITLISTED],
        },
    )


@require_POST
@login_required
def intake_apply(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask for a place for the signed-in person; a second click gets the first answer."""
    intakes = queries.public_intakes().prefetch_related("requirements")
    intake = get_object_or_404(intakes, public_id=public_id)
    enrolment = actions.apply_to(intake, by=visitor(request))
    return redirect("enrolment:enrolment_detail", public_id=enrolment.public_id)
