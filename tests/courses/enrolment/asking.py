"""Students who ask for a place, and what they have of it."""

from datetime import timedelta

from courses.curricula.models import ProgrammeVersion
from courses.enrolment.models import Enrolment, Group, Intake, SeatPool
from courses.organisations.models import Organisation
from courses.people.models import User
from tests.cast import TODAY, make_intake, person


def students(count: int, **facts: object) -> list[User]:
    """Return so many students of sixteen."""
    return [person(f"s{n}", age=16, **facts) for n in range(count)]  # type: ignore[arg-type]


def pool_of(intake: Intake, group: str = Group.OPEN) -> SeatPool:
    """Return the seats of an intake for a group."""
    return SeatPool.objects.get(intake=intake, group=group)


def fresh(*rows: Enrolment) -> list[str]:
    """Return the states of places as they stand in the database."""
    for row in rows:
        row.refresh_from_db()
    return [row.state for row in rows]


def intake_of_two_pools(
    school: Organisation, version: ProgrammeVersion, *, kept: int, days: int, free: int,
    code: str = "intake",
) -> Intake:  # fmt: skip
    """Open an intake that keeps seats for villagers for some days, beside seats for everybody."""
    pools = [
        SeatPool(group=Group.VILLAGE, seats=kept, opens_to_all_on=TODAY + timedelta(days)),
        SeatPool(seats=free),
    ]
    return make_intake(school, version, code=code, parts={"pools": pools})
