"""What is answered while the database is lost, kept by others, or the disk is full.

503 in words, with `Retry-After`, whoever raised the fault: a view, a template, a middleware, the
page of another error, the server's own beginning of a request. The answer asks the database
nothing: no session, no user, no site, no context processor. What was typed comes back as hidden
fields of one button, so that a press which could not be kept is repeated, not written again.
"""

import logging
import sys
import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from courses.kit.faults import Fault, fault_of, words_of
from javar import errors
from javar.upkeep.anchor import anchor

logger = logging.getLogger("javar.outage")

# Seconds after which it is worth asking again: locks are given back soon, disks are not.
RETRY_AFTER = {Fault.BUSY: 5, Fault.LOST: 15, Fault.FULL: 60}
TITLES = {
    Fault.BUSY: _("The site is busy right now"),
    Fault.LOST: _("The site cannot reach its data right now"),
    Fault.FULL: _("Nothing new can be stored right now"),
}
WHY = {
    Fault.BUSY: _("Many people press at once. Wait a few seconds."),
    Fault.LOST: _(
        "Nothing that was stored before is lost. The site comes back by itself; wait a moment and"
        " load this page again."
    ),
    Fault.FULL: _(
        "The site's storage takes nothing new, so pages can be read but nothing can be sent. What"
        " was stored before is safe."
    ),
}
NOT_STORED = _("What you sent was not stored.")
UNSURE = _("It is not certain that what you sent was stored. Look before you send it again.")
# Words in the names of fields that are never sent back into a page.
SECRET = ("password", "secret", "otp", "one_time")
# What is more than this does not fit into a page of hidden fields.
MOST_KEPT = 200_000
LAST_RESORT = (
    '<!doctype html><html lang="fa" dir="rtl"><meta charset="utf-8"><title>جوار</title>'
    "<h1>سایت همین حالا در دسترس نیست</h1><p>چیزی ثبت نشد. کمی بعد دوباره تلاش کنید.</p>"
    '<p lang="en" dir="ltr">The site is not available. Nothing was stored; try again soon.</p>'
)

Answer = Callable[[HttpRequest], HttpResponse]


class OutagesBecomeWords:
    """Answers for a fault that a view or its template let through."""

    def __init__(self, get_response: Answer) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on; remember that it was done, for a fault on the way out."""
        response = self.get_response(request)
        request.was_done = response.status_code < HTTPStatus.BAD_REQUEST  # type: ignore[attr-defined]
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer faults; leave every other exception alone."""
        fault = fault_of(exception)
        return say_outage(request, fault, exception) if fault else None


outages_become_words = OutagesBecomeWords


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer what a middleware or an error page let through: words for a fault, else a 500.

    Django calls this while the exception is being handled.
    """
    error = sys.exc_info()[1]
    fault = fault_of(error)
    if fault is None or error is None:
        return errors.server_error(request)
    return say_outage(request, fault, error)


def guarded(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Wrap the WSGI application: what happens before Django's own handlers gets an answer too."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            anchor.hold()
            return application(environ, start_response)
        except Exception as error:
            fault = fault_of(error)
            if fault is None:
                raise
            response = say_outage(WSGIRequest(environ), fault, error)
        status = f"{response.status_code} {response.reason_phrase}"
        start_response(status, [(name, str(value)) for name, value in response.items()])
        return response

    return answer


def say_outage(request: HttpRequest, fault: Fault, error: BaseException) -> HttpResponse:
    """Return the 503 of a fault, as a page or as JSON; write one line of it into the log."""
    logger.error("%s: %s (%s)", fault, words_of(error), request.path, extra={"fault": str(fault)})
    wants_json = "application/json" in request.headers.get("Accept", "") or request.path.endswith(
        ".json"
    )
    with translation.override(language_of(request)):
        sure = not getattr(request, "was_done", False) and not was_committing(error)
        response = _as_json(request, fault) if wants_json else _as_page(request, fault, sure)
    response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    response["Retry-After"] = str(RETRY_AFTER[fault])
    response["Cache-Control"] = "no-store"
    # Django would write a line, with a traceback, for every single request.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def language_of(request: HttpRequest) -> str:
    """Return the language of an address; the person's own would have to be asked for."""
    return "en" if request.path.startswith("/en/") else "fa"


def _as_json(request: HttpRequest, fault: Fault) -> HttpResponse:
    said = {"code": f"unavailable_{fault}", "title": str(TITLES[fault]), "detail": str(WHY[fault])}
    return JsonResponse(said | {"retry_after": RETRY_AFTER[fault]})


def was_committing(error: BaseException | None) -> bool:
    """Tell whether the database went away between being told to keep it and saying that it did."""
    while error is not None:
        names = [frame.f_code.co_name for frame, _line in traceback.walk_tb(error.__traceback__)]
        if "_commit" in names:
            return True
        error = error.__cause__ or error.__context__
    return False


def _as_page(request: HttpRequest, fault: Fault, sure: bool) -> HttpResponse:
    sent = request.method not in {"GET", "HEAD", "OPTIONS"}
    values = {
        "title": TITLES[fault],
        "why": WHY[fault],
        "not_stored": (NOT_STORED if sure else UNSURE) if sent else "",
        "kept": kept_fields(request) if sent else [],
        "path": request.get_full_path(),
        "sent": sent,
    }
    try:
        return HttpResponse(render_to_string("503.html", values))
    except Exception:
        logger.exception("the page of an outage could not be drawn")
        return HttpResponse(LAST_RESORT)


def kept_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what was typed, to be sent again by a button; empty where that cannot be done.

    Files cannot come back, and what is secret does not: the browser's own way back keeps them.
    """
    try:
        fields = [(name, value) for name, many in request.POST.lists() for value in many]
        has_files = bool(request.FILES)
    except Exception:  # what was sent cannot be read: there is nothing to keep
        return []
    secret = any(
        name == "code" or word in name.lower() for name, _value in fields for word in SECRET
    )
    size = sum(len(name) + len(value) for name, value in fields)
    return [] if secret or has_files or size > MOST_KEPT else fields
