"""Sessions that do not stand in the way of reading."""

from django.contrib.sessions import middleware
from django.http import HttpRequest, HttpResponse

from courses.kit.faults import fault_of


class SessionMiddleware(middleware.SessionMiddleware):
    """Shows a page that was only read although its session could not be kept.

    On a full disk whoever is signed in reads on; what a page wanted to remember is forgotten.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Keep the session; at a mere reading a fault of the database is passed over."""
        try:
            return super().process_response(request, response)
        except Exception as error:
            if request.method not in {"GET", "HEAD"} or fault_of(error) is None:
                raise
            return response
