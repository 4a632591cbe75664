"""Giving a file back as a download."""

import re

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from courses.kit.uploads.names import is_strange


def as_attachment(data: bytes, content_type: str, filename: str) -> HttpResponse:
    """Answer with a download that no browser opens, guesses at, runs or stores (RFC 6266)."""
    response = HttpResponse(data, content_type=content_type)
    disposition = content_disposition_header(as_attachment=True, filename=_file_name(filename))
    response["Content-Disposition"] = disposition or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def _file_name(name: str) -> str:
    """Return the last part of a name without signs that break headers or mislead the eye."""
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(sign for sign in last if not is_strange(sign))
    return kept.strip(". ")[-120:] or "document"
