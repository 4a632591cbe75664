"""What the site adds to Wagtail."""

from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.models import Page

from javar.admin import desk, listings, private, refusing

# Before Wagtail's own, which asks for a sign-in.
hooks.register("on_serve_page", private.refuse_page, order=-1)
hooks.register("before_serve_document", private.refuse_document, order=-1)

# Whoever writes sees what is their own; after Wagtail's own, which these narrow.
hooks.register("register_admin_viewset", lambda: listings.explorer, order=100)
hooks.register("construct_page_chooser_queryset", desk.choose_among_own)
hooks.register("construct_homepage_summary_items", desk.count_own_pages, order=100)
hooks.register("construct_main_menu", desk.hide_reports)

# What cannot be deleted is said, not tried.
hooks.register("before_delete_page", refusing.refuse_page)
hooks.register("before_bulk_action", refusing.refuse_many)


@hooks.register("before_serve_page")
def remember_page(page: Page, request: HttpRequest, *args: Any) -> None:
    """Let the frame find the page's translation for the language switch."""
    request.javar_page = page  # type: ignore[attr-defined]
