"""Sowing the taxonomy: `skills.yaml`, `occupations.yaml`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from courses.kit.seedfile import SeedMap, read_coded
from courses.kit.sowing import Sower
from courses.skills.models import Occupation, Skill, SkillGroup


@dataclass(frozen=True)
class Taxonomy:
    """What the files say, checked."""

    groups: dict[str, dict[str, Any]]
    skills: dict[str, dict[str, Any]]
    occupations: dict[str, dict[str, Any]]


def read_taxonomy(seeds: Path) -> Taxonomy:
    """Read both files; raise SeedError at the first mistake."""
    groups: dict[str, dict[str, Any]] = {}
    skills: dict[str, dict[str, Any]] = {}
    for position, (code, entry) in enumerate(read_coded(seeds / "skills.yaml").items()):
        label = entry.words("label")
        groups[code] = {"label_fa": label.fa, "label_en": label.en, "position": position}
        for item in entry.maps("skills"):
            skill = item.text("code")
            if skill in skills:
                raise item.refuse(f"there already is a skill “{skill}”", "code")
            skills[skill] = {"group": code, **_skill(item)}
        entry.done()
    occupations = {
        code: _occupation(entry, skills)
        for code, entry in read_coded(seeds / "occupations.yaml").items()
    }
    return Taxonomy(groups, skills, occupations)


def _skill(entry: SeedMap) -> dict[str, Any]:
    label, description = entry.words("label"), entry.words("description")
    level = entry.number("level", least=1)
    if level > 3:
        raise entry.refuse("“level” is 1, 2 or 3", "level")
    found = {
        "label_fa": label.fa,
        "label_en": label.en,
        "description_fa": description.fa,
        "description_en": description.en,
        "level": level,
        "hazardous_for_minors": entry.flag("not_for_minors"),
        "esco_like_label": entry.text("esco_like", ""),
    }
    entry.done()
    return found


def _occupation(entry: SeedMap, skills: dict[str, dict[str, Any]]) -> dict[str, Any]:
    label = entry.words("label")
    found = {
        "label_fa": label.fa,
        "label_en": label.en,
        "isco08": entry.text("isco08"),
        "eqf_like_level": entry.number("level", least=1),
        "minimum_age": entry.number("minimum_age", least=15),
        "skills": entry.refs("skills", skills, "skill", least=1),
    }
    hazardous = [code for code in found["skills"] if skills[code]["hazardous_for_minors"]]
    if hazardous and found["minimum_age"] < 18:
        raise entry.refuse(f"{hazardous[0]} is not for minors: “minimum_age” must be 18",
                           "minimum_age")  # fmt: skip
    entry.done()
    return found


def sow_taxonomy(taxonomy: Taxonomy, sower: Sower) -> None:
    """Write groups, skills, occupations."""
    groups = {
        code: sower.row(SkillGroup, {"code": code}, values)
        for code, values in taxonomy.groups.items()
    }
    skills = {
        code: sower.row(Skill, {"code": code}, values | {"group": groups[values["group"]]})
        for code, values in taxonomy.skills.items()
    }
    for code, values in taxonomy.occupations.items():
        plain = {name: value for name, value in values.items() if name != "skills"}
        sower.row(
            Occupation, {"code": code}, plain, {"skills": [skills[s] for s in values["skills"]]}
        )
