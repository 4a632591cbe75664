"""Reading enrolments."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat

from courses.enrolment.models import (
    Document,
    Enrolment,
    Group,
    GroupProof,
    Intake,
    RequiredDocument,
    SeatPool,
)
from courses.enrolment.models.documents import Verdict
from courses.enrolment.queries.intakes import kept_by
from courses.enrolment.queries.links import CONSENT_SCOPE
from courses.enrolment.states import LIVE, STUDIES, TAKES_A_SEAT, State
from courses.kit.calendars import today
from courses.kit.rights import where_may
from courses.organisations.models import Organisation
from courses.organisations.queries import students_now
from courses.people.models import Consent, Sex, User


def visible_to(user: User) -> QuerySet[Enrolment]:
    """Return a student's own enrolments, and those in intakes of schools the person serves."""
    if not user.is_authenticated:
        return Enrolment.objects.none()
    return Enrolment.objects.filter(
        Q(student=user) | Q(intake__in=kept_by(user).values("pk"))
    ).select_related("intake__school", "intake__version", "student")


def own(user: User) -> QuerySet[Enrolment]:
    """Return a student's own enrolments, newest first; each with its `rank` on the list."""
    ahead = Enrolment.objects.filter(
        intake=OuterRef("intake"), state=State.WAITLISTED, sequence__lte=OuterRef("sequence")
    )
    counted = ahead.order_by().values("intake").annotate(n=Count("pk")).values("n")
    return (
        Enrolment.objects.filter(student=user)
        .select_related("intake__school", "intake__version")
        .annotate(rank=Case(When(state=State.WAITLISTED, then=Subquery(counted))))
        .order_by("-pk")
    )


def roster(intake: Intake) -> QuerySet[Enrolment]:
    """Return the places of an intake as its school lists them: seats, then the queue, then past."""
    return (
        Enrolment.objects.filter(intake=intake)
        .select_related("student", "intake__school", "intake__version", "pool")
        .annotate(papers_waiting=Count("documents", filter=Q(documents__verdict=Verdict.WAITING)))
        .order_by(
            Case(
                When(state__in=sorted(TAKES_A_SEAT | {State.SUBMITTED}), then=0),
                When(state=State.WAITLISTED, then=1),
                When(state=State.COMPLETED, then=2),
                default=3,
            ),
            "sequence",
            "pk",
        )
    )


def live_in(user: User, intake: Intake) -> Enrolment | None:
    """Return the student's live enrolment in an intake, or None."""
    return Enrolment.objects.filter(student=user, intake=intake, state__in=LIVE).first()


def latest_in(user: User, intake: Intake) -> Enrolment | None:
    """Return the student's newest row in an intake, over or not: what a return continues."""
    return Enrolment.objects.filter(student=user, intake=intake).order_by("-pk").first()


def rank_of(enrolment: Enrolment) -> int | None:
    """Return the present place on the waiting list (1 is next), or None when not waiting."""
    if enrolment.state != State.WAITLISTED:
        return None
    ahead = Enrolment.objects.filter(
        intake=enrolment.intake_id, state=State.WAITLISTED, sequence__lt=enrolment.sequence
    )
    return ahead.count() + 1


def next_waiting(pool: SeatPool, *, on: date) -> Enrolment | None:
    """Return who is first on the waiting list among those who may take a pool's seats."""
    waiting = Enrolment.objects.filter(intake=pool.intake_id, state=State.WAITLISTED)
    if not pool.is_open_on(on):
        if pool.group == Group.WOMEN:
            waiting = waiting.filter(student__record__sex=Sex.GIRL)
        else:
            proven = GroupProof.objects.filter(
                group=pool.group, school__intakes=pool.intake_id
            ).values("student_id")
            waiting = waiting.filter(student__in=proven)
    return (
        waiting.select_related("intake__school", "intake__version", "student")
        .order_by("sequence")
        .first()
    )


