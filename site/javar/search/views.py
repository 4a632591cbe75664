"""One box over programmes, vacancies, schools and firms."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from wagtail.models import Locale

from courses.curricula.queries import public_programmes
from courses.kit.calendars import today
from courses.kit.http import page
from courses.kit.persian import matches, search_form
from courses.organisations.models import OrganisationPage
from courses.vacancies.queries import search as search_vacancies

LONGEST_QUERY = 100
SHOWN = 20


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """Show what begins with the words asked for, in any spelling of the same letters."""
    asked = request.GET.get("q", "")[:LONGEST_QUERY].strip()
    found: dict[str, list[Any]] = {"programmes": [], "vacancies": [], "organisations": []}
    if search_form(asked):
        locale = Locale.get_active()
        found = {
            "programmes": public_programmes(locale.pk, asked=asked)[:SHOWN],
            "vacancies": search_vacancies(asked=asked, on=today(timezone.now()))[:SHOWN],
            "organisations": [
                organisation_page
                for organisation_page in OrganisationPage.objects.live()
                .filter(locale=locale)
                .select_related("organisation")
                if matches(asked, search_form(_words(organisation_page)))
            ][:SHOWN],
        }
    return page(
        request,
        "search/results.html",
        {"asked": asked, **found, "none_found": bool(asked) and not any(found.values())},
    )


def _words(organisation_page: OrganisationPage) -> str:
    body = organisation_page.organisation
    return f"{body.name_fa} {body.name_en} {body.locality_fa} {body.locality_en}"
