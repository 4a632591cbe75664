"""Who may do what with a firm's vacancies; each is asked about a firm or one of its vacancies."""

from courses.kit.rights import declare
from courses.organisations.models import Role
from courses.organisations.rights import Holds
from courses.vacancies.models import Vacancy

FIRM = {Vacancy: "firm"}

declare(
    {
        # See the firm's desk, and every vacancy of it in whatever state.
        "vacancies.see_desk": Holds(Role.OWNER, Role.MENTOR, of=FIRM),
        # Post, change, publish and take back.
        "vacancies.keep": Holds(Role.OWNER, of=FIRM),
    }
)
