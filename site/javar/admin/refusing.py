"""What cannot be deleted, said in a sentence before anything is asked or done.

Facts hold on to pages, accounts and shelves (a version is learnt, a person stands in the trail).
The database refuses to lose them; here it is said what refers to them, and what to do instead.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import models, router
from django.db.models.deletion import Collector, ProtectedError, RestrictedError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.models import Page

from courses.kit.http import visitor
from courses.kit.persian import listed
from javar.admin.scope import own_pages

CONFLICT = 409


def holders_of(things: Iterable[models.Model]) -> set[models.Model]:
    """Return what refers to these things and does not let them go."""
    found: set[models.Model] = set()
    for thing in things:
        collector = Collector(using=router.db_for_write(type(thing), instance=thing))
        try:
            collector.collect([thing])
        except ProtectedError as error:
            found |= set(error.protected_objects)
        except RestrictedError as error:
            found |= set(error.restricted_objects)
    return found


def held_by(holders: Iterable[models.Model]) -> str:
    """Return in words what refers to something: how many of which kind."""
    kinds = Counter(str(holder._meta.verbose_name_plural) for holder in holders)
    return listed(f"{kind}: {many}" for kind, many in sorted(kinds.items()))


def refuse_page(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Lead to taking a page off the site instead, where something holds on to it or below it.

    Nor does an editor delete the page all her rights hang on: with it her school's desk would go.
    """
    if _is_top_of_own(request, page):
        messages.error(request, _TOP % {"title": page.get_admin_display_title()})
        return redirect("wagtailadmin_explore", page.pk)
    holders = holders_of(page.get_descendants(inclusive=True).specific())
    if not holders:
        return None
    sentence = _("“%(title)s” cannot be deleted, because others refer to it (%(holders)s).")
    words = sentence % {"title": page.get_admin_display_title(), "holders": held_by(holders)}
    if page.live:
        instead = _("You may take it off the site instead.")
        messages.error(request, f"{words} {instead}")
        return redirect("wagtailadmin_pages:unpublish", page.pk)
    messages.error(request, words)
    return redirect("wagtailadmin_explore", page.get_parent().pk)


def refuse_many(
    request: HttpRequest, action_type: str, objects: list[Any], action: Any
) -> HttpResponse | None:
    """Delete none of many where something holds on to one of them."""
    if action_type != "delete":
        return None
    for thing in objects:
        if _is_page(thing) and _is_top_of_own(request, thing):
            messages.error(request, _TOP % {"title": thing.get_admin_display_title()})
            return redirect(action.next_url)
        below = thing.get_descendants(inclusive=True).specific() if _is_page(thing) else [thing]
        holders = holders_of(below)
        if holders:
            sentence = _("“%(title)s” cannot be deleted, because others refer to it (%(holders)s).")
            messages.error(request, sentence % {"title": thing, "holders": held_by(holders)})
            return redirect(action.next_url)
    return None


def refused(
    request: HttpRequest, error: ProtectedError | RestrictedError, *, instead: str = ""
) -> HttpResponse:
    """Answer a deletion the database refused: back to where it was asked, with the reason."""
    protected = getattr(error, "protected_objects", None)
    holders = protected if protected is not None else getattr(error, "restricted_objects", ())
    sentence = _("This cannot be deleted, because others refer to it (%(holders)s).")
    words = " ".join(filter(None, [sentence % {"holders": held_by(holders)}, instead]))
    if request.headers.get("x-requested-with") == "XMLHttpRequest":
        return JsonResponse({"success": False, "error_message": words}, status=CONFLICT)
    messages.error(request, words)
    back = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return redirect(back)
    return redirect("wagtailadmin_home")


_TOP = gettext_lazy(
    "“%(title)s” is your school's own page: all you write stands below it. Who keeps the site can "
    "delete it; you may take it off the site."
)


def _is_top_of_own(request: HttpRequest, page: Page) -> bool:
    user = visitor(request)
    return not user.is_superuser and not own_pages(user).filter(pk=page.get_parent().pk).exists()


def _is_page(thing: Any) -> bool:
    return isinstance(thing, Page)
