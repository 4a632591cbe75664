"""Judging work by the law: plain values in, reasons out; nothing is read or written here.

R5 is no rule of work and is asked by name (`doubts_signature`). R1 Labour Code art. 79; R2 arts.
82, 83, 115 and the weekly rest; R3 arts. 83, 84; R4 art. 83 and the manual-handling regulation of
1389; R9 art. 84. Where doubt exists the product is stricter than the text; every rule row says so
in its source.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import gettext as _

from courses.kit.calendars import full_years
from courses.law.models import RuleCode


class RuleRow(Protocol):
    """What judging needs of a rule: its code and numbers; `models.Rule` has both."""

    code: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Worker:
    """Who works: the birth date is all the law asks here."""

    birth_date: date

    def age_on(self, day: date) -> int:
        """Return the age in full years."""
        return full_years(self.birth_date, day)


@dataclass(frozen=True)
class SkillUse:
    """A skill the work asks for, with its label for the sentence."""

    code: str
    label: str
    hazardous_for_minors: bool


@dataclass(frozen=True)
class Work:
    """What is done: hours a day, weekdays (Sat … Fri), from when to when, load in kilograms."""

    hours_per_day: Decimal
    days: tuple[str, ...]
    starts_at: time
    ends_at: time
    skills: tuple[SkillUse, ...] = ()
    load_kg: Decimal = Decimal(0)
    overtime: bool = False
    host_variety: str = ""


@dataclass(frozen=True)
class Reason:
    """Why the law says no: the rule's code, a machine code within it, and a sentence."""

    rule: str
    code: str
    sentence: str


def judge(worker: Worker, work: Work, on: date, statute: Iterable[RuleRow]) -> tuple[Reason, ...]:
    """Return every reason why this person may not do this work from that day; empty: allowed."""
    return judge_at(worker.age_on(on), work, statute)


def judge_at(age: int, work: Work, statute: Iterable[RuleRow]) -> tuple[Reason, ...]:
    """Return every reason why nobody of this age may do this work; the age is all a rule asks."""
    return tuple(
        reason for row in statute for reason in _JUDGES[row.code](age, work, row.parameters)
    )


def _minimum_age(age: int, work: Work, numbers: dict[str, Any]) -> Sequence[Reason]:
    if age >= numbers["min_age"]:
        return ()
    sentence = _("Nobody under %(age)s full years may work.") % {"age": numbers["min_age"]}
    return (Reason(RuleCode.R1, "too_young", sentence),)


def _young_hours(age: int, work: Work, numbers: dict[str, Any]) -> Sequence[Reason]:
    if age >= numbers["young_below"]:
        return ()
    found = []
    day_limit, week_limit = Decimal(numbers["hours_per_day"]), Decimal(numbers["hours_per_week"])
    if work.hours_per_day > day_limit:
        found.append((
            "hours_per_day",
            _("Under %(age)s, work may last at most %(hours)s hours a day.")
            % {"age": numbers["young_below"], "hours": day_limit},
        ))  # fmt: skip
    if work.hours_per_day * len(work.days) > week_limit:
        found.append((
            "hours_per_week",
            _("Under %(age)s, work may last at most %(hours)s hours a week.")
            % {"age": numbers["young_below"], "hours": week_limit},
        ))  # fmt: skip
    earliest, latest = (time.fromisoformat(numbers[key]) for key in ("earliest", "latest"))
    if work.starts_at < earliest or work.ends_at > latest or work.ends_at <= work.starts_at:
        found.append((
            "night",
            _("Under %(age)s, work must lie between %(earliest)s and %(latest)s.")
            % {
                "age": numbers["young_below"],
                "earliest": numbers["earliest"],
                "latest": numbers["latest"],
            },
        ))  # fmt: skip
    if set(work.days) & set(numbers["rest_days"]):
        found.append(("rest_day", _("Friday is a day of rest.")))
    if work.overtime and not numbers["overtime"]:
        found.append((
            "overtime",
            _("Under %(age)s, overtime is forbidden.") % {"age": numbers["young_below"]},
        ))  # fmt: skip
    return tuple(Reason(RuleCode.R2, code, sentence) for code, sentence in found)


def _hazardous_skills(age: int, work: Work, numbers: dict[str, Any]) -> Sequence[Reason]:
    if age >= numbers["young_below"]:
        return ()
    return tuple(
        Reason(
            RuleCode.R3,
            f"hazardous:{skill.code}",
            _("“%(skill)s” is for people of %(age)s and over (Labour Code, article 84).")
            % {"skill": skill.label, "age": numbers["young_below"]},
        )
        for skill in work.skills
        if skill.hazardous_for_minors
    )


def _load(age: int, work: Work, numbers: dict[str, Any]) -> Sequence[Reason]:
    if age >= numbers["young_below"] or work.load_kg <= Decimal(numbers["max_load_kg"]):
        return ()
    sentence = _("Under %(age)s, nobody lifts more than %(load)s kilograms.") % {
        "age": numbers["young_below"],
        "load": numbers["max_load_kg"],
    }
    return (Reason(RuleCode.R4, "load", sentence),)


def _tannery(age: int, work: Work, numbers: dict[str, Any]) -> Sequence[Reason]:
    if work.host_variety not in numbers["host_types"] or age >= numbers["min_age"]:
        return ()
    sentence = _("Work in a tannery is for people of %(age)s and over.") % {
        "age": numbers["min_age"]
    }
    return (Reason(RuleCode.R9, "tannery", sentence),)


def doubts_signature(relation: str, rule: RuleRow | None) -> bool:
    """Tell whether somebody of this relation may not bind a minor alone; no rule, no doubt.

    The rule names who surely may (`binds`). A doubt is told to the school and never refuses: who
    stands in the birth certificate or in a court's paper, the school sees and the site does not.
    """
    return rule is not None and relation not in rule.parameters["binds"]


_Judge = Callable[[int, Work, dict[str, Any]], Sequence[Reason]]
_JUDGES: dict[str, _Judge] = {
    RuleCode.R1: _minimum_age,
    RuleCode.R2: _young_hours,
    RuleCode.R3: _hazardous_skills,
    RuleCode.R4: _load,
    RuleCode.R9: _tannery,
}
