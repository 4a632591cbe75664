"""Partners of an organisation, on its page."""

from django import template
from django.utils import timezone

from courses.kit.calendars import today
from courses.organisations.models import Kind, Organisation
from courses.organisations.queries import memberships_of, organisations_of_kind, partnerships_on
from courses.people.models import User

register = template.Library()


@register.simple_tag
def partners_of(organisation: Organisation) -> list[Organisation]:
    """Return the firms beside a school, or the schools beside a firm, today."""
    standing = partnerships_on(today(timezone.now()))
    if organisation.kind == Kind.SCHOOL:
        return [p.firm for p in standing.filter(school=organisation).select_related("firm")]
    return [p.school for p in standing.filter(firm=organisation).select_related("school")]


@register.simple_tag
def how_many(kind: str) -> int:
    """Return how many organisations of a kind there are."""
    return organisations_of_kind(kind).count()


@register.inclusion_tag("organisations/roles_of.html")
def roles_of(user: User) -> dict[str, object]:
    """Say what an account opens: for whoever decides about it."""
    return {"memberships": memberships_of(user), "keeps_all": user.is_superuser}
