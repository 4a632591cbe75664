"""Who may do what in a round."""

from courses.kit.rights import declare, predicate
from courses.matching.models import MatchOutcome
from courses.organisations.models import Kind, Role
from courses.organisations.rights import Holds, is_new, serves_the_office
from courses.people.models import User
from courses.vacancies.models import Vacancy


@predicate
def is_own_result(user: User, outcome: MatchOutcome) -> bool:
    """Tell whether a result is somebody's own."""
    return outcome.list.student_id == user.pk


declare(
    {
        # See the list of one's wishes, which whoever learns nowhere yet is led to a programme by.
        "matching.keep_wishes": Holds(Role.STUDENT, kind=Kind.SCHOOL) | is_new,
        # Answer for a result: take or leave the place, ask why, object.
        "matching.answer_result": is_own_result,
        # See and rank a vacancy's applicants, publish by which rule: a firm or its vacancy.
        "matching.rank_applicants": Holds(Role.OWNER, Role.MENTOR, of={Vacancy: "firm"}),
        # See whom a round left without a place at a school, and note the talks with them.
        "matching.counsel": Holds(Role.COUNSELLOR, Role.REGISTRAR),
        # Draft, open, freeze, run, publish and close rounds; try what-ifs; make auditors' links.
        "matching.run_rounds": serves_the_office,
        # Whether anybody objected is nobody else's business.
        "matching.answer_objections": serves_the_office,
    }
)
