"""Who belongs where, and who works with whom."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import QuerySet
from wagtail.models import Locale

from courses.kit.persian import matches, search_form
from courses.kit.rooms import SearchResult
from courses.organisations.models import (
    AgreementState,
    Membership,
    Organisation,
    OrganisationPage,
    Partnership,
    Role,
)
from courses.people.models import User


def memberships_of(user: User) -> QuerySet[Membership]:
    """Return a person's standing memberships with their organisations."""
    if not user.is_authenticated:
        return Membership.objects.none()
    return Membership.objects.filter(user=user, ended_on__isnull=True).select_related(
        "organisation"
    )


def search_results(asked: str, at: datetime) -> list[SearchResult]:
    """Return what the search box finds here: live pages in the language of the page."""
    pages = OrganisationPage.objects.live().filter(locale=Locale.get_active())
    return [
        SearchResult(page.organisation.name, page.url, page.organisation.locality)
        for page in pages.select_related("organisation")
        if matches(asked, search_form(_words(page.organisation)))
    ]


def _words(body: Organisation) -> str:
    return f"{body.name_fa} {body.name_en} {body.locality_fa} {body.locality_en}"


def organisations_where(user: User, *roles: str) -> QuerySet[Organisation]:
    """Return the organisations in which a person holds one of the roles."""
    return Organisation.objects.filter(
        pk__in=memberships_of(user).filter(role__in=roles).values("organisation_id")
    )


def students_now() -> QuerySet[Membership]:
    """Return the memberships by which people are students of a school now."""
    return Membership.objects.filter(role=Role.STUDENT, ended_on__isnull=True)


def is_student_of(user: User, school: Organisation) -> bool:
    """Tell whether somebody is a student of a school now."""
    return students_now().filter(user=user, organisation=school).exists()


def does_more_than_learn(held: Iterable[Membership]) -> bool:
    """Tell whether somebody's standing memberships are more than a student's."""
    return any(membership.role != Role.STUDENT for membership in held)


def is_student_alone(user: User, school: Organisation) -> bool:
    """Tell whether being a student of this school is the one role somebody has anywhere."""
    roles = list(memberships_of(user).values_list("organisation_id", "role"))
    return roles == [(school.pk, Role.STUDENT)]


def members(organisation: Organisation | int, *roles: str) -> QuerySet[User]:
    """Return the people who hold one of the roles in an organisation."""
    return User.objects.filter(
        memberships__organisation=organisation,
        memberships__role__in=roles,
        memberships__ended_on__isnull=True,
    ).distinct()


def members_by_organisation(organisations: Iterable[int], *roles: str) -> dict[int, list[User]]:
    """Return by each organisation's key who holds one of the roles there; one query."""
    found: dict[int, dict[int, User]] = {}
    for row in Membership.objects.filter(
        organisation__in=set(organisations), role__in=roles, ended_on__isnull=True
    ).select_related("user").order_by("user"):  # fmt: skip
        found.setdefault(row.organisation_id, {})[row.user_id] = row.user
    return {key: list(people.values()) for key, people in found.items()}


def members_of_kind(kind: str, *roles: str) -> QuerySet[User]:
    """Return the people who hold one of the roles in any organisation of a kind."""
    return User.objects.filter(
        memberships__role__in=roles,
        memberships__organisation__kind=kind,
        memberships__ended_on__isnull=True,
    ).distinct()


def partnerships_on(day: date) -> QuerySet[Partnership]:
    """Return the partnerships whose agreement is in force on a day."""
    return Partnership.objects.filter(
        state=AgreementState.ACTIVE, starts_on__lte=day, ends_on__gte=day
    )


def partner_school_ids(firm: Organisation, *, on: date) -> list[int]:
    """Return the keys of the schools that work beside a firm on a day."""
    return list(
        partnerships_on(on).filter(firm=firm).order_by("pk").values_list("school_id", flat=True)
    )


def organisations_of_kind(kind: str) -> QuerySet[Organisation]:
    """Return the organisations of a kind."""
    return Organisation.objects.filter(kind=kind)
