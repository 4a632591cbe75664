"""Sowing vacancies: `vacancies.yaml`. They are posted and published like a firm's own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from courses.kit.calendars import today
from courses.kit.seedfile import SeedMap, Words, read_coded
from courses.kit.sowing import Sower
from courses.organisations.models import Organisation
from courses.skills.models import Occupation, Skill
from courses.vacancies.actions import post_vacancy, publish_vacancy
from courses.vacancies.models import WEEKDAYS, LegalBasis, Vacancy

DAYS = [code for code, _name in WEEKDAYS]


@dataclass(frozen=True)
class VacancySeed:
    """A vacancy of the file, checked."""

    firm: str
    occupation: str
    skills: list[str]
    from_days: int
    to_days: int
    values: dict[str, Any]


def read_vacancies(
    seeds: Path,
    *,
    firms: Collection[str],
    skills: Collection[str],
    occupations: Collection[str],
) -> dict[str, VacancySeed]:
    """Read the file; raise SeedError at the first mistake."""
    return {
        code: _vacancy(code, entry, firms, skills, occupations)
        for code, entry in read_coded(seeds / "vacancies.yaml").items()
    }


def _vacancy(
    code: str,
    entry: SeedMap,
    firms: Collection[str],
    skills: Collection[str],
    occupations: Collection[str],
) -> VacancySeed:
    title, hazards = entry.words("title"), entry.words("hazards", Words("", ""))
    starts_at, ends_at = entry.clocks("time")
    seed = VacancySeed(
        entry.ref("firm", firms, "firm"),
        entry.ref("occupation", occupations, "occupation"),
        entry.refs("skills", skills, "skill", least=1),
        entry.number("from_days"),
        entry.number("to_days"),
        {
            "code": code,
            "title_fa": title.fa,
            "title_en": title.en,
            "duties": entry.text("duties", ""),
            "seats": entry.number("seats", least=1),
            "minimum_age": entry.number("minimum_age", least=15),
            "maximum_age": entry.number("maximum_age", None),
            "days": entry.refs("days", DAYS, "weekday", least=1),
            "starts_at": starts_at,
            "ends_at": ends_at,
            "hours_per_day": Decimal(str(entry.number("hours_per_day", whole=False))),
            "load_kg": Decimal(str(entry.number("load_kg", 0, whole=False))),
            "legal_basis": entry.choice("basis", LegalBasis.values),
            "wage_rial": entry.number("wage_rial", None),
            "hazards": hazards.fa,
            "is_sample": entry.flag("sample"),
        },
    )
    if seed.to_days < seed.from_days:
        raise entry.refuse("the last day lies before the first", "to_days")
    entry.done()
    return seed


def sow_vacancies(
    vacancies: dict[str, VacancySeed], firms: dict[str, Organisation], sower: Sower
) -> None:
    """Post and publish each vacancy that is not there yet; the law is asked as for any firm."""
    skills = {skill.code: skill for skill in Skill.objects.all()}
    occupations = {occupation.code: occupation for occupation in Occupation.objects.all()}
    there = {vacancy.code: vacancy for vacancy in Vacancy.objects.all()}
    day = today(sower.at)
    for code, seed in vacancies.items():

        def make(seed: VacancySeed = seed) -> Vacancy:
            vacancy = Vacancy(
                firm=firms[seed.firm],
                occupation=occupations[seed.occupation],
                starts_on=day + timedelta(seed.from_days),
                ends_on=day + timedelta(seed.to_days),
                **seed.values,
            )
            used = [skills[skill] for skill in seed.skills]
            post_vacancy(vacancy, skills=used, by=None, at=sower.at)
            return publish_vacancy(vacancy, by=None, at=sower.at)

        sower.once(Vacancy._meta.verbose_name_raw, there.get(code), make)
