"""Who may apply, from which pools of seats, and what is still missing."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from courses.enrolment import queries
from courses.enrolment.models import Enrolment, Group, Intake, Requirement, SeatPool
from courses.enrolment.models.intakes import RequirementKind
from courses.enrolment.states import LIVE
from courses.kit.calendars import today
from courses.kit.persian import search_form
from courses.organisations.models import Learners, Organisation
from courses.organisations.queries import is_student_alone
from courses.people.models import PersonalRecord, Sex, User
from courses.people.queries import consents_standing, guardians_of, record_of

SEX_OF = {Learners.GIRLS: Sex.GIRL, Learners.BOYS: Sex.BOY}
ADULT_AGE = 18


@dataclass(frozen=True)
class Reason:
    """Why a person may not apply: a machine code and a sentence."""

    code: str
    sentence: str


def reasons_against(
    intake: Intake, student: User, *, at: datetime, late: bool = False
) -> tuple[Reason, ...]:
    """Return every reason why the person may not apply to the intake now; empty: may.

    `late` asks for somebody a registrar takes in after the closing, while the list is called.
    """
    found = [*time_reasons(intake, at=at, late=late)]
    record = record_of(student)
    if record is None:
        found.append(
            Reason("no_record", _("First complete your own record: birth date and school kind."))
        )
        return tuple(found)
    found += _about_person(intake, record)
    for requirement in intake.requirements.all():
        if requirement.holds_on(today(at)):
            found += _about_requirement(requirement, intake, student, record)
    return tuple(found)


def time_reasons(intake: Intake, *, at: datetime, late: bool) -> list[Reason]:
    """Return why nobody may apply now: it has not opened, or has closed."""
    if at < intake.opens_at:
        return [Reason("not_open_yet", _("Enrolment has not opened yet."))]
    closed = today(at) > intake.list_closes_on if late else at >= intake.closes_at
    return [Reason("closed", _("Enrolment has closed."))] if closed else []


def _about_person(intake: Intake, record: PersonalRecord) -> list[Reason]:
    found = []
    wanted = SEX_OF.get(Learners(intake.learners))
    if wanted and record.sex != wanted:
        found.append(
            Reason("school_kind", _("This intake is for %(learners)s.")
                   % {"learners": intake.get_learners_display()})
        )  # fmt: skip
    if intake.learners == Learners.ADULT and record.age_on(intake.starts_on) < ADULT_AGE:
        found.append(_too_young(ADULT_AGE))
    return found


def _too_young(age: int) -> Reason:
    return Reason(
        "too_young",
        _("On the first day you must be at least %(age)s full years old.") % {"age": age},
    )


def _about_requirement(
    requirement: Requirement, intake: Intake, student: User, record: PersonalRecord
) -> list[Reason]:
    number = requirement.number or 0
    match requirement.kind:
        case RequirementKind.LEAST_AGE if record.age_on(intake.starts_on) < number:
            return [_too_young(number)]
        case RequirementKind.MOST_AGE if record.age_on(intake.starts_on) > number:
            return [
                Reason(
                    "too_old",
                    _("On the first day you may be at most %(age)s full years old.")
                    % {"age": number},
                )
            ]
        case RequirementKind.LEAST_GRADE if (record.grade or 0) < number:
            return [
                Reason(
                    "grade",
                    _("You must have reached grade %(grade)s; the school writes your grade down.")
                    % {"grade": number},
                )
            ]
        case RequirementKind.PRIOR_FIELD if search_form(record.prior_field) != search_form(
            requirement.text
        ):
            return [
                Reason(
                    "prior_field",
                    _("You must have studied “%(field)s” before.") % {"field": requirement.text},
                )
            ]
        case RequirementKind.COMPLETED if requirement.text not in queries.completed_codes(student):
            return [
                Reason(
                    "not_completed",
                    _("First complete the programme “%(programme)s”.")
                    % {"programme": queries.programme_title(requirement.text)},
                )
            ]
    return []


def requirement_sentence(requirement: Requirement) -> str:
    """Return a requirement as a sentence, for who has not asked yet."""
    number = requirement.number
    match requirement.kind:
        case RequirementKind.LEAST_AGE:
            return _("at least %(age)s full years old on the first day") % {"age": number}
        case RequirementKind.MOST_AGE:
            return _("at most %(age)s full years old on the first day") % {"age": number}
        case RequirementKind.LEAST_GRADE:
            return _("has reached grade %(grade)s") % {"grade": number}
        case RequirementKind.PRIOR_FIELD:
            return _("has studied “%(field)s” before") % {"field": requirement.text}
        case _other:
            return _("has completed the programme “%(programme)s”") % {
                "programme": queries.programme_title(requirement.text)
            }


def groups_of(student: User, intake: Intake) -> frozenset[str]:
    """Return the groups a student belongs to, as far as this intake's pools ask."""
    groups = {str(Group.OPEN)}
    kept = {pool.group for pool in intake.pools.all()} - groups
    if Group.WOMEN in kept:
        record = record_of(student)
        if record is not None and record.sex == Sex.GIRL:
            groups.add(Group.WOMEN)
    if kept - {Group.WOMEN}:
        groups |= set(queries.confirmed_groups(student, intake.school_id))
    return frozenset(groups)


