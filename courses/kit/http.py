"""Small answers every room's views give in the same way."""

from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from courses.kit import audit
from courses.kit.refusal import Refusal
from courses.kit.tables import table_file
from courses.kit.uploads import as_attachment


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    wrong_input: bool = False,
) -> HttpResponse:
    """Render a page; wrong input answers 422 with the same page and everything typed."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong_input else HTTPStatus.OK
    return render(request, template, context, status=status)


def say(request: HttpRequest, sentence: object) -> None:
    """Show one sentence on the next page: the move was made."""
    messages.success(request, str(sentence))


def say_refusal(request: HttpRequest, refusal: Refusal) -> None:
    """Show on the next page why a move was not made."""
    messages.error(request, str(refusal))


def signed_in_or_404(request: HttpRequest) -> None:
    """Hide the existence of what an object's address names from the anonymous visitor."""
    if not request.user.is_authenticated:
        raise Http404


def visitor(request: HttpRequest) -> Any:
    """Return who asks. Views call it where signing in is proven; the stubs cannot know that."""
    return request.user


def table_answer(
    form: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    name: str,
    what: str,
    about: Model,
    by: Model,
) -> HttpResponse:
    """Send a list as a download in the form asked for, `xlsx` or `csv`; another form is 404.

    That `by` took the list `what` of `about` away, and how many rows, stands in the audit trail.
    """
    count = 0

    def counted() -> Iterator[Sequence[object]]:
        nonlocal count
        for count, row in enumerate(rows, start=1):  # noqa: B007 - read below
            yield row

    answer = empty_table_answer(form, headers, counted(), name=name)
    audit.record_export(about, what, by=by, form=form, rows=count)
    return answer


def empty_table_answer(
    form: str, headers: Sequence[str], rows: Iterable[Sequence[object]], *, name: str
) -> HttpResponse:
    """Send a table that holds nobody, such as an example; nothing is recorded."""
    persian = (get_language() or "fa").startswith("fa")
    try:
        data, kind = table_file(form, headers, rows, title=name, right_to_left=persian)
    except KeyError as error:
        raise Http404 from error
    return as_attachment(data, kind, f"{name}.{form}")
