"""Manners of every answer: what may run on it, who may keep it, how a refusal is said."""

from collections.abc import Callable
from http import HTTPStatus

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from courses.kit.http import say_refusal
from courses.kit.refusal import NotAllowed, Refusal

Answer = Callable[[HttpRequest], HttpResponse]

# Wagtail's choosers start from inline scripts; its admin alone gets a looser policy.
ADMIN_POLICY = {
    "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
    "frame-src": [SELF],
    "frame-ancestors": [SELF],
    "default-src": [NONE],
}


def admin_content_policy(get_response: Answer) -> Answer:
    """Loosen the content policy under the admin's path, nowhere else."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith("/admin/"):
            response._csp_replace = ADMIN_POLICY  # type: ignore[attr-defined]
        return response

    return answer


def one_slash_begins_a_path(get_response: Answer) -> Answer:
    """Lead an address that begins with several slashes to the one with a single slash.

    As a link `//name/` is another host: a page at such an address, even the one that says that
    nothing is here, would lead there wherever it links to itself or to its other language.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("//"):
            return get_response(request)
        return HttpResponseRedirect("/" + request.get_full_path().lstrip("/"))

    return answer


# No page of ours asks for a camera, a microphone, a place or a payment.
NOTHING_ASKED = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"


def nothing_is_asked_of_the_device(get_response: Answer) -> Answer:
    """Tell the browser that no page may use the device's senses."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", NOTHING_ASKED)
        return response

    return answer


# On the way in and back in things are typed by people who are nobody yet.
ACCOUNTS = "/account/"


def private_pages_are_not_stored(get_response: Answer) -> Answer:
    """Keep out of every cache what a signed-in person sees, and every page on the way in.

    Who goes back on a shared telephone finds neither. Other anonymous pages vary rightly.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        patch_vary_headers(response, ["Cookie", "Accept-Language"])
        # Who is signed in is asked last: a page that says the database is lost must not ask it.
        if not response.has_header("Cache-Control") and (
            request.path.startswith(ACCOUNTS) or request.user.is_authenticated
        ):
            add_never_cache_headers(response)
        return response

    return answer


class WrongInputIs422:
    """Answers 422 where a library's own page shows a form again with its errors."""

    def __init__(self, get_response: Answer) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.get_response(request)

    def process_template_response(
        self, request: HttpRequest, response: TemplateResponse
    ) -> TemplateResponse:
        """Mark the account pages' refused forms; the admin keeps its own ways."""
        form = (response.context_data or {}).get("form")
        ours = not request.path.startswith("/admin/")
        if ours and request.method == "POST" and getattr(form, "errors", None):
            response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return response


wrong_input_is_422 = WrongInputIs422


class RefusalsBecomeSentences:
    """Turns a `Refusal` a view let through into a clear sentence; nothing was written.

    A reader without the role gets 403; everybody else goes back to the page they came from, or
    sees the sentence on a page of its own with status 409, as where that page itself refuses.
    """

    def __init__(self, get_response: Answer) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer refusals; leave every other exception alone."""
        if not isinstance(exception, Refusal):
            return None
        if isinstance(exception, NotAllowed):
            return render(request, "403.html", {"sentence": str(exception)}, status=403)
        back = request.headers.get("Referer", "")
        # A browser sent back still names that page as where it came from: a page that refuses
        # to be read must not send its reader to itself.
        itself = request.method != "POST" and back == request.build_absolute_uri()
        ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
        if ours and not itself:
            say_refusal(request, exception)
            return redirect(back)
        return render(request, "refused.html", {"sentence": str(exception)}, status=409)


refusals_become_sentences = RefusalsBecomeSentences
