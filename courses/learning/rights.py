"""Who may learn; asked about the place."""

from courses.enrolment.models import Enrolment
from courses.enrolment.states import STUDIES
from courses.kit.rights import declare, predicate
from courses.people.models import User


@predicate
def studies(user: User, place: Enrolment) -> bool:
    """Tell whether a place is somebody's own and they have been taken in."""
    return place.student_id == user.pk and place.state in STUDIES


declare({"learning.study": studies})
