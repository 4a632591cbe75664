"""What somebody who writes, and does not keep the site, may open in Wagtail's admin.

One line an address, by its name: whose pages, images and documents it may name. What has no line
here is not there for them (404): reports, users, groups, collections, workflows, settings. A new
Wagtail brings new addresses; `test_editors_scope.py` fails until somebody has decided on each.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from courses.kit.http import visitor
from javar.admin import scope

Rule = Callable[[HttpRequest, tuple[Any, ...], dict[str, Any]], bool]


def _always(request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """It names nothing, or looks at nothing but its asker's own."""
    return True


def _among(own: Callable[[Any], Any], *names: str) -> Rule:
    """Every object the address names, by parameter, is somebody's own."""

    def rule(request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        keys = {scope.number(kwargs[name]) for name in names}
        return own(request.user).filter(pk__in=keys - {None}).count() == len(keys)

    return rule


def _page(*names: str) -> Rule:
    return _among(scope.own_pages, *names)


def _image(name: str = "image_id") -> Rule:
    return _among(scope.own_images, name)


def _document(name: str = "document_id") -> Rule:
    return _among(scope.own_documents, name)


def _first_page(request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """The address names its page first, without a name."""
    return scope.own_pages(visitor(request)).filter(pk=scope.number(args[0])).exists()


def _to_own_page(*names: str) -> Rule:
    """A page goes below another: both are somebody's own."""

    def rule(request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        if not _page(*names)(request, args, kwargs):
            return False
        target = request.POST.get("new_parent_page") if request.method == "POST" else None
        return (
            not target or scope.own_pages(visitor(request)).filter(pk=scope.number(target)).exists()
        )

    return rule


def _chosen(own: Callable[[Any], Any]) -> Rule:
    """All that was chosen, by `id` in the query, is somebody's own."""

    def rule(request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        keys = {scope.number(key) for key in request.GET.getlist("id")}
        return None not in keys and own(request.user).filter(pk__in=keys).count() == len(keys)

    return rule


def _own_model_page(request: HttpRequest, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """An editing session is one on a page."""
    return _page("object_id")(request, args, kwargs)


SEEN_PAGE = _among(scope.seen_pages, "parent_page_id")

EDITORS_MAY: dict[str, Rule] = {
    "wagtailadmin_home": _always,
    "wagtailadmin_account": _always,
    "wagtailadmin_dismissibles": _always,
    "wagtailadmin_block_preview": _always,
    # Pages: the explorer shows the way to one's own, everything else is one's own.
    "wagtailadmin_api:pages:listing": _always,
    "wagtailadmin_api:pages:detail": _among(scope.seen_pages, "pk"),
    "admin_explore_root": _always,
    "wagtailadmin_explore": SEEN_PAGE,
    "wagtailadmin_explore_results": SEEN_PAGE,
    "wagtailadmin_pages:search": _always,
    "wagtailadmin_pages:search_results": _always,
    "wagtailadmin_pages:add": _page("parent_page_id"),
    "wagtailadmin_pages:add_subpage": _page("parent_page_id"),
    "wagtailadmin_pages:preview_on_add": _page("parent_page_id"),
    "wagtailadmin_pages:edit": _page("page_id"),
    "wagtailadmin_pages:preview_on_edit": _page("page_id"),
    "wagtailadmin_pages:view_draft": _page("page_id"),
    "wagtailadmin_pages:delete": _page("page_id"),
    "wagtailadmin_pages:unpublish": _page("page_id"),
    "wagtailadmin_pages:convert_alias": _page("page_id"),
    "wagtailadmin_pages:copy": _to_own_page("page_id"),
    "wagtailadmin_pages:move": _to_own_page("page_to_move_id"),
    "wagtailadmin_pages:move_confirm": _page("page_to_move_id", "destination_id"),
    "wagtailadmin_pages:set_page_position": _page("page_to_move_id"),
    "wagtailadmin_pages:set_privacy": _page("page_id"),
    "wagtailadmin_pages:lock": _page("page_id"),
    "wagtailadmin_pages:unlock": _page("page_id"),
    "wagtailadmin_pages:usage": _page("page_id"),
    "wagtailadmin_pages:history": _page("page_id"),
    "wagtailadmin_pages:history_results": _page("page_id"),
    "wagtailadmin_pages:revisions_index": _page("page_id"),
    "wagtailadmin_pages:revisions_view": _page("page_id"),
    "wagtailadmin_pages:revisions_revert": _page("page_id"),
    "wagtailadmin_pages:revisions_unschedule": _page("page_id"),
    "wagtailadmin_pages:revisions_compare": _first_page,
    "simple_translation:submit_page_translation": _page("page_id"),
    "wagtailadmin_editing_sessions:ping": _own_model_page,
    "wagtailadmin_editing_sessions:release": _always,
    # Choosing pages and links.
    "admin_choose_page": _always,
    "wagtailadmin_choose_page_child": SEEN_PAGE,
    "wagtailadmin_choose_page_search": _always,
    "wagtailadmin_choose_page_chosen_multiple": _chosen(scope.own_pages),
    "admin_choose_link": _always,
    "wagtailadmin_choose_page_email_link": _always,
    "wagtailadmin_choose_page_phone_link": _always,
    "wagtailadmin_choose_page_anchor_link": _always,
    # Narrowed in `listings.py`.
    "admin_bulk_action": _always,
    "admin_suggest_tags": _always,
    "admin_suggest_tags_of": _always,
    # Images.
    "admin_images": _always,
    "admin_images_results": _always,
    "wagtailimages:add": _always,
    "wagtailimages:edit": _image(),
    "wagtailimages:delete": _image(),
    "wagtailimages:preview": _image(),
    "wagtailimages:image_usage": _image(),
    "wagtailimages:add_multiple": _always,
    "wagtailimages:edit_multiple": _image(),
    "wagtailimages:delete_multiple": _image(),
    # An upload in between belongs to who sent it; Wagtail asks.
    "wagtailimages:create_multiple_from_uploaded_image": _always,
    "wagtailimages:delete_upload_multiple": _always,
    "admin_choose_image": _always,
    "wagtailimages_chooser:choose_results": _always,
    "wagtailimages_chooser:chosen": _image("pk"),
    "wagtailimages_chooser:chosen_multiple": _chosen(scope.own_images),
    "wagtailimages_chooser:create": _always,
    "wagtailimages_chooser:select_format": _image(),
    # Documents.
    "admin_documents": _always,
    "admin_documents_results": _always,
    "wagtaildocs:add": _always,
    "wagtaildocs:edit": _document(),
    "wagtaildocs:delete": _document(),
    "wagtaildocs:document_usage": _document(),
    "wagtaildocs:add_multiple": _always,
    "wagtaildocs:edit_multiple": _document("doc_id"),
    "wagtaildocs:delete_multiple": _document("doc_id"),
    "wagtaildocs:create_multiple_from_uploaded_document": _always,
    "wagtaildocs:delete_upload_multiple": _always,
    "wagtaildocs_chooser:choose": _always,
    "wagtaildocs_chooser:choose_results": _always,
    "wagtaildocs_chooser:chosen": _document("pk"),
    "wagtaildocs_chooser:chosen_multiple": _chosen(scope.own_documents),
    "wagtaildocs_chooser:create": _always,
}
