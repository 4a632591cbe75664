"""Wagtail's own ways in, shut: there is one sign-in, with its limits and its second factor.

Wagtail reverses some of these names while it asks for something else (a private page's sign-in),
so the names stay and their addresses answer 404. Private pages and documents lead to the one
sign-in by `WAGTAIL_FRONTEND_LOGIN_URL`; shared passwords are not offered.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.cache import never_cache
from wagtail import views as wagtail_views
from wagtail.admin.auth import require_admin_access
from wagtail.documents.views.serve import serve as serve_document
from wagtail.urls import serve_pattern
from wagtail.utils.urlpatterns import decorate_urlpatterns

from javar.admin import listings


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
    # Makes addresses of renditions that this site does not serve.
    path("images/<int:image_id>/generate_url/", nothing, name="wagtailadmin_image_url"),
    path("images/<int:image_id>/generate_url/output/", nothing, name="wagtailadmin_image_urls"),
]

# The same addresses as Wagtail's, narrowed to what belongs to whoever asks.
narrowed_views: list[URLPattern] = [
    path("pages/", listings.explorer.index_view, name="admin_explore_root"),
    path("choose-page/", listings.choose_page, name="admin_choose_page"),
    path("choose-external-link/", listings.LinkElsewhere.as_view(), name="admin_choose_link"),
    path(
        "bulk/<str:app_label>/<str:model_name>/<str:action>/",
        listings.bulk_action,
        name="admin_bulk_action",
    ),
    path("tag-autocomplete/", listings.suggest_tags, name="admin_suggest_tags"),
    path(
        "tag-autocomplete/<slug:app_name>/<slug:model_name>/",
        listings.suggest_tags,
        name="admin_suggest_tags_of",
    ),
    path("images/", listings.ImagesView.as_view(), name="admin_images"),
    path(
        "images/results/",
        listings.ImagesView.as_view(results_only=True),
        name="admin_images_results",
    ),
    path("images/chooser/", listings.image_choice.choose_view, name="admin_choose_image"),
    path("documents/", listings.DocumentsView.as_view(), name="admin_documents"),
    path(
        "documents/results/",
        listings.DocumentsView.as_view(results_only=True),
        name="admin_documents_results",
    ),
]
admin_doors += decorate_urlpatterns(
    decorate_urlpatterns(narrowed_views, require_admin_access), never_cache
)

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
