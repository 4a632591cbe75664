"""What somebody who writes in Wagtail's admin may know of: what they may edit, nothing else.

A school's editors hold their school's pages and their school's collection. Whoever keeps the
site sees everything. Everybody else's titles, pictures, documents and tags do not exist for them.
"""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from taggit.models import Tag, TaggedItem
from wagtail.documents import get_document_model
from wagtail.documents.permissions import permission_policy as document_policy
from wagtail.images import get_image_model
from wagtail.images.permissions import permission_policy as image_policy
from wagtail.models import Page, PageLogEntry
from wagtail.permissions import page_permission_policy

from courses.people.models import User

WRITING = {"add", "change", "publish", "bulk_delete", "lock", "unlock"}
KEEPING = {"add", "change", "delete", "choose"}
# What fits into a key of either database.
MOST = 2**63 - 1


def number(text: object) -> int | None:
    """Return a key as a number; None where it cannot be the key of anything."""
    try:
        found = int(str(text))
    except ValueError:
        return None
    return found if 0 <= found <= MOST else None


def own_pages(user: User) -> QuerySet[Page]:
    """Return the pages somebody may write on."""
    return page_permission_policy.instances_user_has_any_permission_for(user, WRITING)


def seen_pages(user: User) -> QuerySet[Page]:
    """Return the pages somebody may write on, and those above them: the way there."""
    if not user.is_superuser and not own_pages(user).exists():
        return Page.objects.none()
    return page_permission_policy.explorable_instances(user)


def own_images(user: User) -> QuerySet[Any]:
    """Return the images of somebody's collections."""
    return image_policy.instances_user_has_any_permission_for(user, KEEPING)


def own_documents(user: User) -> QuerySet[Any]:
    """Return the documents of somebody's collections."""
    return document_policy.instances_user_has_any_permission_for(user, KEEPING)


def own_tags(user: User) -> QuerySet[Tag]:
    """Return the tags somebody's images and documents carry."""
    if user.is_superuser:
        return Tag.objects.all()
    carried = Q()
    for model, own in (
        (get_image_model(), own_images(user)),
        (get_document_model(), own_documents(user)),
    ):
        kind = ContentType.objects.get_for_model(model)
        carried |= Q(content_type=kind, object_id__in=own.values("pk"))
    return Tag.objects.filter(pk__in=TaggedItem.objects.filter(carried).values("tag_id"))


def writers(user: User) -> QuerySet[User]:
    """Return who owns or has edited the pages somebody may write on."""
    own = own_pages(user).order_by()
    edits = PageLogEntry.objects.filter(page__in=own.values("pk")).order_by()
    return User.objects.filter(
        Q(pk__in=own.values("owner_id")) | Q(pk__in=edits.values("user_id")) | Q(pk=user.pk)
    )
