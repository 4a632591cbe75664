"""Who may write a school's programmes; asked about the school.

What the admin lets an editor do follows from the group that the role puts them into.
"""

from courses.kit.rights import declare
from courses.organisations.models import Role
from courses.organisations.rights import Holds

declare({"curricula.write": Holds(Role.EDITOR)})