def confirmed_groups(user: User, school_id: int) -> list[str]:
    """Return the groups a school has confirmed a student to belong to."""
    return list(
        GroupProof.objects.filter(student=user, school=school_id).values_list("group", flat=True)
    )


def waits_at(user: User, school: Organisation) -> QuerySet[Intake]:
    """Return the school's intakes on whose waiting lists somebody stands."""
    return Intake.objects.filter(
        school=school, enrolments__student=user, enrolments__state=State.WAITLISTED
    )


def due(at: datetime) -> QuerySet[Enrolment]:
    """Return what may be over at a moment, what was due first first."""
    return Enrolment.objects.filter(
        Q(due_at__lte=at)
        | Q(state=State.WAITLISTED, intake__list_closes_on__lt=today(at))
    ).order_by("due_at", "pk")  # fmt: skip


def anything_due(at: datetime) -> bool:
    """Tell whether time has anything to decide: something has run out, or a free seat calls."""
    return due(at).exists() or intakes_to_call(at).exists() or overtaken_by_consent().exists()


def overtaken_by_consent() -> QuerySet[Enrolment]:
    """Return places that do not say what the consents say: mostly none.

    A consent given, or taken back, in the moment of an application does not see it; these are
    held though somebody consents, or sure though the consent was taken back.
    """
    about = Consent.objects.filter(
        guardian__student=OuterRef("student"),
        scope=Concat(Value(CONSENT_SCOPE), OuterRef("intake__school__code")),
    )
    standing = Exists(about.filter(revoked_at__isnull=True, waits=False))
    taken_back = Exists(about.filter(revoked_at__isnull=False))
    return Enrolment.objects.filter(
        (Q(state=State.HELD) & standing)
        | (Q(state__in=[State.ADMITTED, State.ACCEPTED]) & taken_back & ~standing)
    ).select_related("intake__school", "intake__version", "student")


def intakes_to_call(at: datetime) -> QuerySet[Intake]:
    """Return the intakes where somebody waits while a pool has room and the list is called.

    Mostly none: a freed seat calls at once. A reserve that opened to everybody today is one.
    """
    day = today(at)
    return Intake.objects.filter(
        Exists(Enrolment.objects.filter(intake=OuterRef("pk"), state=State.WAITLISTED)),
        Exists(
            SeatPool.objects.with_room().filter(
                Q(group=Group.OPEN) | Q(opens_to_all_on__lte=day), intake=OuterRef("pk")
            )
        ),
        list_closes_on__gte=day,
    )


def lapsing_before(moment: datetime, *, at: datetime) -> QuerySet[Enrolment]:
    """Return held and offered places that lapse after now and before a moment."""
    return Enrolment.objects.filter(due_at__gt=at, due_at__lte=moment).select_related(
        "intake__school", "intake__version", "student"
    )


def expired_documents(at: datetime) -> QuerySet[Document]:
    """Return the documents whose time is over and whose file is still here."""
    return Document.objects.filter(expires_on__lt=today(at)).exclude(file="")


def is_over(enrolment: Enrolment, *, at: datetime) -> bool:
    """Tell whether a hold, an offer or a waiting has run out."""
    if enrolment.state == State.WAITLISTED:
        return today(at) > enrolment.intake.list_closes_on
    return enrolment.due_at is not None and enrolment.due_at <= at


def _at(student: User, school: Organisation, states: frozenset[str]) -> list[Enrolment]:
    return list(
        Enrolment.objects.filter(student=student, intake__school=school, state__in=states)
        .select_related("intake__school", "intake__version", "student")
        .order_by("intake_id")
    )


def held_at(student: User, school: Organisation) -> list[Enrolment]:
    """Return a student's places at a school that wait for a consent."""
    return _at(student, school, frozenset({State.HELD}))


def seated_at(student: User, school: Organisation) -> list[Enrolment]:
    """Return a student's sure places at a school."""
    return _at(student, school, STUDIES - {State.COMPLETED})


