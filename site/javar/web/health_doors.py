"""`/healthz` says that this process lives; `/readyz` says whether the site can do its work.

Both are for programs: no session, no user, no language, no limit, no line in the log. The host is
one of the site's or the machine itself, which has no name of ours when it asks itself.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.request import split_domain_port, validate_host
from django.utils import timezone

from javar.upkeep.health import is_ready, look_at_all

Answer = Callable[[HttpRequest], HttpResponse]

LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
# Seconds for which an answer is given again: many who ask cost no more than one.
KEPT = 1


def alive(request: HttpRequest) -> HttpResponse:
    """Say that this process answers; it looks at nothing else."""
    return _sent(request, {"alive": True})


def ready(request: HttpRequest) -> HttpResponse:
    """Say whether the site can do its work, and how each part does."""
    found = cache.get("readyz")
    if found is None:
        looks = look_at_all(timezone.now())
        found = {
            "ready": is_ready(looks),
            "warnings": [look.name for look in looks if not look.is_good and not look.vital],
            "checks": {look.name: look.as_json() for look in looks},
        }
        cache.set("readyz", found, KEPT)
    status = HTTPStatus.OK if found["ready"] else HTTPStatus.SERVICE_UNAVAILABLE
    return _sent(request, found, status)


def health_doors(get_response: Answer) -> Answer:
    """Answer the two addresses before anything else is done for a request."""
    doors = {"/healthz": alive, "/readyz": ready}

    def answer(request: HttpRequest) -> HttpResponse:
        door = doors.get(request.path)
        if door is None:
            return get_response(request)
        host, _port = split_domain_port(request.META.get("HTTP_HOST", "localhost"))
        if not validate_host(host, [*settings.ALLOWED_HOSTS, *LOOPBACK]):
            return HttpResponse("unknown host", status=HTTPStatus.BAD_REQUEST)
        return door(request)

    return answer


def _sent(
    request: HttpRequest, said: dict[str, Any], status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    response = JsonResponse(said, status=status)
    response["Cache-Control"] = "no-store"
    # A monitor that asks an unready site every second would fill the log with it.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
