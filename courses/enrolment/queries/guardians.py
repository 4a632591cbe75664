"""Guardians' numbers: who typed them, and which of them give reason to look.

A number gives reason to look when it is a pupil's own mobile (typed or proven, this student's or
another's), or when it stands by an unrelated student. Two students are related where they share a
family name and their guardians of this number are one name, or two relations (a father and a
mother with one telephone). Half-siblings and homes for children are looked at, too: a look costs a
registrar a minute, a consent given by a classmate costs a place.
"""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from courses.enrolment.models import Enrolment
from courses.enrolment.queries.places import schools_of
from courses.kit.persian import is_same_name
from courses.organisations.models import Organisation
from courses.organisations.queries import students_now
from courses.people.models import Consent, Guardian, LookVerdict, User

PUPIL, SHARED = "pupil", "shared"


@dataclass(frozen=True)
class Mark:
    """One reason to look at a number: its kind, and the student it leads to."""

    kind: str
    student: User

    @property
    def key(self) -> str:
        """Return how a look remembers that it has seen this reason."""
        return f"{self.kind}:{self.student.pk}"


def marks_of(guardian: Guardian) -> list[Mark]:
    """Return every reason to look at a guardian's number, seen or not."""
    found = [Mark(PUPIL, user) for user in _pupils_with(guardian.mobile)]
    others = (
        Guardian.objects.filter(mobile=guardian.mobile)
        .exclude(student=guardian.student_id)
        .exclude(looked_verdict=LookVerdict.STRUCK)
        .select_related("student")
        .order_by("student")
    )
    return found + [Mark(SHARED, one.student) for one in others if not _related(guardian, one)]


def _pupils_with(mobile: str) -> QuerySet[User]:
    """Return whose own mobile a number is, among those who learn: typed counts as well."""
    learns = (
        Q(record__isnull=False) | Q(memberships__in=students_now()) | Q(enrolments__isnull=False)
    )
    return User.objects.filter(learns, mobile=mobile, is_active=True).distinct().order_by("pk")


def _related(one: Guardian, other: Guardian) -> bool:
    if not is_same_name(one.student.last_name, other.student.last_name):
        return False
    return one.relation != other.relation or is_same_name(one.full_name, other.full_name)


def unseen_marks(guardian: Guardian) -> list[Mark]:
    """Return the reasons to look that nobody of a school has seen yet."""
    seen = guardian.looked_at_marks or []
    if guardian.looked_verdict != LookVerdict.GUARDIAN:
        seen = []
    return [mark for mark in marks_of(guardian) if mark.key not in seen]


@dataclass(frozen=True)
class GuardianNumber:
    """What a registrar has to know of a guardian's number."""

    guardian: Guardian
    consent: Consent | None
    unseen: list[Mark]
    known_here: frozenset[int]

    @property
    def waits(self) -> bool:
        """Whether somebody of the school has to look."""
        return bool(self.unseen) or bool(self.consent and self.consent.waits)

    @property
    def pupils(self) -> list[Mark]:
        """Return whose own mobile it is."""
        return [mark for mark in self.unseen if mark.kind == PUPIL]

    @property
    def shared(self) -> list[Mark]:
        """Return which unrelated students' guardians have it."""
        return [mark for mark in self.unseen if mark.kind == SHARED]

    @property
    def named(self) -> list[User]:
        """Return the students of the school itself among them: nobody else is named."""
        return [mark.student for mark in self.unseen if mark.student.pk in self.known_here]


def known_at(school: Organisation, students: list[User]) -> frozenset[int]:
    """Return which students (by key) learn at a school or have asked for a place there."""
    learn = {key for key, schools in schools_of(students).items() if school.pk in schools}
    asked = Enrolment.objects.filter(student__in=students, intake__school=school)
    return frozenset(learn | set(asked.values_list("student_id", flat=True)))


def numbers_of(
    enrolment: Enrolment, guardians: list[tuple[Guardian, Consent | None]]
) -> list[GuardianNumber]:
    """Return what the school has to know of the guardians' numbers of a place."""
    unseen = [unseen_marks(guardian) for guardian, _consent in guardians]
    students = [mark.student for marks in unseen for mark in marks]
    known = known_at(enrolment.intake.school, students) if students else frozenset()
    return [
        GuardianNumber(guardian, consent, marks, known)
        for (guardian, consent), marks in zip(guardians, unseen, strict=True)
    ]
