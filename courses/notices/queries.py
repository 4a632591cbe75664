"""Reading notices."""

from django.db.models import QuerySet

from courses.notices.models import Notice
from courses.people.models import User


def visible_to(user: User) -> QuerySet[Notice]:
    """Return a person's own notices, newest first; nobody sees another's."""
    return Notice.objects.filter(recipient=user)


def unread_count(user: User) -> int:
    """Return how many notices the person has not read."""
    return visible_to(user).filter(read_at__isnull=True).count()
