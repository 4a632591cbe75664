"""Sowing bodies and their pages: `organisations/{offices,schools,firms}.yaml`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from courses.kit.calendars import today
from courses.kit.seedfile import SeedMap, Words, read_coded
from courses.kit.sowing import Sower
from courses.organisations.actions import furnish_desk, record_partnership
from courses.organisations.models import (
    FirmPage,
    Kind,
    Learners,
    Organisation,
    OrganisationIndexPage,
    Partnership,
    SchoolPage,
    Variety,
)

OFFICES = (Kind.OFFICE, Kind.GUILD, Kind.CHAMBER)


@dataclass(frozen=True)
class Body:
    """An organisation of a seed file, checked."""

    values: dict[str, Any]
    about: Words
    facilities: list[Words]
    programmes: list[str]
    partner: tuple[str, int, int] | None = None


def read_bodies(seeds: Path, *, programmes: Collection[str]) -> dict[str, Body]:
    """Read the three files into one map by code; raise SeedError at the first mistake."""
    folder = seeds / "organisations"
    found: dict[str, Body] = {}
    firms = read_coded(folder / "firms.yaml")
    for code, entry in read_coded(folder / "offices.yaml").items():
        values = _shared(entry) | {"kind": entry.choice("kind", OFFICES)}
        entry.done()
        found[code] = Body(values, Words("", ""), [], [])
    for code, entry in firms.items():
        found[code] = _firm(entry)
    for code, entry in read_coded(folder / "schools.yaml").items():
        if code in found:
            raise entry.refuse(f"another organisation has the code “{code}”", "code")
        found[code] = _school(entry, firms=firms, programmes=programmes)
    return found


def _shared(entry: SeedMap) -> dict[str, Any]:
    name, place = entry.words("name"), entry.words("place")
    at = entry.numbers("at", exactly=2)
    if entry.flag("sample") != ("نمونه" in name.fa):
        raise entry.refuse("a sample's name says so, and no other name does: «نمونه»", "name")
    return {
        "name_fa": name.fa,
        "name_en": name.en,
        "locality_fa": place.fa,
        "locality_en": place.en,
        "lat": Decimal(str(at[0])) if at else None,
        "lon": Decimal(str(at[1])) if at else None,
        "is_sample": entry.flag("sample"),
    }


def _firm(entry: SeedMap) -> Body:
    values = _shared(entry) | {
        "kind": Kind.FIRM,
        "variety": entry.choice("variety", Variety.values),
        "workers": entry.number("workers", None),
        "master_trainers": entry.number("master_trainers", None),
        "daily_capacity": entry.number("daily_capacity", None),
        "capacity_unit": entry.text("capacity_unit", ""),
        "insurance_confirmed": entry.flag("insurance_confirmed"),
        "accepts_under_18": entry.flag("accepts_under_18"),
    }
    body = Body(values, entry.words("about", Words("", "")), entry.all_words("facilities"), [])
    entry.done()
    return body


def _school(entry: SeedMap, *, firms: Collection[str], programmes: Collection[str]) -> Body:
    values = _shared(entry) | {
        "kind": Kind.SCHOOL,
        "variety": entry.choice("variety", Variety.values),
        "learners": entry.choice("learners", Learners.values),
        "yearly_intake": entry.number("yearly_intake", None),
    }
    partner = None
    if (agreement := entry.maybe_map("partner")) is not None:
        least = -10_000
        partner = (
            agreement.ref("firm", firms, "firm"),
            agreement.number("from_days", least=least),
            agreement.number("to_days", least=least),
        )
        if partner[2] < partner[1]:
            raise agreement.refuse("the agreement ends before it begins", "to_days")
        agreement.done()
    body = Body(
        values,
        entry.words("about", Words("", "")),
        entry.all_words("facilities"),
        entry.refs("programmes", programmes, "programme"),
        partner,
    )
    entry.done()
    return body


def sow_bodies(bodies: dict[str, Body], sower: Sower) -> dict[str, Organisation]:
    """Write the organisations, then the partnerships; return the organisations by code."""
    sown = {
        code: sower.row(Organisation, {"code": code}, body.values) for code, body in bodies.items()
    }
    day = today(sower.at)
    for code, body in bodies.items():
        if body.partner is not None:
            firm, first, last = body.partner
            agreed = (day + timedelta(first), day + timedelta(last))
            _sow_partnership(sown[code], sown[firm], agreed, sower)
    return sown


def _sow_partnership(
    school: Organisation, firm: Organisation, agreed: tuple[date, date], sower: Sower
) -> None:
    sower.once(
        Partnership._meta.verbose_name_raw,
        Partnership.objects.filter(school=school, firm=firm).first(),
        lambda: record_partnership(
            school,
            firm,
            starts_on=agreed[0],
            ends_on=agreed[1],
            by=None,
            is_sample=school.is_sample,
            at=sower.at,
        ),
    )


def sow_pages(
    bodies: dict[str, Body],
    sown: dict[str, Organisation],
    indexes: dict[str, OrganisationIndexPage | None],
    sower: Sower,
) -> dict[str, SchoolPage | None]:
    """Write the pages of schools and firms; return the schools' pages by code."""
    schools: dict[str, SchoolPage | None] = {}
    models = {Kind.SCHOOL: SchoolPage, Kind.FIRM: FirmPage}
    for code, body in bodies.items():
        model = models.get(body.values["kind"])
        if model is None:
            continue
        key = f"{body.values['kind']}-page:{code}"
        page = sower.page(
            model, key, indexes[body.values["kind"]], _page(body, sown[code], "fa"), slug=code
        )
        sower.translation(page, key, _page(body, sown[code], "en"))
        if model is SchoolPage:
            schools[code] = page
            furnish_desk(sown[code])
    return schools


def _page(body: Body, organisation: Organisation, language: str) -> dict[str, Any]:
    about = getattr(body.about, language)
    return {
        "title": body.values[f"name_{language}"],
        "organisation": organisation,
        "introduction": f"<p>{about}</p>" if about else "",
        "facilities": [
            {"type": "facility", "value": getattr(words, language)} for words in body.facilities
        ],
    }
