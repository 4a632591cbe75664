"""The flight check: what a student should look at before the deadline of wishes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.kit.calendars import today
from courses.matching.models import MatchRound
from courses.people.models import PersonalRecord, User
from courses.people.queries import consents_standing

CONSENT_SCOPE = "apprenticeship"
ENOUGH = 3
OF_AGE = 18


@dataclass(frozen=True)
class Check:
    """One line of the flight check: fine or not, and what it says."""

    fine: bool
    sentence: str


def before_the_deadline(
    student: User,
    record: PersonalRecord | None,
    rows: Sequence[tuple[Any, ...]],
    match_round: MatchRound,
    at: datetime,
) -> list[Check]:
    """Return the checks of a student's list; `rows` hold a wish and the reasons against it."""
    count = len(rows)
    found = [_enough(count)]
    if count:
        found.append(_allowed(sum(bool(row[1]) for row in rows)))
    if count >= match_round.longest_list:
        found.append(Check(False, _("The list is as long as it may be.")))
    if record is None:
        found.append(
            Check(False, _("Your birth date is missing, so no wish counts: tell your school."))
        )
    elif record.age_on(today(at)) < OF_AGE:
        consented = bool(consents_standing(student, CONSENT_SCOPE))
        found.append(
            Check(
                consented,
                _("Your guardian's consent to an apprenticeship is on file.")
                if consented
                else _("Your guardian's consent is not on file yet: your school takes it."),
            )
        )
    if record is not None and any(row[2] and row[2].rule.nearness for row in rows):
        known = record.home_lat is not None
        found.append(
            Check(
                known,
                _("Your home is known, so nearness counts.")
                if known
                else _("Your home is not known, so nearness gives no points: tell your school."),
            )
        )
    return found


def _enough(count: int) -> Check:
    if not count:
        return Check(False, _("The list is empty: who wishes nothing takes no part."))
    if count < ENOUGH:
        return Check(
            False,
            _("With fewer than %(enough)s wishes it is likelier that no place is found.")
            % {"enough": ENOUGH},
        )
    return Check(True, _("%(count)s wishes are on the list.") % {"count": count})


def _allowed(forbidden: int) -> Check:
    if not forbidden:
        return Check(True, _("Every wish is allowed for you."))
    return Check(
        False,
        ngettext(
            "%(count)s wish is not allowed for you; it does not count.",
            "%(count)s wishes are not allowed for you; they do not count.",
            forbidden,
        )
        % {"count": forbidden},
    )
