"""What the site adds to Wagtail."""

from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.models import Page

from javar.admin import private

# Before Wagtail's own, which asks for a sign-in.
hooks.register("on_serve_page", private.refuse_page, order=-1)
hooks.register("before_serve_document", private.refuse_document, order=-1)


@hooks.register("before_serve_page")
def remember_page(page: Page, request: HttpRequest, *args: Any) -> None:
    """Let the frame find the page's translation for the language switch."""
    request.javar_page = page  # type: ignore[attr-defined]
