"""Reading objections as the officers who answer them."""

from django.db.models import QuerySet

from courses.matching.models import Objection
from courses.matching.states import Ruling


def every_objection() -> QuerySet[Objection]:
    """Return the objections with all that their page shows."""
    return Objection.objects.select_related(
        "outcome__run__round", "outcome__list", "outcome__vacancy", "answered_by"
    )


def answered_objections() -> QuerySet[Objection]:
    """Return the objections that were answered, newest answer first."""
    return every_objection().exclude(state=Ruling.OPEN).order_by("-answered_at", "-pk")
