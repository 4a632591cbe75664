"""Answers when something is wrong with the request itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form was too old, and how to send it again."""
    return render(request, "403_csrf.html", status=403)
