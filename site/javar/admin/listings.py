"""Wagtail's listings and choosers, whose filters would name everybody's tags and people."""

from typing import Any

from django.apps import apps
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from wagtail.admin.filters import MultipleUserFilter
from wagtail.admin.forms.choosers import ExternalLinkChooserForm, URLOrAbsolutePathField
from wagtail.admin.views.bulk_action import index as bulk_actions
from wagtail.admin.views.bulk_action.registry import bulk_action_registry
from wagtail.admin.views.chooser import BrowseView, ExternalLinkView
from wagtail.admin.views.pages.listing import (
    EditedByFilter,
    GenericPageFilterSet,
)
from wagtail.admin.views.tags import TAGS_AUTOCOMPLETE_LIMIT
from wagtail.admin.viewsets.pages import PageViewSet
from wagtail.documents import get_document_model
from wagtail.documents.views.documents import DocumentsFilterSet
from wagtail.documents.views.documents import IndexView as DocumentIndexView
from wagtail.images import get_image_model
from wagtail.images.views.chooser import ImageChooserViewSet, ImageChooseView
from wagtail.images.views.images import ImagesFilterSet
from wagtail.images.views.images import IndexView as ImageIndexView
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

from courses.kit.http import visitor
from javar.admin import scope


class PageFilters(GenericPageFilterSet):
    """The explorer's filters; people are those of one's own pages."""

    owner = MultipleUserFilter(
        label=GenericPageFilterSet.base_filters["owner"].label,
        queryset=lambda request: scope.writers(request.user),
        widget=GenericPageFilterSet.base_filters["owner"].extra["widget"],
    )
    edited_by = EditedByFilter(
        label=GenericPageFilterSet.base_filters["edited_by"].label,
        queryset=lambda request: scope.writers(request.user),
        widget=GenericPageFilterSet.base_filters["edited_by"].extra["widget"],
    )


class ExplorerViewSet(PageViewSet):
    """Wagtail's pages, listed with our filters."""

    filterset_class = PageFilters


explorer = ExplorerViewSet()


class OwnTags:
    """Narrows a filter by tags to one's own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tag = self.filters.get("tag")  # type: ignore[attr-defined]
        if tag is not None:
            own = scope.own_tags(self.request.user).values_list("name", flat=True)  # type: ignore[attr-defined]
            tag.extra["choices"] = [(name, name) for name in own.order_by("name")]


class ImageFilters(OwnTags, ImagesFilterSet):
    """The images' filters."""


class DocumentFilters(OwnTags, DocumentsFilterSet):
    """The documents' filters."""


class ImagesView(ImageIndexView):
    """The images."""

    filterset_class = ImageFilters


class DocumentsView(DocumentIndexView):
    """The documents."""

    filterset_class = DocumentFilters


class ImageChoice(ImageChooseView):
    """The chooser of images."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer one's own tags."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["popular_tags"] = scope.own_tags(self.request.user).order_by("name")[:10]
        return context


class ImageChoiceViewSet(ImageChooserViewSet):
    """Wagtail's chooser of images, with our first page."""

    choose_view_class = ImageChoice


image_choice = ImageChoiceViewSet(
    "wagtailimages_chooser", model=get_image_model(), url_prefix="images/chooser"
)


def choose_page(request: HttpRequest) -> HttpResponse:
    """Begin choosing a page where one's own pages begin, not where any page of that type is."""
    root = page_permission_policy.explorable_root_instance(request.user)
    if root is None:
        raise Http404
    return BrowseView.as_view()(request, parent_page_id=root.pk)


class LinkField(URLOrAbsolutePathField):
    """An address of somewhere else, which stumbles over none at all in Wagtail."""

    def to_python(self, value: str | None) -> Any:
        """Read no address as an empty one."""
        return super().to_python(value or "")


class LinkForm(ExternalLinkChooserForm):
    """The form of a link to somewhere else."""

    url = LinkField(label=ExternalLinkChooserForm.base_fields["url"].label)


class LinkElsewhere(ExternalLinkView):
    """Choosing an address of somewhere else."""

    form_class = LinkForm


def suggest_tags(request: HttpRequest, app_name: str = "", model_name: str = "") -> HttpResponse:
    """Suggest tags that one's own images and documents carry."""
    term = request.GET.get("term", "")
    own = scope.own_tags(visitor(request)).filter(name__istartswith=term).order_by("name")
    names = own.values_list("name", flat=True)[:TAGS_AUTOCOMPLETE_LIMIT] if term else []
    return JsonResponse(list(names), safe=False)


OWN = {
    Page: scope.own_pages,
    get_image_model(): scope.own_images,
    get_document_model(): scope.own_documents,
}


def bulk_action(request: HttpRequest, app_label: str, model_name: str, action: str) -> HttpResponse:
    """Do something to many at once: to those of one's own among the numbers that were sent."""
    try:
        model = apps.get_model(app_label, model_name)
    except LookupError as error:
        raise Http404 from error
    chosen = bulk_action_registry.get_bulk_action_class(app_label, model_name, action)
    if model not in OWN or chosen is None:
        raise Http404
    own = OWN[model](visitor(request))
    # Where pages are moved to: a form that refuses the place shows its title all the same.
    below = request.POST.get("chooser")
    if below and not scope.own_pages(visitor(request)).filter(pk=scope.number(below)).exists():
        raise Http404
    asked = set(request.GET.getlist("id"))
    if "all" in asked:
        above = request.GET.get("childOf")
        if above is not None and not own.filter(pk=scope.number(above)).exists():
            raise Http404
        asked = set(chosen(request, model).get_all_objects_in_listing_query(above))
    numbers = {scope.number(one) for one in asked} - {None}
    found = list(own.filter(pk__in=numbers).order_by("pk").values_list("pk", flat=True))
    if not found:
        raise Http404
    narrowed = request.GET.copy()
    narrowed.setlist("id", [str(key) for key in found])
    request.GET = narrowed  # type: ignore[assignment]
    return bulk_actions(request, app_label, model_name, action)
