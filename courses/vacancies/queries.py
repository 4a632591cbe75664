"""Finding vacancies."""

from datetime import date, datetime

from django.db.models import Q, QuerySet, Sum
from django.urls import reverse

from courses.kit.calendars import today
from courses.kit.persian import matches
from courses.kit.rights import where_may
from courses.kit.rooms import SearchResult
from courses.organisations.models import Organisation
from courses.people.models import User
from courses.vacancies.models import Vacancy
from courses.vacancies.states import State


def published() -> QuerySet[Vacancy]:
    """Return the live vacancies with what their cards show; they are public."""
    return (
        Vacancy.objects.filter(state=State.PUBLISHED)
        .select_related("firm", "occupation")
        .prefetch_related("skills")
    )


def search(*, asked: str = "", under_18: bool = False, group: str = "", on: date) -> list[Vacancy]:
    """Return live vacancies that have not begun and fit what is asked; constant queries.

    `group` is the code of a skill group; `under_18` keeps those a minor may take.
    """
    found = published().filter(starts_on__gte=on)
    if under_18:
        found = found.filter(minimum_age__lt=18)
    if group:
        found = found.filter(skills__group__code=group).distinct()
    return [v for v in found if not asked or matches(asked, v.search_text)]


def search_results(asked: str, at: datetime) -> list[SearchResult]:
    """Return what the search box finds here."""
    return [
        SearchResult(
            vacancy.title,
            reverse("vacancies:vacancy_detail", args=[vacancy.public_id]),
            vacancy.firm.name,
        )
        for vacancy in search(asked=asked, on=today(at))
    ]


def kept_by(user: User) -> QuerySet[Vacancy]:
    """Return the vacancies, in every state, of the firms whose desk the person sees."""
    return Vacancy.objects.filter(firm__in=where_may(user, "vacancies.see_desk")).select_related(
        "firm", "occupation"
    )


def visible_to(user: User) -> QuerySet[Vacancy]:
    """Return the published vacancies and, in every state, those of the person's own firms."""
    return (
        Vacancy.objects.filter(
            Q(state=State.PUBLISHED) | Q(firm__in=where_may(user, "vacancies.see_desk"))
        )
        .select_related("firm", "occupation")
        .prefetch_related("skills", "reserves__school")
    )


def of_firm(firm: Organisation) -> QuerySet[Vacancy]:
    """Return all vacancies of a firm, newest first."""
    return Vacancy.objects.filter(firm=firm).select_related("occupation").order_by("-pk")


def seats_on_offer() -> int:
    """Return how many seats the live vacancies have together."""
    return published().aggregate(total=Sum("seats"))["total"] or 0
