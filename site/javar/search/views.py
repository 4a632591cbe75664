"""One box over what every room lets be found."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses.kit.http import page
from courses.kit.persian import search_form
from courses.kit.rooms import search_sources

LONGEST_QUERY = 100
SHOWN = 20


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """Show what begins with the words asked for, in any spelling of the same letters."""
    asked = request.GET.get("q", "")[:LONGEST_QUERY].strip()
    groups = []
    if search_form(asked):
        now = timezone.now()
        groups = [(heading, find(asked, now)[:SHOWN]) for heading, find in search_sources()]
    groups = [(heading, found) for heading, found in groups if found]
    return page(
        request,
        "search/results.html",
        {"asked": asked, "groups": groups, "none_found": bool(asked) and not groups},
    )
