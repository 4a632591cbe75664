"""Who may enrol, told before anybody asks."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from courses.enrolment.models import Intake
from courses.organisations.models import Learners
from courses.people.models import PersonalRecord, Sex

SEX_OF = {Learners.GIRLS: Sex.GIRL, Learners.BOYS: Sex.BOY}
ADULT_AGE = 18


@dataclass(frozen=True)
class Reason:
    """Why a person may not enrol: a machine code and a sentence."""

    code: str
    sentence: str


def reasons_against(
    intake: Intake, record: PersonalRecord | None, *, at: datetime
) -> tuple[Reason, ...]:
    """Return every reason why the person may not enrol in the intake now; empty: may."""
    found = []
    if at < intake.opens_at:
        found.append(Reason("not_open_yet", _("Enrolment has not opened yet.")))
    if at >= intake.closes_at:
        found.append(Reason("closed", _("Enrolment has closed.")))
    if record is None:
        found.append(
            Reason("no_record", _("First complete your own record: birth date and school kind."))
        )
        return tuple(found)
    return (*found, *_about(intake, record, on=intake.starts_on))


def _about(intake: Intake, record: PersonalRecord, *, on: date) -> tuple[Reason, ...]:
    found = []
    wanted = SEX_OF.get(Learners(intake.learners))
    if wanted and record.sex != wanted:
        found.append(
            Reason("school_kind", _("This intake is for %(learners)s.")
                   % {"learners": intake.get_learners_display()})
        )  # fmt: skip
    age = record.age_on(on)
    minimum = max(intake.minimum_age, ADULT_AGE if intake.learners == Learners.ADULT else 0)
    if age < minimum:
        found.append(
            Reason(
                "too_young",
                _("On the first day you must be at least %(age)s full years old.")
                % {"age": minimum},
            )
        )
    return tuple(found)
