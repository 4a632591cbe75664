"""The registrar's desk: who asked, what waits, seats, reviews, consents, exports."""

import uuid
from functools import partial
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.enrolment import actions, exports, queries, rules
from courses.enrolment.forms.desk import BULK, BulkForm, GroupForm, PointsForm
from courses.enrolment.forms.intakes import IntakeForm, RequirementForm, SeatsForm
from courses.enrolment.forms.papers import RecordedConsentForm
from courses.enrolment.models import Enrolment, Group, Intake, Requirement, SeatChange, SeatPool
from courses.enrolment.states import State
from courses.enrolment.views.places import enrolment_or_404
from courses.kit.calendars import today
from courses.kit.http import page, say, signed_in_or_404, visitor
from courses.kit.refusal import Refusal
from courses.kit.rights import asks, where_may
from courses.kit.uploads import as_attachment
from courses.organisations.models import Organisation
from courses.people.queries import guardians_of

PLACES_A_PAGE = 200


def _intake_of_staff_or_404(request: HttpRequest, public_id: uuid.UUID) -> Intake:
    signed_in_or_404(request)
    return get_object_or_404(queries.kept_by(visitor(request)), public_id=public_id)


def _school_or_404(request: HttpRequest, school_id: uuid.UUID) -> Organisation:
    """Return a school whose staff the visitor is; to open intakes takes more."""
    signed_in_or_404(request)
    return get_object_or_404(
        where_may(visitor(request), "enrolment.know_desk"), public_id=school_id
    )


