"""What enrolment asks of a person next."""

from datetime import datetime

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.enrolment.models import Document, Enrolment
from courses.enrolment.models.documents import Verdict
from courses.enrolment.queries.intakes import changes_waiting, kept_by
from courses.enrolment.queries.places import completed_programmes, own, rank_of
from courses.enrolment.states import OPEN, State
from courses.kit.steps import Step
from courses.organisations.models import Role
from courses.organisations.queries import memberships_of, organisations_where
from courses.people.models import User


def next_steps(user: User, at: datetime) -> list[Step]:
    """Return what enrolment asks: an offer to answer, a queue to watch, a desk to keep."""
    places = [place for place in own(user) if place.state in OPEN]
    steps = [step for place in places if (step := _of_place(place)) is not None]
    serves = memberships_of(user).exists()
    if not places and not serves and not completed_programmes(user).exists():
        steps.append(
            Step(
                60,
                _("Choose a programme"),
                _("Look at the programmes and enrol in one that is open."),
                reverse("enrolment:intake_list"),
                _("See open intakes"),
            )
        )
    return steps + _returned_papers(user) + _of_registrar(user, at) + _of_second_person(user)


def _of_place(place: Enrolment) -> Step | None:
    values = {"programme": place.intake.version.title, "school": place.intake.school.name}
    detail = reverse("enrolment:enrolment_detail", args=[place.public_id])
    match place.state:
        case State.OFFERED:
            return Step(
                95,
                _("A seat is offered to you"),
                _("%(programme)s, %(school)s: accept or decline before the time is over.") % values,
                detail,
                _("Answer the offer"),
                due=place.due_at,
            )
        case State.HELD:
            return Step(
                90,
                _("Your seat waits for a guardian's consent"),
                _("%(programme)s, %(school)s: the seat is kept until then.") % values,
                detail,
                _("See what is missing"),
                due=place.due_at,
            )
        case State.WAITLISTED:
            return Step(
                40,
                _("You are on a waiting list"),
                _("%(programme)s: you are number %(rank)s in the queue.")
                % (values | {"rank": rank_of(place)}),
                detail,
                _("See my place"),
            )
        case State.SUBMITTED:
            return Step(
                40,
                _("Your application is under review"),
                _("%(programme)s, %(school)s") % values,
                detail,
                _("See my place"),
            )
    return None


def _returned_papers(user: User) -> list[Step]:
    returned = Document.objects.filter(
        enrolment__student=user, enrolment__state__in=OPEN, verdict=Verdict.RETURNED
    ).select_related("enrolment")
    # A newer one of the kind answers the returned one.
    newer = {
        (document.enrolment_id, document.paper)
        for document in Document.objects.filter(
            enrolment__student=user, enrolment__state__in=OPEN
        ).exclude(verdict=Verdict.RETURNED)
    }
    return [
        Step(
            80,
            _("A paper came back"),
            document.remark,
            reverse("enrolment:enrolment_documents", args=[document.enrolment.public_id]),
            _("Hand it in again"),
        )
        for document in returned
        if (document.enrolment_id, document.paper) not in newer
    ]


def _of_registrar(user: User, at: datetime) -> list[Step]:
    steps = [
        Step(
            22,
            _("Open an intake"),
            school.name,
            reverse("enrolment:intake_open", args=[school.public_id]),
            _("Open one"),
        )
        for school in organisations_where(user, Role.REGISTRAR)
    ]
    intakes = kept_by(user).filter(list_closes_on__gte=at.date()).annotate(
        waiting_papers=Count(
            "enrolments__documents",
            filter=Q(enrolments__documents__verdict=Verdict.WAITING),
            distinct=True,
        )
    )  # fmt: skip
    for intake in intakes:
        free = intake.free
        text = (
            _("There is no limit of seats.")
            if free is None
            else _("%(free)s of %(seats)s seats are free.") % {"free": free, "seats": intake.seats}
        )
        if intake.waiting_papers:
            text = _("%(count)s papers wait to be looked at.") % {"count": intake.waiting_papers}
        steps.append(
            Step(
                35 if intake.waiting_papers else 30,
                intake.version.title,
                text,
                reverse("enrolment:intake_roster", args=[intake.public_id]),
                _("See who enrolled"),
                due=intake.closes_at,
                done=intake.taken,
                total=intake.seats or 0,
            )
        )
    return steps


def _of_second_person(user: User) -> list[Step]:
    return [
        Step(
            45,
            _("Another number of seats waits for you"),
            f"{change.pool.intake.version.title}، {change.pool.intake.school.name}",
            reverse("enrolment:seat_change", args=[change.public_id]),
            _("Look at it"),
        )
        for change in changes_waiting(user)
    ]
