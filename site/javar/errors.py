"""Answers when something is wrong with the request itself."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from courses.kit.tracing import trace


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form was too old, and how to send it again."""
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that something is wrong on our side, and under which number we find it.

    The page asks nothing of database, session or language: any of them may be what failed.
    """
    page = loader.get_template("500.html").render({"request_number": trace()})
    return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)
