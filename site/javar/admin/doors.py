"""Wagtail's own ways in, shut: there is one sign-in, with its limits and its second factor.

Wagtail reverses some of these names while it asks for something else (a private page's sign-in),
so the names stay and their addresses answer 404. Private pages and documents lead to the one
sign-in by `WAGTAIL_FRONTEND_LOGIN_URL`; shared passwords are not offered.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from wagtail import views as wagtail_views
from wagtail.documents.views.serve import serve as serve_document
from wagtail.urls import serve_pattern


def nothing(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Answer 404: a door that stays shut."""
    raise Http404


# In front of Wagtail's admin.
admin_doors: list[URLPattern] = [
    # Bulk actions take any account's number; accounts that are no editors' stay unseen.
    path("bulk/people/user/<path:rest>", nothing, name="admin_bulk_users"),
    # A page that fails on purpose, for those who develop Wagtail.
    path("failwhale/", nothing, name="wagtailadmin_error_test"),
    path("test404/", nothing, name="wagtailadmin_test_404"),
]

# Instead of `wagtail.documents.urls`: giving documents out, without the shared password.
document_urls: list[URLPattern] = [
    re_path(r"^(\d{1,18})/(.*)$", serve_document, name="wagtaildocs_serve"),
    path(
        "authenticate_with_password/<int:restriction_id>/",
        nothing,
        name="wagtaildocs_authenticate_with_password",
    ),
]

# Instead of `wagtail.urls`: serving pages, without the sign-in beside the accounts.
page_urls: list[URLPattern] = [
    path(
        "_util/authenticate_with_password/<int:page_view_restriction_id>/<int:page_id>/",
        nothing,
        name="wagtailcore_authenticate_with_password",
    ),
    path("_util/login/", nothing, name="wagtailcore_login"),
    re_path(serve_pattern, wagtail_views.serve, name="wagtail_serve"),
]