def resting_on_consent(student: User) -> list[Enrolment]:
    """Return a student's held and sure places everywhere, in the order of their intakes."""
    return list(
        Enrolment.objects.filter(
            student=student, state__in=STUDIES - {State.COMPLETED} | {State.HELD}
        )
        .select_related("intake__school", "intake__version", "student")
        .order_by("intake_id")
    )


def under_review(intake: Intake) -> QuerySet[Enrolment]:
    """Return the applications a review has not decided on, with what deciding reads."""
    return (
        Enrolment.objects.filter(intake=intake, state=State.SUBMITTED)
        .select_related("intake__school", "intake__version", "student")
        .order_by("pk")
    )


def verdicts_of(places: Iterable[Enrolment]) -> dict[int, dict[str, str]]:
    """Return for each place's key what was found of the newest paper of each kind; one query."""
    newest: dict[int, dict[str, str]] = {}
    for key, paper, verdict in (
        Document.objects.filter(enrolment__in=places)
        .order_by("handed_in_at", "pk")
        .values_list("enrolment", "paper", "verdict")
    ):
        newest.setdefault(key, {})[paper] = verdict
    return newest


def good_papers(enrolment: Enrolment) -> set[str]:
    """Return the kinds of papers whose newest document was found in order."""
    found = verdicts_of([enrolment]).get(enrolment.pk, {})
    return {paper for paper, verdict in found.items() if verdict == Verdict.GOOD}


def owing_papers(places: Collection[Enrolment]) -> set[int]:
    """Return the keys of the places for which a paper was not handed in, or came back."""
    asked = RequiredDocument.objects.filter(intake__in=[place.intake_id for place in places])
    by_intake: dict[int, set[str]] = {}
    for intake, paper in asked.values_list("intake", "paper"):
        by_intake.setdefault(intake, set()).add(paper)
    found = verdicts_of(places) if by_intake else {}
    return {
        place.pk
        for place in places
        if any(
            found.get(place.pk, {}).get(paper, Verdict.RETURNED) == Verdict.RETURNED
            for paper in by_intake.get(place.intake_id, ())
        )
    }


def visible_documents(user: User) -> QuerySet[Document]:
    """Return a student's own documents, and those in intakes where the person is registrar."""
    if not user.is_authenticated:
        return Document.objects.none()
    found = Document.objects.filter(
        Q(enrolment__student=user)
        | Q(enrolment__intake__school__in=where_may(user, "enrolment.keep_intakes"))
    )
    return found.select_related("enrolment__intake__school", "enrolment__intake__version")


def completed_programmes(user: User) -> QuerySet[Enrolment]:
    """Return the enrolments a person completed: what "has passed X" means everywhere."""
    return Enrolment.objects.filter(student=user, state=State.COMPLETED)


def completed_codes(user: User) -> set[str]:
    """Return the codes of the programmes a person completed; nobody's, of one not yet known."""
    if user.pk is None:
        return set()
    return set(
        completed_programmes(user).values_list("intake__version__programme__code", flat=True)
    )


def schools_of(students: "QuerySet[User] | list[User]") -> dict[int, set[int]]:
    """Return for each student's key the keys of the schools they learn at; two queries.

    A student learns at a school by a sure seat in one of its intakes or by a standing membership.
    """
    found: dict[int, set[int]] = {}
    by_seat = Enrolment.objects.filter(student__in=students, state__in=STUDIES)
    for student_id, school_id in by_seat.values_list("student_id", "intake__school_id"):
        found.setdefault(student_id, set()).add(school_id)
    by_role = students_now().filter(user__in=students)
    for student_id, school_id in by_role.values_list("user_id", "organisation_id"):
        found.setdefault(student_id, set()).add(school_id)
    return found


def is_student(user: User) -> bool:
    """Tell whether a person learns at some school now."""
    return user.is_authenticated and bool(schools_of([user]).get(user.pk))
