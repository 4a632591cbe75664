"""The intake that imports fill."""

import pytest

from courses.curricula.models import ProgrammeVersion
from courses.enrolment.models import Intake
from tests.cast import Bodies, make_intake


@pytest.fixture
def roomy(bodies: Bodies, version: ProgrammeVersion) -> Intake:
    """An open intake of the girls' school with twenty seats."""
    return make_intake(bodies.school, version, seats=20, code="roomy")
