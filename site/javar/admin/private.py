"""Private pages and documents: whom a restriction refuses is told so, not asked again.

Wagtail sends everybody it refuses to the sign-in. Whoever is signed in already would come back
and be sent again, without end: they get 403.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from wagtail.models import Page

Serve = Callable[..., HttpResponse]


def refuse_page(serve: Serve) -> Serve:
    """Stand around a page's serving; a sign-in asked of somebody signed in becomes a 403."""

    def answer(page: Page, request: HttpRequest, *args: Any) -> HttpResponse:
        response = serve(page, request, *args)
        sign_in = resolve_url(settings.WAGTAIL_FRONTEND_LOGIN_URL)
        asked = response.headers.get("Location", "").startswith(f"{sign_in}?")
        if asked and request.user.is_authenticated:
            return render(request, "403.html", status=403)
        return response

    return answer


def refuse_document(document: Any, request: HttpRequest) -> HttpResponse | None:
    """Refuse a document to somebody signed in whom its collection's restrictions leave out."""
    if not request.user.is_authenticated:
        return None
    restrictions = document.collection.get_view_restrictions()
    if all(restriction.accept_request(request) for restriction in restrictions):
        return None
    return render(request, "403.html", status=403)
