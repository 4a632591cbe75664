"""Sowing the whole of `seeds/`: every room reads and checks its files, then every room writes.

What is invented (`sample: true`) is sown in the demo alone; a real installation gets the rest.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from courses.curricula.seeding import ProgrammeSeed, read_programmes, sow_programmes
from courses.enrolment.seeding import IntakeSeed, read_intakes, sow_intakes
from courses.kit.models import JobTick
from courses.kit.seedfile import read_coded
from courses.kit.sowing import Report, Sower
from courses.law.seeding import Statute, read_statute, sow_statute
from courses.organisations.models import Kind
from courses.organisations.seeding import Body, read_bodies, sow_bodies, sow_pages
from courses.skills.seeding import Taxonomy, read_taxonomy, sow_taxonomy
from courses.vacancies.seeding import VacancySeed, read_vacancies, sow_vacancies
from javar.demo_seeding import DemoSeed, read_demo, sow_demo
from javar.pages.seeding import Frame, read_frame, sow_frame

SEEDS = settings.ROOT / "seeds"
JOB = "seed"


@dataclass(frozen=True)
class Seeds:
    """All files, read and checked."""

    taxonomy: Taxonomy
    statute: Statute
    programmes: dict[str, ProgrammeSeed]
    bodies: dict[str, Body]
    vacancies: dict[str, VacancySeed]
    intakes: list[IntakeSeed]
    frame: Frame
    demo: DemoSeed


def read_seeds(folder: Path = SEEDS) -> Seeds:
    """Read every file and check every reference; raise SeedError at the first mistake."""
    taxonomy = read_taxonomy(folder)
    statute = read_statute(folder)
    programmes = read_programmes(folder, skills=taxonomy.skills, occupations=taxonomy.occupations)
    bodies = read_bodies(folder, programmes=programmes)
    schools = {code for code, body in bodies.items() if body.values["kind"] == Kind.SCHOOL}
    firms = {code for code, body in bodies.items() if body.values["kind"] == Kind.FIRM}
    vacancies = read_vacancies(
        folder, firms=firms, skills=taxonomy.skills, occupations=taxonomy.occupations
    )
    _check_briefs(folder, firms=firms, occupations=taxonomy.occupations)
    intakes = read_intakes(folder / "intakes.yaml", schools=schools, programmes=programmes)
    return Seeds(
        taxonomy, statute, programmes, bodies, vacancies, intakes, read_frame(folder),
        read_demo(folder, schools=schools, programmes=programmes),
    )  # fmt: skip


def _check_briefs(folder: Path, *, firms: set[str], occupations: dict[str, Any]) -> None:
    """Check the design briefs; the studio will sow them."""
    for entry in read_coded(folder / "briefs.yaml").values():
        entry.flag("sample")
        entry.words("title")
        entry.words("user")
        entry.all_words("needs")
        entry.all_words("deliverables")
        entry.ref("sponsor", firms, "firm")
        entry.ref("occupation", occupations, "occupation")
        entry.number("weeks", least=1)
        entry.number("team_size", least=1)
        weights = 0.0
        for line in entry.maps("judging"):
            line.words("criterion")
            weights += line.number("weight", whole=False)
            line.done()
        if abs(weights - 1) > 1e-9:
            raise entry.refuse(f"the weights sum to {weights}, not to 1", "judging")
        entry.done()


def without_samples(seeds: Seeds) -> Seeds:
    """Return what a real installation is sown with: nothing that is or hangs on a sample."""
    real = {code: body for code, body in seeds.bodies.items() if not body.values["is_sample"]}
    return replace(
        seeds,
        bodies={
            code: body
            if body.partner is None or body.partner[0] in real
            else replace(body, partner=None)
            for code, body in real.items()
        },
        vacancies={
            code: vacancy
            for code, vacancy in seeds.vacancies.items()
            if vacancy.firm in real and not vacancy.values["is_sample"]
        },
        intakes=[
            intake for intake in seeds.intakes if intake.school in real and not intake.is_sample
        ],
    )


@transaction.atomic
def sow(seeds: Seeds, *, at: datetime, demo: bool = False) -> Report:
    """Write everything, or nothing when something goes wrong; return what was done.

    Without `demo` nothing invented is written, whatever the files hold.
    """
    if not demo:
        seeds = without_samples(seeds)
    sower = Sower(at=at)
    sow_taxonomy(seeds.taxonomy, sower)
    sow_statute(seeds.statute, sower)
    sown = sow_bodies(seeds.bodies, sower)
    indexes = sow_frame(seeds.frame, sower)
    sow_pages(seeds.bodies, sown, {Kind.SCHOOL: indexes.schools, Kind.FIRM: indexes.firms}, sower)
    sow_programmes(seeds.programmes, indexes.programmes, sower)
    sow_vacancies(seeds.vacancies, sown, sower)
    sow_intakes(seeds.intakes, sown, sower)
    if demo:
        sow_demo(seeds.demo, sown, sower)
    return sower.report


def seeds_fingerprint(folder: Path = SEEDS) -> str:
    """Return a hash over every seed file's name and bytes."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.update(str(path.relative_to(folder)).encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def _period(fingerprint: str, *, demo: bool) -> str:
    return f"{'demo' if demo else 'base'}:{fingerprint[:32]}"


def seeds_were_sown(fingerprint: str, *, demo: bool) -> bool:
    """Tell whether exactly these files have been sown here already."""
    return JobTick.objects.filter(job=JOB, period=_period(fingerprint, demo=demo)).exists()


def remember_sowing(fingerprint: str, *, demo: bool, at: datetime) -> None:
    """Note that these files have been sown, so that a start need not read them again."""
    JobTick.objects.get_or_create(
        job=JOB, period=_period(fingerprint, demo=demo), defaults={"at": at}
    )
