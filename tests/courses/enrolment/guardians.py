"""A place that waits for its guardians."""

from courses.enrolment import actions
from courses.enrolment.models import Enrolment, Intake
from courses.people.models import Guardian, User
from tests.cast import NOW

FATHER, MOTHER = "+989140000001", "+989140000002"


def asked(girl: User, intake: Intake, *mobiles: str) -> tuple[Enrolment, list[Guardian]]:
    """Let her ask for a place and name guardians."""
    place = actions.apply_to(intake, by=girl, at=NOW)
    guardians = [
        actions.name_and_ask(
            place, full_name="ولی لیلا", relation=relation, mobile=mobile, by=girl, at=NOW
        )
        for mobile, relation in zip(mobiles, ("father", "mother"), strict=False)
    ]
    place.refresh_from_db()
    return place, guardians
