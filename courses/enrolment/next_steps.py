"""What enrolment asks of a person next."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.enrolment.models import Document, Enrolment
from courses.enrolment.models.documents import Verdict
from courses.enrolment.queries.intakes import changes_waiting, kept_by
from courses.enrolment.queries.places import completed_programmes, owing_papers, own
from courses.enrolment.states import OPEN, STUDIES, Policy, State
from courses.kit.calendars import today
from courses.kit.persian import listed
from courses.kit.rights import where_may
from courses.kit.steps import Step, Weight
from courses.organisations.queries import memberships_of
from courses.people.models import Guardian, LookVerdict, User


def next_steps(user: User, at: datetime) -> list[Step]:
    """Return what enrolment asks: an offer to answer, a queue to watch, a desk to keep."""
    places = [place for place in own(user) if place.state in OPEN]
    # What is learnt is the lessons' own step.
    steps = [
        step
        for place, step in steps_of(places)
        if place.state not in STUDIES or step.weight > Weight.NOTHING_TO_DO
    ]
    serves = user.is_superuser or memberships_of(user).exists()
    if not places and not serves and not completed_programmes(user).exists():
        steps.append(
            Step(
                Weight.CHOOSE_A_PROGRAMME,
                _("Choose a programme"),
                _("Look at the programmes and enrol in one that is open."),
                reverse("enrolment:intake_list"),
                _("See open intakes"),
            )
        )
    return steps + _returned_papers(user) + _of_registrar(user, at) + _of_second_person(user)


def steps_of(places: list[Enrolment]) -> list[tuple[Enrolment, Step]]:
    """Return a student's own live places (of `own`), each with what comes next in it."""
    owing = owing_papers([place for place in places if place.state in STUDIES & OPEN])
    named = set(
        Guardian.objects.filter(student__in={place.student_id for place in places})
        .exclude(looked_verdict=LookVerdict.STRUCK)
        .values_list("student_id", flat=True)
    )
    return [
        (
            place,
            _step_of(
                place,
                owes_papers=place.pk in owing,
                has_guardian=place.student_id in named,
            ),
        )
        for place in places
    ]


def _step_of(place: Enrolment, *, owes_papers: bool, has_guardian: bool) -> Step:
    values = {"programme": place.intake.version.title, "school": place.intake.school.name}
    detail = reverse("enrolment:enrolment_detail", args=[place.public_id])
    match place.state:
        case State.OFFERED:
            return Step(
                Weight.ANSWER_OR_LOSE,
                _("A seat is offered to you"),
                _("%(programme)s, %(school)s: accept or decline before the time is over.") % values,
                detail,
                _("Answer the offer"),
                due=place.due_at,
            )
        case State.HELD if not has_guardian:
            return Step(
                Weight.GUARDIAN_TO_NAME,
                _("Your seat waits for a guardian's consent"),
                _("%(programme)s, %(school)s: write down who your guardian is.") % values,
                reverse("enrolment:enrolment_guardian", args=[place.public_id]),
                _("Name the guardian"),
                due=place.due_at,
            )
        case State.HELD:
            return Step(
                Weight.DAYS_ARE_COUNTED,
                _("Your seat waits for a guardian's consent"),
                _("%(programme)s, %(school)s: the seat is kept until then.") % values,
                detail,
                _("See what is missing"),
                due=place.due_at,
            )
        case State.WAITLISTED:
            return Step(
                Weight.WAIT,
                _("You are on a waiting list"),
                _("%(programme)s: you are number %(rank)s in the queue.")
                % (values | {"rank": place.rank}),  # type: ignore[attr-defined]
                detail,
                _("See my place"),
            )
        case State.SUBMITTED:
            return Step(
                Weight.WAIT,
                _("Your application is under review"),
                _("%(programme)s, %(school)s") % values,
                detail,
                _("See my place"),
            )
        case State.COMPLETED:
            return Step(
                Weight.NOTHING_TO_DO,
                _("You have completed it"),
                _("%(programme)s, %(school)s") % values,
                detail,
                _("See my place"),
            )
    if owes_papers:
        return Step(
            Weight.STUDY,
            _("Papers are still missing"),
            _("%(programme)s, %(school)s: hand in what the school asks for.") % values,
            reverse("enrolment:enrolment_documents", args=[place.public_id]),
            _("Hand in the papers"),
        )
    return Step(
        Weight.NOTHING_TO_DO,
        _("Go on with the lessons"),
        _("%(programme)s, %(school)s") % values,
        reverse("learning:course_detail", args=[place.public_id]),
        _("To the lessons"),
    )


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
            Weight.SOMETHING_CAME_BACK,
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
            Weight.OPEN_AN_INTAKE,
            _("Open an intake"),
            school.name,
            reverse("enrolment:intake_open", args=[school.public_id]),
            _("Open one"),
        )
        for school in where_may(user, "enrolment.keep_intakes")
    ]
    intakes = kept_by(user).filter(list_closes_on__gte=today(at)).annotate(
        papers_waiting=Count(
            "enrolments__documents",
            filter=Q(enrolments__documents__verdict=Verdict.WAITING),
            distinct=True,
        ),
        numbers_waiting=Count(
            "enrolments__student__guardians",
            filter=Q(
                enrolments__state=State.HELD,
                enrolments__student__guardians__consents__waits=True,
                enrolments__student__guardians__consents__revoked_at__isnull=True,
            ),
            distinct=True,
        ),
        **{
            state: Count("enrolments", filter=Q(enrolments__state=state), distinct=True)
            for state in (State.SUBMITTED, State.HELD, State.OFFERED)
        },
    )  # fmt: skip
    return steps + [_of_intake(intake, at) for intake in intakes]


def _of_intake(intake: Any, at: datetime) -> Step:
    """Say how an intake stands, then what waits in it and for whom."""
    free = intake.free
    said = [
        _("There is no limit of seats.")
        if free is None
        else _("%(free)s of %(seats)s seats are free.") % {"free": free, "seats": intake.seats}
    ]
    for count, sentence in (
        (intake.papers_waiting, _("%(count)s papers wait to be looked at.")),
        (intake.submitted, _("%(count)s applications are under review.")),
        (intake.held, _("%(count)s seats wait for a consent.")),
        (intake.numbers_waiting, _("%(count)s guardians' numbers wait until you have looked.")),
        (intake.offered, _("%(count)s offers wait for an answer.")),
    ):
        if count:
            said.append(sentence % {"count": count})
    reviews = intake.policy == Policy.REVIEWED and intake.submitted and intake.closes_at <= at
    looks = intake.papers_waiting or intake.numbers_waiting
    name = "intake_review" if reviews else "intake_roster"
    return Step(
        Weight.DECIDE if reviews else Weight.DESK_HAS_WORK if looks else Weight.DESK,
        intake.version.title,
        " ".join(said),
        reverse(f"enrolment:{name}", args=[intake.public_id]),
        _("Review the applications") if reviews else _("See who enrolled"),
        due=intake.closes_at if intake.closes_at > at else None,
        done=intake.taken,
        total=intake.seats or 0,
    )


def _of_second_person(user: User) -> list[Step]:
    return [
        Step(
            Weight.DECIDE,
            _("Another number of seats waits for you"),
            listed([change.pool.intake.version.title, change.pool.intake.school.name]),
            reverse("enrolment:seat_change", args=[change.public_id]),
            _("Look at it"),
        )
        for change in changes_waiting(user)
    ]
