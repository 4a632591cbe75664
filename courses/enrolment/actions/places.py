"""What a school does with a place: enrol who came, complete who passed, act on many at once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from courses.enrolment import queries, rules
from courses.enrolment.actions import seats
from courses.enrolment.models import Enrolment
from courses.enrolment.refusals import ConsentMissing, PapersMissing
from courses.kit.calendars import today
from courses.kit.moves import lock
from courses.kit.persian import listed
from courses.kit.refusal import Refusal
from courses.kit.rights import must, who_may
from courses.notices.actions import give_way_back, tell_all, welcome
from courses.notices.actions.way_back import MOST_A_DAY
from courses.notices.refusals import TwoKeepersNeeded
from courses.organisations.actions import make_student
from courses.organisations.queries import is_student_of
from courses.people.models import User


@transaction.atomic
def enrol(
    enrolment: Enrolment, *, by: User, reason: str = "", at: datetime | None = None
) -> Enrolment:
    """Take the student in for good: the papers are in order and, for a minor, consent stands.

    Raises ConsentMissing, PapersMissing, IllegalMove.
    """
    at = at or timezone.now()
    must(by, "enrolment.keep_intakes", enrolment)
    lock(queries.intakes_behind(enrolment))
    if rules.lacks_consent(enrolment.student, enrolment.intake, on=today(at)):
        raise ConsentMissing
    missing = rules.missing_papers(enrolment)
    if missing:
        raise PapersMissing(papers=listed(missing))
    enrolment = seats.move(enrolment, "enrol", by=by, at=at, reason=reason)
    school = enrolment.intake.school
    if not is_student_of(enrolment.student, school):
        make_student(enrolment.student, school, by=by, at=at)
    seats.tell_student(enrolment, "enrolment.enrolled", at=at)
    return enrolment


@transaction.atomic
def complete(enrolment: Enrolment, *, by: User | None, at: datetime | None = None) -> Enrolment:
    """Record that the student passed the programme; called by `learning`, nobody else."""
    return seats.move(enrolment, "complete", by=by, at=at or timezone.now())


@transaction.atomic
def invite(enrolment: Enrolment, *, by: User, at: datetime | None = None) -> str:
    """Make the link of a first sign-in for a student whose account was made for them.

    Returns its path, to be handed out on paper; it goes by SMS too where there is a mobile.
    """
    must(by, "enrolment.keep_intakes", enrolment)
    return welcome(enrolment.student, by=by, at=at)


@transaction.atomic
def let_back_in(enrolment: Enrolment, *, reason: str, by: User, at: datetime | None = None) -> str:
    """Make a one-time link for a student who lost password and number; return its path, shown once.

    Only for an account whose one live role is student at this school. Raises NotAllowed,
    TwoKeepersNeeded, TooManyWaysBack.
    """
    at = at or timezone.now()
    school, student = enrolment.intake.school, enrolment.student
    must(by, "enrolment.keep_intakes", school)
    if by.pk == student.pk or not rules.is_only_student_of(student, school):
        raise TwoKeepersNeeded
    path, is_last = give_way_back(student, reason=reason, by=by, at=at)
    if is_last:
        tell_all(
            who_may("enrolment.keep_intakes", school), "notices.ways_back_ceiling",
            key=f"ways-back:{by.pk}:{at.timestamp():.0f}", path="/my/", at=at, who=by.username,
            most=MOST_A_DAY,
        )  # fmt: skip
    return path


@dataclass(frozen=True)
class BulkLine:
    """What came of one row of many: done, with what it gave, or the sentence that says why not."""

    enrolment: Enrolment
    done: bool
    sentence: str = ""
    given: object = None


def in_bulk(
    enrolments: Iterable[Enrolment],
    action: Callable[[Enrolment], object],
) -> list[BulkLine]:
    """Do one thing with many places, each for itself; report every row, stop at none."""
    report = []
    for enrolment in enrolments:
        try:
            with transaction.atomic():
                given = action(enrolment)
            report.append(BulkLine(enrolment, done=True, given=given))
        except Refusal as refusal:
            report.append(BulkLine(enrolment, done=False, sentence=str(refusal)))
    return report
