"""Who may do what in a round, when; and what keeps a student from a wish."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from courses.kit.calendars import today
from courses.law.models import Rule
from courses.law.queries import holiday_on, rules_switched_on
from courses.law.rules import Reason, RuleRow
from courses.matching.models import MatchRound
from courses.matching.states import Phase
from courses.people.models import PersonalRecord
from courses.vacancies.models import Vacancy
from courses.vacancies.rules import reasons_against, reasons_against_age

ANSWER_WITHIN = 3
# Thursday and Friday, as `date.weekday` counts.
OFFICE_RESTS = (3, 4)


class StatuteBook:
    """The rules by day, read with one query: a round has several first days and many pairs."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self._rules: list[Rule] | None = None

    def on(self, day: date) -> tuple[RuleRow, ...]:
        """Return the rules in force on a day."""
        if self._rules is None:
            self._rules = list(rules_switched_on())
        return tuple(
            rule
            for rule in self._rules
            if rule.valid_from <= day and (rule.valid_until is None or day <= rule.valid_until)
        )


def reasons_against_wish(
    record: PersonalRecord, vacancy: Vacancy, book: StatuteBook
) -> tuple[Reason, ...]:
    """Return why the law or the vacancy's ages keep this student from it; empty: may."""
    return reasons_against(record.birth_date, vacancy, book.on(vacancy.starts_on))


def reasons_at_age(age: int, vacancy: Vacancy, book: StatuteBook) -> tuple[Reason, ...]:
    """Return why nobody of an age (full years on the first day) may take the vacancy."""
    return reasons_against_age(age, vacancy, book.on(vacancy.starts_on))


def students_choose(match_round: MatchRound, at: datetime) -> bool:
    """Tell whether wishes may be changed."""
    return match_round.phase(at) == Phase.WISHES


def firms_rank(match_round: MatchRound, at: datetime) -> bool:
    """Tell whether firms may see and rank applicants."""
    return match_round.phase(at) == Phase.RANKING


def may_freeze(match_round: MatchRound, at: datetime) -> bool:
    """Tell whether both deadlines have passed."""
    return match_round.phase(at) == Phase.READY


def objection_due(at: datetime) -> datetime:
    """Return until when an objection is answered: three working days on, at the same hour.

    Thursdays, Fridays and holidays are no working days of an office.
    """
    due, left = at, ANSWER_WITHIN
    while left:
        due += timedelta(days=1)
        day = today(due)
        if day.weekday() not in OFFICE_RESTS and holiday_on(day) is None:
            left -= 1
    return due


def moved(ranked: Iterable[int], key: int, by: int) -> list[int]:
    """Return the keys with one moved up (by −1) or down (by +1); at an end nothing changes."""
    keys = list(ranked)
    here = keys.index(key)
    there = min(max(here + by, 0), len(keys) - 1)
    keys.insert(there, keys.pop(here))
    return keys
