"""What the law says to a vacancy, and who may keep it."""

from collections.abc import Hashable, Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from courses.law.rules import Reason, RuleRow, SkillUse, Work, Worker, judge, judge_at
from courses.vacancies.models import LegalBasis, Vacancy


def skills_used(vacancy: Vacancy) -> tuple[SkillUse, ...]:
    """Return a saved vacancy's skills as the law's plain values."""
    return tuple(
        SkillUse(skill.code, skill.label, skill.hazardous_for_minors)
        for skill in vacancy.skills.all()
    )


def work_of(vacancy: Vacancy, skills: tuple[SkillUse, ...]) -> Work:
    """Return the vacancy as the law's plain values."""
    return Work(
        hours_per_day=Decimal(vacancy.hours_per_day),
        days=tuple(vacancy.days),
        starts_at=vacancy.starts_at,
        ends_at=vacancy.ends_at,
        skills=skills,
        load_kg=Decimal(vacancy.load_kg),
        host_variety=vacancy.firm.variety,
    )


def youngest(vacancy: Vacancy) -> Worker:
    """Return the youngest worker the vacancy admits: as old as its minimum on its first day."""
    first = vacancy.starts_on
    try:
        birth = first.replace(year=first.year - vacancy.minimum_age)
    except ValueError:  # 29 February in a year that has none
        birth = (first - timedelta(days=1)).replace(year=first.year - vacancy.minimum_age)
    return Worker(birth)


def judge_work(
    vacancy: Vacancy, skills: tuple[SkillUse, ...], statute: Iterable[RuleRow]
) -> tuple[Reason, ...]:
    """Return why the law forbids this (perhaps unsaved) vacancy to its own youngest worker."""
    found = judge(youngest(vacancy), work_of(vacancy, skills), vacancy.starts_on, statute)
    if vacancy.legal_basis == LegalBasis.ADULT_WORK and vacancy.minimum_age < 18:
        sentence = _("Work for a wage is for people of 18 and over.")
        found = (*found, Reason("basis", "adult_basis", sentence))
    return found


def reasons_against_publishing(vacancy: Vacancy, statute: Iterable[RuleRow]) -> tuple[Reason, ...]:
    """Return why a saved vacancy may not go before the public."""
    return judge_work(vacancy, skills_used(vacancy), statute)


def reasons_against(
    birth_date: date, vacancy: Vacancy, statute: Iterable[RuleRow]
) -> tuple[Reason, ...]:
    """Return why this person may not take the vacancy: the law, and the vacancy's own ages."""
    return reasons_against_age(Worker(birth_date).age_on(vacancy.starts_on), vacancy, statute)


def facts_judged(vacancy: Vacancy) -> tuple[Hashable, ...]:
    """Return all that `reasons_against_age` asks of a vacancy, and the day whose rules hold."""
    work = work_of(vacancy, skills_used(vacancy))
    return work, vacancy.minimum_age, vacancy.maximum_age, vacancy.starts_on


def reasons_against_age(
    age: int, vacancy: Vacancy, statute: Iterable[RuleRow]
) -> tuple[Reason, ...]:
    """Return why nobody of this age (full years on the first day) may take the vacancy."""
    found = list(judge_at(age, work_of(vacancy, skills_used(vacancy)), statute))
    if age < vacancy.minimum_age and not any(reason.code == "too_young" for reason in found):
        found.append(
            Reason(
                "ages",
                "below_minimum",
                _("The vacancy asks for %(age)s full years on the first day.")
                % {"age": vacancy.minimum_age},
            )
        )
    if vacancy.maximum_age is not None and age > vacancy.maximum_age:
        found.append(
            Reason(
                "ages",
                "above_maximum",
                _("The vacancy is for people of at most %(age)s years.")
                % {"age": vacancy.maximum_age},
            )
        )
    return tuple(found)
