"""Sowing intakes: `intakes.yaml`, and the demo's classes in `demo/intakes.yaml`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path

from courses.curricula.models import ProgrammePage
from courses.curricula.queries import latest_version
from courses.enrolment.actions import open_intake
from courses.enrolment.models import Intake
from courses.kit.calendars import TEHRAN, today
from courses.kit.seedfile import read_maps
from courses.kit.sowing import Sower
from courses.organisations.models import Learners, Organisation


@dataclass(frozen=True)
class IntakeSeed:
    """An intake of a file, checked; days count from the day of sowing."""

    school: str
    programme: str
    seats: int
    minimum_age: int
    opens: int
    closes: int
    starts: int
    is_sample: bool

    @property
    def code(self) -> str:
        """A code that does not depend on the day of sowing."""
        term = "now" if self.starts < 0 else "next"
        return f"{self.school}-{self.programme}-{term}"


def read_intakes(
    path: Path, *, schools: Collection[str], programmes: Collection[str]
) -> list[IntakeSeed]:
    """Read a file of intakes; raise SeedError at the first mistake."""
    found: dict[str, IntakeSeed] = {}
    for entry in read_maps(path):
        least = -10_000
        seed = IntakeSeed(
            entry.ref("school", schools, "school"),
            entry.ref("programme", programmes, "programme"),
            entry.number("seats", least=1),
            entry.number("minimum_age", least=15),
            entry.number("opens", least=least),
            entry.number("closes", least=least),
            entry.number("starts", least=least),
            entry.flag("sample"),
        )
        if not seed.opens < seed.closes <= seed.starts:
            raise entry.refuse("an intake opens, then closes, then school starts", "closes")
        if seed.code in found:
            raise entry.refuse("this intake stands here twice", "programme")
        entry.done()
        found[seed.code] = seed
    return list(found.values())


def sow_intakes(
    intakes: list[IntakeSeed], schools: dict[str, Organisation], sower: Sower
) -> dict[str, Intake]:
    """Open each intake that is not there yet; return them by school where the class runs."""
    programmes = {
        page.code: page for page in ProgrammePage.objects.filter(locale__language_code="fa")
    }
    day = today(sower.at)
    there = {intake.code: intake for intake in Intake.objects.all()}
    sown = {}
    for seed in intakes:
        programme = programmes.get(seed.programme)
        version = latest_version(programme) if programme else None
        if version is None:
            sower.report.kept.append(f"intake “{seed.code}”: its programme is not published")
            continue
        school = schools[seed.school]
        intake = Intake(
            code=seed.code,
            school=school,
            version=version,
            opens_at=datetime.combine(day + timedelta(seed.opens), time(8), TEHRAN),
            closes_at=datetime.combine(day + timedelta(seed.closes), time(23, 59, 59), TEHRAN),
            starts_on=day + timedelta(seed.starts),
            learners=school.learners or Learners.MIXED,
            list_closes_on=day + timedelta(seed.starts),
            is_sample=seed.is_sample,
        )
        sown[seed.school] = sower.once(
            Intake._meta.verbose_name_raw,
            there.get(seed.code),
            partial(
                open_intake,
                intake,
                by=None,
                seats=seed.seats,
                least_age=seed.minimum_age,
                at=sower.at,
            ),
        )
    return sown
