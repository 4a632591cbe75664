"""What the site adds to Wagtail."""

from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.models import Page


@hooks.register("before_serve_page")
def remember_page(page: Page, request: HttpRequest, *args: Any) -> None:
    """Let the frame find the page's translation for the language switch."""
    request.javar_page = page  # type: ignore[attr-defined]
