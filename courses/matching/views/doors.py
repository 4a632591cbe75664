"""Who is let in where: what the views of this room share."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from courses.kit.http import signed_in_or_404, visitor
from courses.kit.refusal import NotAllowed
from courses.matching import queries
from courses.matching.models import MatchRound
from courses.organisations.queries import is_officer


def round_or_404(request: HttpRequest, code: str) -> MatchRound:
    """Return a round the visitor may know of."""
    signed_in_or_404(request)
    return get_object_or_404(
        queries.visible_to(visitor(request)).select_related("supplements"), code=code
    )


def round_of_officer(request: HttpRequest, code: str) -> MatchRound:
    """Return a round for an officer; 403 for members who may know of it."""
    match_round = round_or_404(request, code)
    if not is_officer(visitor(request)):
        raise NotAllowed
    return match_round


def officers_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let officers in; members who may know of rounds get 403."""

    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not is_officer(visitor(request)):
            raise NotAllowed
        return view(request, *args, **kwargs)

    return guarded
