"""The desk of whoever writes: what the first page counts, the menu, where a link may lead."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from wagtail.admin.site_summary import PagesSummaryItem, SummaryItem
from wagtail.models import Page

from courses.kit.http import visitor
from javar.admin import scope


class OwnPagesSummary(PagesSummaryItem):
    """How many pages somebody may write on."""

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """Count one's own; Wagtail counts all below the first page one may pass through."""
        context: dict[str, Any] = super().get_context_data(parent_context)
        return context | {"total_pages": scope.own_pages(visitor(self.request)).count()}


def count_own_pages(request: HttpRequest, items: list[SummaryItem]) -> None:
    """Count one's own pages on the first page of the admin."""
    if not visitor(request).is_superuser:
        items[:] = [
            OwnPagesSummary(request) if type(item) is PagesSummaryItem else item for item in items
        ]


def hide_reports(request: HttpRequest, items: list[Any]) -> None:
    """Reports tell of the whole site: they are the keeper's."""
    if not visitor(request).is_superuser:
        items[:] = [item for item in items if item.name != "reports"]


def choose_among_own(pages: QuerySet[Page], request: HttpRequest) -> QuerySet[Page]:
    """Let a link lead to one's own pages and those above them."""
    return pages.filter(pk__in=scope.seen_pages(visitor(request)).values("pk"))
