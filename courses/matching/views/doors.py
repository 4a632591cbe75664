"""Who is let in where: what the views of this room share."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from courses.kit.http import signed_in_or_404, visitor
from courses.matching import queries
from courses.matching.models import MatchRound


def round_or_404(request: HttpRequest, code: str) -> MatchRound:
    """Return a round the visitor may know of."""
    signed_in_or_404(request)
    return get_object_or_404(
        queries.visible_to(visitor(request)).select_related("supplements"), code=code
    )
