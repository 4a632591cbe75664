"""Who is told what: the roles that the kinds of notice name."""

from courses.notices.kinds import STUDENTS, knows_roles
from courses.organisations.models import Kind, Role
from courses.organisations.queries import memberships_of
from courses.people.models import PersonalRecord, User


@knows_roles
def roles_of(user: User) -> set[str]:
    """Return the roles somebody is told things in.

    Whoever has a personal record, or no role yet, may enrol and hears what students hear. Of the
    officers only those of an office are told things; a keeper as such is told nothing.
    """
    roles = {
        standing.role
        for standing in memberships_of(user)
        if standing.role != Role.OFFICER or standing.organisation.kind == Kind.OFFICE
    }
    newcomer = not roles and not user.is_superuser
    if newcomer or PersonalRecord.objects.filter(user=user).exists():
        roles.update(STUDENTS)
    return roles
