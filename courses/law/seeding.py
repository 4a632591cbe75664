"""Sowing the rules of work and the holidays: `law.yaml`, `holidays.yaml`."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from courses.kit.seedfile import read_maps
from courses.kit.sowing import Sower
from courses.law.models import Confidence, Holiday, Rule, RuleCode


@dataclass(frozen=True)
class Statute:
    """What the files say, checked: rules by code and first day, holidays by day."""

    rules: dict[tuple[str, date], dict[str, Any]]
    holidays: dict[date, dict[str, Any]]


def read_statute(seeds: Path) -> Statute:
    """Read both files; raise SeedError at the first mistake."""
    rules = {}
    for entry in read_maps(seeds / "law.yaml"):
        code, first = entry.choice("code", RuleCode.values), entry.date("valid_from")
        if (code, first) in rules:
            raise entry.refuse(f"{code} begins twice on one day", "valid_from")
        sentence, reading, article = (entry.words(k) for k in ("sentence", "reading", "article"))
        rules[code, first] = {
            "article_fa": article.fa,
            "article_en": article.en,
            "parameters": entry.raw("numbers"),
            "valid_until": entry.date("valid_until") if "valid_until" in entry else None,
            "sentence_fa": sentence.fa,
            "sentence_en": sentence.en,
            "source_fa": reading.fa,
            "source_en": reading.en,
        }
        entry.done()
    holidays = {}
    for entry in read_maps(seeds / "holidays.yaml"):
        day, name = entry.date("date"), entry.words("name")
        if day in holidays:
            raise entry.refuse("this day stands here twice", "date")
        holidays[day] = {
            "name_fa": name.fa,
            "name_en": name.en,
            "basis": entry.text("basis"),
            "confidence": entry.choice("confidence", Confidence.values),
        }
        entry.done()
    return Statute(rules, holidays)


def sow_statute(statute: Statute, sower: Sower) -> None:
    """Write rules and holidays."""
    for (code, first), values in statute.rules.items():
        sower.row(Rule, {"code": code, "valid_from": first}, values)
    for day, values in statute.holidays.items():
        sower.row(Holiday, {"day": day}, values)
