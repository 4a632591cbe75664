"""Who may act for an organisation."""

from courses.kit.refusal import NotAllowed
from courses.organisations import queries
from courses.organisations.models import Organisation
from courses.people.models import User


def must_hold(user: User, organisation: Organisation, *roles: str) -> None:
    """Refuse unless the person holds one of the roles in this organisation."""
    if not queries.holds(user, organisation, *roles):
        raise NotAllowed


def must_be_officer(user: User) -> None:
    """Refuse unless the person is an officer of an office."""
    if not queries.is_officer(user):
        raise NotAllowed