def may_take(pool: SeatPool, groups: frozenset[str], *, on: date) -> bool:
    """Tell whether somebody of these groups may take a seat of a pool on a day."""
    return pool.group in groups or pool.is_open_on(on)


def is_minor(student: User, *, on: date) -> bool:
    """Tell whether a guardian has to consent; who has no record counts as a minor."""
    record = record_of(student)
    return record is None or record.age_on(on) < ADULT_AGE


def lacks_consent(student: User, intake: Intake, *, on: date) -> bool:
    """Tell whether a place must wait for a guardian."""
    if not is_minor(student, on=on):
        return False
    return consents_standing(student, queries.consent_scope(intake)) < consents_wanted(
        student, intake
    )


def consents_wanted(student: User, intake: Intake) -> int:
    """Return how many guardians must agree: what the intake asks, as far as there are so many."""
    if intake.consents_needed == 1:
        return 1
    return max(1, min(intake.consents_needed, guardians_of(student).count()))


# So long a guardian may still read how the thing ended that the link was about.
LINK_OUTLIVES = timedelta(days=30)


def link_lives(asked: queries.AskedConsent, *, at: datetime) -> bool:
    """Tell whether a guardian's link still opens: as long as what it allows, and a little longer.

    It allows learning at a school: as long as the place lives, or another one at the school does
    under the same consent. Over a grown-up nobody has a link.
    """
    student, intake = asked.enrolment.student, asked.enrolment.intake
    if not is_minor(student, on=today(at)):
        return False
    if asked.enrolment.state in LIVE or at < asked.enrolment.moved_at + LINK_OUTLIVES:
        return True
    elsewhere = Enrolment.objects.filter(
        student=student, intake__school=intake.school_id, state__in=LIVE
    )
    return asked.consent is not None and elsewhere.exists()


def needs_code(asked: queries.AskedConsent, answer: str) -> bool:
    """Tell whether an answer through the link asks a code first.

    Giving is one tap, and so is the first "no". To take it back or to end the place although it
    stands (or waits for a look), and to say anything after a taking back, are powers over what
    the guardian said: whoever has only kept, or found, the message must not have them.
    """
    if asked.consent is not None:
        return answer in ("take_back", "disagree")
    return asked.was_taken_back and answer in ("agree", "disagree")


def missing_papers(enrolment: Enrolment) -> list[str]:
    """Return the names of the papers that are asked for and not found in order yet."""
    asked = enrolment.intake.papers.all()
    good = queries.good_papers(enrolment) if asked else set()
    return [paper.get_paper_display() for paper in asked if paper.paper not in good]


def is_only_student_of(user: User, school: Organisation) -> bool:
    """Tell whether a person's one live role is student at this school: nothing more, nowhere else.

    Only then may one registrar open the account: whoever is more would lend her their powers.
    """
    plain = user.is_active and not (user.is_staff or user.is_superuser)
    # Groups and rights are given in the admin too, past all roles.
    plain = plain and not (user.groups.exists() or user.user_permissions.exists())
    return plain and is_student_alone(user, school)
