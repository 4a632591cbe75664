"""What every type of page says of itself to Wagtail, and the form it is written with."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.http import Http404
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.images import get_image_model
from wagtail.images.permissions import permission_policy as image_policy
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

# A page is open to everybody or to whoever is signed in: no shared passwords, and no list of
# other schools' groups to choose from.
SIGNED_IN_ONLY = ["login"]


class OwnThingsForm(WagtailAdminPageForm):
    """A page's form: what is put on a page belongs to whoever writes it.

    Choosers offer one's own; a number typed past them would show the title of anybody's picture,
    or where anybody's draft will stand. What somebody else put there before may stay.

    Fields named in the type's `chosen_once` are chosen when the page is made and then only shown,
    without the list of all there is to choose from.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            return
        for name in getattr(self._meta.model, "chosen_once", ()):
            field = self.fields[name]
            field.disabled = True
            field.queryset = field.queryset.filter(pk=getattr(self.instance, f"{name}_id"))

    def _post_clean(self) -> None:
        super()._post_clean()
        if self.for_user is None or self.for_user.is_superuser:
            return
        # As it was typed: what is wrong otherwise would be shown again with everything in it.
        named = _named_by(
            (field, self[field.name].data)
            for field in _texts(self.instance)
            if field.name in self.fields
        )
        if self.instance.pk is not None:
            draft = Page.objects.get(pk=self.instance.pk).get_latest_revision_as_object()
            named -= _named_by((field, field.value_from_object(draft)) for field in _texts(draft))
        images = {key for model, key in named if issubclass(model, get_image_model())}
        pages = {key for model, key in named if issubclass(model, Page)}
        own_images = image_policy.instances_user_has_permission_for(self.for_user, "choose")
        own_pages = page_permission_policy.explorable_instances(self.for_user)
        missing = own_images.filter(pk__in=images).count() < len(images)
        if missing or own_pages.filter(pk__in=pages).count() < len(pages):
            # The form shown again would show the very title that is asked for.
            raise Http404


def _texts(page: Page) -> list[Any]:
    """Return the fields of a page that can name pictures, documents and other pages."""
    return [field for field in page._meta.get_fields() if hasattr(field, "extract_references")]


def _named_by(texts: Iterable[tuple[Any, Any]]) -> set[tuple[type[Model], int]]:
    """Return the model and key of everything the values of fields refer to."""
    return {
        (model, int(key))
        for field, value in texts
        for model, key, *_where in field.extract_references(value)
    }
