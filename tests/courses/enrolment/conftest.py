"""The intake that imports fill, and a girl whose guardians have not been asked."""

import pytest

from courses.curricula.models import ProgrammeVersion
from courses.enrolment.models import Intake
from courses.people.models import User
from tests.cast import Bodies, People, make_intake, person


@pytest.fixture
def roomy(bodies: Bodies, version: ProgrammeVersion) -> Intake:
    """An open intake of the girls' school with twenty seats."""
    return make_intake(bodies.school, version, seats=20, code="roomy")


@pytest.fixture
def girl(people: People) -> User:
    """A girl of sixteen for whom nobody has consented."""
    return person("leyla", age=16, consented=False)
