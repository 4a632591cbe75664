"""Who may do what with intakes, and in somebody's place.

What is asked about is a school, or anything that stands in one of its intakes.
"""

from courses.enrolment.models import (
    Document,
    Enrolment,
    Intake,
    Requirement,
    SeatChange,
    SeatPool,
)
from courses.kit.rights import declare, predicate
from courses.organisations.models import Role
from courses.organisations.rights import Holds, serves_the_office
from courses.people.models import User

SCHOOL = {
    Intake: "school",
    SeatPool: "intake__school",
    SeatChange: "pool__intake__school",
    Requirement: "intake__school",
    Enrolment: "intake__school",
    Document: "enrolment__intake__school",
}

keeps_intakes = Holds(Role.REGISTRAR, of=SCHOOL)


@predicate
def is_own(user: User, thing: Enrolment | Document) -> bool:
    """Tell whether a place, or a paper in it, is somebody's own."""
    place = thing.enrolment if isinstance(thing, Document) else thing
    return place.student_id == user.pk


declare(
    {
        # See who enrolled and how far they are.
        "enrolment.see_rosters": Holds(Role.REGISTRAR, Role.TEACHER, of=SCHOOL),
        # Know that a school opens its intakes here.
        "enrolment.know_desk": Holds(Role.REGISTRAR, Role.TEACHER, Role.EDITOR, of=SCHOOL),
        # Open intakes and keep all that stands in them; imports are a part of it.
        "enrolment.keep_intakes": keeps_intakes,
        # Say yes or no to a change of seats that somebody else asked for.
        "enrolment.decide_seats": keeps_intakes | serves_the_office,
        # The same in every school, so that a school with one registrar is not left alone.
        "enrolment.decide_all_seats": serves_the_office,
        # Leave a place or move it, hand papers in and look at them, name a guardian.
        "enrolment.keep_place": is_own | keeps_intakes,
        # Take an offered seat or leave it to the next.
        "enrolment.answer_offer": is_own,
    }
)
