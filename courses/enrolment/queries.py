"""Reading intakes and enrolments."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.curricula.models import ProgrammePage
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.states import LIVE, TAKES_A_SEAT, State
from courses.kit.steps import Step
from courses.organisations.models import Membership, Role
from courses.organisations.queries import memberships_of, organisations_where
from courses.people.models import User

STAFF_ROLES = (Role.REGISTRAR, Role.TEACHER)


def public_intakes() -> QuerySet[Intake]:
    """Return every intake with what its card shows; intakes are public."""
    return Intake.objects.select_related("school", "version")


def intakes_of(programme: ProgrammePage, *, at: datetime) -> QuerySet[Intake]:
    """Return the intakes of a programme, in whichever language, that have not closed."""
    return public_intakes().filter(
        version__programme__translation_key=programme.translation_key, closes_at__gt=at
    )


def intakes_open(at: datetime) -> QuerySet[Intake]:
    """Return the intakes that take enrolments at a moment."""
    return public_intakes().filter(opens_at__lte=at, closes_at__gt=at)


def kept_by(user: User) -> QuerySet[Intake]:
    """Return the intakes of the schools where the person is registrar or teacher."""
    return public_intakes().filter(
        school_id__in=memberships_of(user).filter(role__in=STAFF_ROLES).values("organisation_id")
    )


def visible_to(user: User) -> QuerySet[Enrolment]:
    """Return a student's own enrolments, and those in intakes of schools the person serves."""
    if not user.is_authenticated:
        return Enrolment.objects.none()
    return Enrolment.objects.filter(
        Q(student=user) | Q(intake__in=kept_by(user).values("pk"))
    ).select_related("intake__school", "intake__version", "student")


def own(user: User) -> QuerySet[Enrolment]:
    """Return a student's own enrolments, newest first."""
    return (
        Enrolment.objects.filter(student=user)
        .select_related("intake__school", "intake__version")
        .order_by("-pk")
    )


def live_in(user: User, intake: Intake) -> Enrolment | None:
    """Return the student's live enrolment in an intake, or None."""
    return Enrolment.objects.filter(student=user, intake=intake, state__in=LIVE).first()


def rank_of(enrolment: Enrolment) -> int | None:
    """Return the present place on the waiting list (1 is next), or None when not waiting."""
    if enrolment.state != State.WAITLISTED:
        return None
    ahead = Enrolment.objects.filter(
        intake=enrolment.intake_id, state=State.WAITLISTED, sequence__lt=enrolment.sequence
    )
    return ahead.count() + 1


def next_waiting(intake: Intake) -> Enrolment | None:
    """Return who is first on the waiting list."""
    return (
        Enrolment.objects.filter(intake=intake, state=State.WAITLISTED).order_by("sequence").first()
    )


def counts(intake: Intake) -> dict[str, int]:
    """Return how many enrolments of an intake stand in each state."""
    rows = Enrolment.objects.filter(intake=intake).values_list("state").annotate(n=Count("pk"))
    return dict.fromkeys(State.values, 0) | dict(rows)


def completed_programmes(user: User) -> QuerySet[Enrolment]:
    """Return the enrolments a person completed: what "has passed X" means everywhere."""
    return Enrolment.objects.filter(student=user, state=State.COMPLETED)


def schools_of(students: "QuerySet[User] | list[User]") -> dict[int, set[int]]:
    """Return for each student's key the keys of the schools they learn at; two queries.

    A student learns at a school by a seat in one of its intakes or by a standing membership.
    """
    found: dict[int, set[int]] = {}
    by_seat = Enrolment.objects.filter(student__in=students, state__in=TAKES_A_SEAT)
    for student_id, school_id in by_seat.values_list("student_id", "intake__school_id"):
        found.setdefault(student_id, set()).add(school_id)
    by_role = Membership.objects.filter(user__in=students, role=Role.STUDENT, ended_on__isnull=True)
    for student_id, school_id in by_role.values_list("user_id", "organisation_id"):
        found.setdefault(student_id, set()).add(school_id)
    return found


def is_student(user: User) -> bool:
    """Tell whether a person learns at some school now."""
    return user.is_authenticated and bool(schools_of([user]).get(user.pk))


def next_steps(user: User, at: datetime) -> list[Step]:
    """Return what enrolment asks of a person: a place to take, a queue to watch, a desk to keep."""
    steps = []
    live = [e for e in own(user) if e.state in (State.ADMITTED, State.WAITLISTED)]
    for enrolment in live:
        if enrolment.state == State.WAITLISTED:
            steps.append(
                Step(
                    40,
                    _("You are on a waiting list"),
                    _("%(programme)s: you are number %(rank)s in the queue.")
                    % {"programme": enrolment.intake.version.title, "rank": rank_of(enrolment)},
                    reverse("enrolment:enrolment_detail", args=[enrolment.public_id]),
                    _("See my place"),
                )
            )
    serves = memberships_of(user).exists()
    if not live and not serves and not completed_programmes(user).exists():
        steps.append(
            Step(
                60,
                _("Choose a programme"),
                _("Look at the programmes and enrol in one that is open."),
                reverse("enrolment:intake_list"),
                _("See open intakes"),
            )
        )
    for school in organisations_where(user, Role.REGISTRAR):
        steps.append(
            Step(
                22,
                _("Open an intake"),
                school.name,
                reverse("enrolment:intake_open", args=[school.public_id]),
                _("Open one"),
            )
        )
    for intake in kept_by(user).filter(closes_at__gt=at):
        steps.append(
            Step(
                30,
                intake.version.title,
                _("%(free)s of %(seats)s seats are free.")
                % {"free": intake.free, "seats": intake.seats},
                reverse("enrolment:intake_roster", args=[intake.public_id]),
                _("See who enrolled"),
                due=intake.closes_at,
                done=intake.taken,
                total=intake.seats,
            )
        )
    return steps