@require_safe
def intake_roster(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show a school's staff who enrolled in an intake and what waits."""
    intake = _intake_of_staff_or_404(request, public_id)
    return page(request, "enrolment/intake_roster.html", _roster(request, intake))


def _roster(request: HttpRequest, intake: Intake) -> dict[str, Any]:
    state = request.GET.get("state", "")
    places = queries.roster(intake)
    shown = places.filter(state=state) if state in State.values else places
    counts = queries.counts(intake)
    return {
        "intake": intake,
        "enrolments": Paginator(shown, PLACES_A_PAGE).get_page(request.GET.get("page")),
        "counts": counts,
        "states": [(s.value, s.label, counts[s.value]) for s in State if counts[s.value]],
        "state": state,
        "funnel": queries.funnel(intake),
        "bulk": BULK.items(),
        "changes": SeatChange.objects.filter(pool__intake=intake).select_related(
            "pool", "asked_by", "decided_by"
        ),
    }


@require_POST
@asks("enrolment.keep_intakes", _intake_of_staff_or_404)
def intake_bulk(request: HttpRequest, intake: Intake) -> HttpResponse:
    """Do one thing with every ticked place and report each row."""
    form = BulkForm(request.POST, places=queries.roster(intake))
    if not form.is_valid():
        return page(
            request,
            "enrolment/intake_roster.html",
            _roster(request, intake) | {"form": form, "ticked": _ticked(request.POST)},
            wrong_input=True,
        )
    verb, reason = form.cleaned_data["verb"], form.cleaned_data["reason"]
    by = visitor(request)
    doing: dict[str, Any] = {
        "enrol": partial(actions.enrol, by=by),
        "remind": partial(actions.remind, by=by, at=timezone.now()),
        "withdraw": partial(actions.withdraw, by=by, reason=reason),
        "refuse": partial(actions.refuse, by=by, reason=reason),
        "invite": partial(actions.invite, by=by),
    }
    report = actions.in_bulk(form.cleaned_data["places"], doing[verb])
    return page(
        request,
        "enrolment/bulk_report.html",
        {
            "intake": intake,
            "verb": BULK[verb],
            "report": report,
            # To be handed out on paper: shown here once, and never again.
            "site": settings.WAGTAILADMIN_BASE_URL.rstrip("/") if verb == "invite" else "",
            "done": sum(line.done for line in report),
        },
    )


def _ticked(sent: QueryDict) -> set[str]:
    return set(sent.getlist("places"))


@require_http_methods(["GET", "HEAD", "POST"])
@asks("enrolment.keep_intakes", _intake_of_staff_or_404)
def intake_seats(request: HttpRequest, intake: Intake) -> HttpResponse:
    """Change a pool's number of seats, with a reason; after the opening by two people."""
    pools = list(intake.pools.all())
    first = pools[0]
    form = SeatsForm(
        request.POST or None, intake=intake, initial={"pool": first.pk, "seats": first.seats}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            changed = actions.change_seats(
                data["pool"], data["seats"], by=visitor(request), reason=data["reason"]
            )
        except Refusal as refusal:
            form.add_error("seats", str(refusal))
        else:
            if isinstance(changed, SeatPool):
                say(request, _("The number of seats has been changed."))
            else:
                say(request, _("A second person has to approve it; they see it on their page."))
            return redirect("enrolment:intake_roster", public_id=intake.public_id)
    return page(
        request,
        "enrolment/intake_seats.html",
        {
            "intake": intake,
            "form": form,
            "pools": pools,
            "has_opened": intake.opens_at <= timezone.now(),
        },
        wrong_input=request.method == "POST",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@asks("enrolment.keep_intakes", _intake_of_staff_or_404)
def intake_requirements(request: HttpRequest, intake: Intake) -> HttpResponse:
    """Show what is asked of applicants and since when; ask one more thing."""
    now = timezone.now()
    form = RequirementForm(request.POST or None, initial={"valid_from": today(now)})
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_requirement(form.requirement(intake), by=visitor(request))
        except Refusal as refusal:
            form.add_error("valid_from", str(refusal))
        else:
            say(request, _("The requirement has been written down."))
            return redirect("enrolment:intake_requirements", public_id=intake.public_id)
    return page(
        request,
        "enrolment/intake_requirements.html",
        {
            "intake": intake,
            "form": form,
            "requirements": [
                (one, rules.requirement_sentence(one), not one.is_over_on(today(now)))
                for one in intake.requirements.all()
            ],
        },
        wrong_input=request.method == "POST",
    )


@require_POST
@asks("enrolment.keep_intakes", _intake_of_staff_or_404)
def requirement_end(request: HttpRequest, intake: Intake, number: int) -> HttpResponse:
    """Let a requirement hold for the last time today."""
    requirement = get_object_or_404(Requirement, intake=intake, pk=number)
    actions.end_requirement(requirement, today(timezone.now()), by=visitor(request))
    say(request, _("From tomorrow on it is not asked any more."))
    return redirect("enrolment:intake_requirements", public_id=intake.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def seat_change(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Let a second person approve or refuse another number of seats."""
    signed_in_or_404(request)
    change = get_object_or_404(queries.changes_waiting(visitor(request)), public_id=public_id)
    answer = request.POST.get("answer")
    if answer == "approve":
        actions.approve_seat_change(change, by=visitor(request))
        say(request, _("The number of seats has been changed."))
    elif answer == "refuse":
        actions.refuse_seat_change(change, by=visitor(request))
        say(request, _("The seats stay as they are."))
    else:
        return page(
            request,
            "enrolment/seat_change.html",
            {"change": change},
            wrong_input=request.method == "POST",
        )
    return redirect("desk:my_page")


@require_http_methods(["GET", "HEAD", "POST"])
@asks("enrolment.keep_intakes", _school_or_404)
def intake_open(request: HttpRequest, school: Organisation) -> HttpResponse:
    """Open a new intake of a school."""
    form = IntakeForm(request.POST or None, school=school)
    if request.method == "POST" and form.is_valid():
        intake = form.intake()
        if Intake.objects.filter(code=intake.code).exists():
            form.add_error("starts_on", _("This programme already has an intake on this day."))
        else:
            actions.open_intake(intake, by=visitor(request), **form.parts())
            say(request, _("The intake has been opened."))
            return redirect("enrolment:intake_roster", public_id=intake.public_id)
    return page(
        request,
        "enrolment/intake_open.html",
        {"school": school, "form": form},
        wrong_input=request.method == "POST",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@asks("enrolment.keep_intakes", _intake_of_staff_or_404)
def intake_review(request: HttpRequest, intake: Intake) -> HttpResponse:
    """Show what is under review, ranked so far, and decide when it is complete."""
    if request.method == "POST":
        decision = actions.decide_review(intake, by=visitor(request))
        say(
            request,
            _("Decided: %(seated)s have a seat, %(waiting)s wait, %(refused)s were refused.")
            % {"seated": decision.seated, "waiting": decision.waiting,
               "refused": decision.refused},
        )  # fmt: skip
        return redirect("enrolment:intake_roster", public_id=intake.public_id)
    applications = list(queries.under_review(intake))
    return page(
        request,
        "enrolment/intake_review.html",
        {
            "intake": intake,
            "applications": sorted(
                applications, key=lambda one: (-(one.points or -1), one.asked_at)
            ),
            "open": sum(one.points is None for one in applications),
            "has_closed": intake.closes_at <= timezone.now(),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@asks("enrolment.keep_intakes", enrolment_or_404)
def enrolment_points(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Give one application its points."""
    form = PointsForm(
        request.POST or None,
        criteria=list(enrolment.intake.criteria.all()),
        scores=enrolment.scores.all(),
    )
    if request.method == "POST" and form.is_valid():
        actions.give_points(enrolment, form.points(), by=visitor(request))
        say(request, _("The points have been written down."))
        return redirect("enrolment:intake_review", public_id=enrolment.intake.public_id)
    return page(
        request,
        "enrolment/enrolment_points.html",
        {"enrolment": enrolment, "form": form},
        wrong_input=request.method == "POST",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@asks("enrolment.keep_intakes", enrolment_or_404)
def enrolment_consent(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Write down a consent the registrar saw, with the scan where it is on paper."""
    form = RecordedConsentForm(
        request.POST or None, request.FILES or None, guardians=guardians_of(enrolment.student)
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        actions.record_seen_consent(
            enrolment, data["guardian"], channel=data["channel"], scan=data["scan"],
            by=visitor(request),
        )  # fmt: skip
        say(request, _("The consent has been written down."))
        return redirect("enrolment:enrolment_detail", public_id=enrolment.public_id)
    return page(
        request,
        "enrolment/enrolment_consent.html",
        {"enrolment": enrolment, "form": form},
        wrong_input=request.method == "POST",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@asks("enrolment.keep_intakes", enrolment_or_404)
def enrolment_group(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Write down that the school has seen a proof of a group with reserved seats."""
    form = GroupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.confirm_group(
            enrolment.intake, enrolment.student, form.cleaned_data["group"], by=visitor(request)
        )
        say(request, _("The group has been written down."))
        return redirect("enrolment:enrolment_detail", public_id=enrolment.public_id)
    return page(
        request,
        "enrolment/enrolment_group.html",
        {
            "enrolment": enrolment,
            "form": form,
            "groups": [
                Group(code).label
                for code in queries.confirmed_groups(enrolment.student, enrolment.intake.school_id)
            ],
        },
        wrong_input=request.method == "POST",
    )


@require_safe
@asks("enrolment.keep_intakes", _intake_of_staff_or_404)
def intake_export(request: HttpRequest, intake: Intake, kind: str) -> HttpResponse:
    """Send the roster as a table: xlsx, csv, or a OneRoster bundle; who took it is recorded."""
    try:
        data, content_type, name = exports.roster_file(intake, kind, at=timezone.now())
    except KeyError as error:
        raise Http404 from error
    actions.record_export(intake, kind, by=visitor(request))
    return as_attachment(data, content_type, name)
