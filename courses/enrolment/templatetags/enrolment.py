"""A programme's intakes, on the programme's page; the words and tones of places."""

from typing import Any

from django import template
from django.utils import timezone

from courses.curricula.models import ProgrammePage
from courses.enrolment import queries, wording
from courses.kit.models import AuditEntry

register = template.Library()


@register.filter
def seat_tone(state: str) -> str:
    """Return the tone of a place's state: ok, warn or none."""
    return wording.SEAT_TONES.get(state, "")


@register.filter
def paper_tone(verdict: str) -> str:
    """Return the tone of what the registrar found of a paper."""
    return wording.PAPER_TONES[verdict]


@register.filter
def step_label(name: str) -> str:
    """Name a step of how far people came."""
    return str(wording.STEPS[name])


@register.filter
def trail_sentence(line: AuditEntry) -> str:
    """Say what a line of a place's trail tells."""
    return wording.trail_sentence(line)


@register.inclusion_tag("enrolment/intake_cards.html")
def intakes_of(programme: ProgrammePage) -> dict[str, Any]:
    """Show the intakes of a programme that have not closed."""
    now = timezone.now()
    return {"intakes": queries.intakes_of(programme, at=now), "now": now}


@register.simple_tag
def intakes_open() -> Any:
    """Return the intakes that take enrolments now."""
    return queries.intakes_open(timezone.now())
