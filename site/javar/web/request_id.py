"""Every request has a number: in its log lines, in its answer, on its error page."""

import re
import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from courses.kit.tracing import traced

HEADER = "X-Request-ID"
# Short enough to be read out on the telephone.
_BYTES = 6
_FORM = re.compile(r"[A-Za-z0-9-]{8,64}")


def request_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Number a request; a number from outside counts only when a proxy of ours stands in front."""

    def answer(request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "") if settings.ALLAUTH_TRUSTED_PROXY_COUNT else ""
        number = given if _FORM.fullmatch(given) else secrets.token_hex(_BYTES)
        with traced(number):
            response = get_response(request)
        response.headers[HEADER] = number
        return response

    return answer
