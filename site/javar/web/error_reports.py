"""Django's report of an error nobody expected: which code failed, with nobody's values in it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from courses.kit.scrubbing import HIDDEN, scrub

# What a browser sends of itself with every request.
PERSONAL_HEADERS = {"HTTP_COOKIE", "CSRF_COOKIE", "HTTP_AUTHORIZATION", "QUERY_STRING"}


class ReportFilter(SafeExceptionReporterFilter):
    """Keeps every value out of a report: the names are enough to find a mistake."""

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        """Return the names of what was posted."""
        if settings.DEBUG or request is None:
            return super().get_post_parameters(request)
        return MultiValueDict({name: [HIDDEN] for name in request.POST})

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, Any]:
        """Return the names of the cookies."""
        return dict.fromkeys(super().get_safe_cookies(request), HIDDEN)

    def get_safe_request_meta(self, request: HttpRequest) -> dict[str, Any]:
        """Return the headers without those that name a person."""
        found = super().get_safe_request_meta(request)
        return found | dict.fromkeys(PERSONAL_HEADERS & found.keys(), HIDDEN)

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> Any:
        """Return the names of a frame's variables."""
        if settings.DEBUG:
            return super().get_traceback_frame_variables(request, tb_frame)
        return [(name, HIDDEN) for name in tb_frame.f_locals]


class Report(ExceptionReporter):
    """The report as a whole, scrubbed."""

    def get_traceback_html(self) -> SafeString:
        """Return it as a page."""
        return SafeString(scrub(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        """Return it as a mail."""
        return SafeString(scrub(super().get_traceback_text()))
