"""The law of young workers: the dossier's vectors and the edges around birthdays."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from courses.kit.calendars import from_jalali
from courses.law.rules import Reason, SkillUse, Work, Worker, judge

START = date(2026, 11, 23)


@dataclass
class Row:
    """A rule without a database."""

    code: str
    parameters: dict[str, Any] = field(default_factory=dict)


STATUTE = (
    Row("R1", {"min_age": 15}),
    Row(
        "R2",
        {
            "young_below": 18, "hours_per_day": 6, "hours_per_week": 36, "earliest": "06:00",
            "latest": "22:00", "rest_days": ["Fri"], "overtime": False,
        },
    ),
    Row("R3", {"young_below": 18}),
    Row("R4", {"young_below": 18, "max_load_kg": 10}),
    Row("R9", {"host_types": ["tannery"], "min_age": 18}),
)  # fmt: skip
SKIVING = SkillUse("skiving", "نازک‌کاری", False)
SOLVENT = SkillUse("solvent-cementing", "چسب حلال‌پایه", True)
PRESS = SkillUse("clicking-press", "پرس برش", True)


def work(**changes: Any) -> Work:
    """An ordinary, lawful day at a bench."""
    plain: dict[str, Any] = {
        "hours_per_day": Decimal(5),
        "days": ("Sat", "Tue"),
        "starts_at": time(8),
        "ends_at": time(14),
        "skills": (SKIVING,),
    }
    return Work(**(plain | changes))


def born(years: int, days: int = 0) -> Worker:
    """Somebody who turns `years` on the first day, shifted by days (positive: later)."""
    return Worker(START.replace(year=START.year - years) + timedelta(days=days))


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [f"{reason.rule}:{reason.code}" for reason in reasons]


@pytest.mark.parametrize(
    ("worker", "done", "expected"),
    [
        (born(15), work(hours_per_day=Decimal(6)), []),
        (born(15, 1), work(), ["R1:too_young"]),
        (born(15, -1), work(), []),
        (born(17), work(skills=(SOLVENT,)), ["R3:hazardous:solvent-cementing"]),
        (born(17), work(skills=(SOLVENT, PRESS)),
         ["R3:hazardous:solvent-cementing", "R3:hazardous:clicking-press"]),
        (born(16), work(hours_per_day=Decimal("6.5")), ["R2:hours_per_day"]),
        (born(16), work(hours_per_day=Decimal(6)), []),
        (born(18), work(skills=(PRESS,), hours_per_day=Decimal(7)), []),
        (born(18, 1), work(skills=(PRESS,), hours_per_day=Decimal(7)),
         ["R2:hours_per_day", "R3:hazardous:clicking-press"]),
        (born(17), work(days=("Fri",), hours_per_day=Decimal(4)), ["R2:rest_day"]),
        (born(17), work(load_kg=Decimal(12)), ["R4:load"]),
        (born(17), work(load_kg=Decimal(10)), []),
        (born(18), work(load_kg=Decimal(25)), []),
        (born(16), work(host_variety="tannery"), ["R9:tannery"]),
        (born(18), work(host_variety="tannery"), []),
        (born(16), work(ends_at=time(22)), []),
        (born(16), work(ends_at=time(22, 1)), ["R2:night"]),
        (born(16), work(starts_at=time(5, 59)), ["R2:night"]),
        (born(16), work(starts_at=time(20), ends_at=time(2)), ["R2:night"]),
        (born(16), work(overtime=True), ["R2:overtime"]),
        (born(19), work(overtime=True, days=("Fri",), ends_at=time(23)), []),
        (
            born(16),
            work(hours_per_day=Decimal(6), days=("Sat", "Sun", "Mon", "Tue", "Wed", "Thu")),
            [],
        ),
        (born(16), work(hours_per_day=Decimal(6),
                        days=("Sat", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri")),
         ["R2:hours_per_week", "R2:rest_day"]),
        (born(14), work(hours_per_day=Decimal(8), days=("Fri",), load_kg=Decimal(20),
                        skills=(PRESS,), host_variety="tannery"),
         ["R1:too_young", "R2:hours_per_day", "R2:rest_day", "R3:hazardous:clicking-press",
          "R4:load", "R9:tannery"]),
    ],
)  # fmt: skip
def test_the_law_says(worker: Worker, done: Work, expected: list[str]) -> None:
    assert codes(judge(worker, done, START, STATUTE)) == expected


@pytest.mark.parametrize(
    ("birth", "on", "allowed"),
    [
        # born on 30 Esfand of a leap year: fifteen full years later
        (from_jalali(1391, 12, 30), date(2028, 3, 19), False),
        (from_jalali(1391, 12, 30), date(2028, 3, 20), True),
        # born on 29 February: turns fifteen on 1 March of an ordinary year
        (date(2012, 2, 29), date(2027, 2, 28), False),
        (date(2012, 2, 29), date(2027, 3, 1), True),
    ],
)
def test_birthdays_at_the_edges_of_leap_years(birth: date, on: date, allowed: bool) -> None:
    assert (judge(Worker(birth), work(), on, STATUTE) == ()) is allowed


def test_a_rule_that_is_switched_off_says_nothing() -> None:
    without = [row for row in STATUTE if row.code != "R4"]
    assert judge(born(16), work(load_kg=Decimal(50)), START, without) == ()


def test_every_reason_has_a_sentence_naming_the_number_of_its_row() -> None:
    (reason,) = judge(born(14), work(), START, [Row("R1", {"min_age": 16})])
    assert "16" in reason.sentence


def test_hazardous_reasons_name_the_skill_and_the_article() -> None:
    (reason,) = judge(born(17), work(skills=(SOLVENT,)), START, STATUTE)
    assert "چسب حلال‌پایه" in reason.sentence
    assert "۸۴" in reason.sentence
