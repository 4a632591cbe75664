"""A programme's intakes, on the programme's page."""

from typing import Any

from django import template
from django.utils import timezone

from courses.curricula.models import ProgrammePage
from courses.enrolment import queries

register = template.Library()


@register.inclusion_tag("enrolment/intake_cards.html")
def intakes_of(programme: ProgrammePage) -> dict[str, Any]:
    """Show the intakes of a programme that have not closed."""
    now = timezone.now()
    return {"intakes": queries.intakes_of(programme, at=now), "now": now}


@register.simple_tag
def intakes_open() -> Any:
    """Return the intakes that take enrolments now."""
    return queries.intakes_open(timezone.now())
