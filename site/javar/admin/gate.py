"""The gate in front of Wagtail's admin: who comes in, and to what.

Signed out: the one sign-in, whatever the address. Signed in without a role that writes: 403, with
the way to one's own page, whatever the address (Wagtail would send them to the sign-in, which
sends them back, without end). Whoever writes comes to what `editors_may` allows; to everybody a
number that no key can have is simply not there.
"""

import logging
import traceback
from collections.abc import Callable
from json import JSONDecodeError
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DataError
from django.db.models.deletion import ProtectedError, RestrictedError
from django.forms import IntegerField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch
from django.utils.datastructures import MultiValueDictKeyError
from django.utils.translation import gettext as _
from wagtail.admin.auth import reject_request
from wagtail.models import Page

from javar.admin.editors_may import EDITORS_MAY
from javar.admin.refusing import refused
from javar.admin.scope import MOST

logger = logging.getLogger("javar.admin")

# Open to everybody: the way in and out, and what the browser loads beside a page.
OPEN = {
    "admin_sign_in",
    "wagtailadmin_logout",
    "wagtailadmin_sprite",
    "wagtailadmin_javascript_catalog",
}
ACCESS = "wagtailadmin.access_admin"


class AdminGate:
    """Decides once the address is known, before the view is called."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Answer where the gate stays shut; otherwise let the view answer."""
        match = request.resolver_match
        if match is None or not request.path.startswith("/admin/") or match.view_name in OPEN:
            return None
        user = request.user
        if not user.is_authenticated:
            return reject_request(request)
        if not user.has_perm(ACCESS):
            sentence = _("Only those who write programmes and keep the site work here.")
            return render(request, "403.html", {"sentence": sentence, "mine": True}, status=403)
        if _leads_nowhere(request) or _asks_for_too_many_rows(request):
            return render(request, "400.html", status=400)
        _must_be_possible(args, kwargs)
        _must_not_be_the_root(match.view_name, kwargs)
        if user.is_superuser:
            return None
        rule = EDITORS_MAY.get(match.view_name)
        if rule is None or not rule(request, args, kwargs):
            raise Http404
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say in words what is not deleted, and what cannot be read; hide no fault of ours."""
        if not request.path.startswith("/admin/"):
            return None
        if isinstance(error, ProtectedError | RestrictedError):
            return refused(request, error)
        if is_nonsense(error):
            logger.warning("nonsense sent to %s", request.path, exc_info=error)
            return render(request, "400.html", status=400)
        return None


admin_gate = AdminGate


# How Python and Django say that something is no number, no key and no JSON.
UNREADABLE = ("expected a number but got", "invalid literal for int()", "could not convert string")

UNREADABLE_ERRORS = (
    JSONDecodeError, MultiValueDictKeyError, OverflowError, DataError,
    # Named by a form and not there: a chooser looks for what it shows.
    ObjectDoesNotExist,
)  # fmt: skip


def is_nonsense(error: Exception) -> bool:
    """Tell whether Wagtail's own code stumbled over what was sent, not ours and not over itself."""
    if isinstance(error, ValueError) and not isinstance(error, JSONDecodeError):
        unreadable = any(words in str(error) for words in UNREADABLE)
    elif isinstance(error, NoReverseMatch):
        # “²” is a digit to Python and no number to an address that is there.
        unreadable = "pattern(s) tried" in str(error)
    else:
        unreadable = isinstance(error, UNREADABLE_ERRORS)
    return unreadable and not _of_our_making(error)


# Who asks Django for a thing that is not there is at fault, not Django, which says so.
OURS, THEIRS = {"javar", "courses"}, {"wagtail", "modelcluster", "treebeard", "taggit"}


def _of_our_making(error: Exception) -> bool:
    """Tell whether the last to act before Django raised an error was code of this project."""
    rooms = [
        frame.f_globals.get("__name__", "").partition(".")[0]
        for frame, _line in traceback.walk_tb(error.__traceback__)
    ]
    last = next((room for room in reversed(rooms) if room in OURS | THEIRS), "")
    return last in OURS


def _leads_nowhere(request: HttpRequest) -> bool:
    """Tell whether the way on that was sent is no path: Wagtail would take it for a name."""
    on = request.POST.get("next") or request.GET.get("next") or "/"
    return not on.startswith(("/", "?"))


# Rows of all kinds in a form together. Django draws up to 2,000 of each, which took a group's form
# over a minute, and 200 of each 17 seconds.
MOST_ROWS = 200


def _asks_for_too_many_rows(request: HttpRequest) -> bool:
    """Tell whether more rows were sent than anybody writes into a form of the admin."""
    counts = [str(text) for name, text in request.POST.items() if name.endswith("-TOTAL_FORMS")]
    return sum(map(_rows, counts)) > MOST_ROWS


def _rows(text: str) -> int:
    """Return how many rows Django will read out of a count: “ 9”, “9.0” and “9_0” are numbers."""
    try:
        return max(0, IntegerField().to_python(text) or 0)
    except ValidationError:
        return 0


def _must_not_be_the_root(name: str, kwargs: dict[str, Any]) -> None:
    """Answer 404 to whatever is done to the tree's root: it is no page of anybody's."""
    if not name.startswith("wagtailadmin_pages:"):
        return
    key = kwargs.get("page_id", kwargs.get("page_to_move_id"))
    if key is not None and Page.objects.filter(pk=key, depth=1).exists():
        raise Http404


def _must_be_possible(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Answer 404 to a number that is too large to be the key of anything."""
    for value in (*args, *kwargs.values()):
        text = str(value)
        if text.isdecimal() and int(text) > MOST:
            raise Http404
