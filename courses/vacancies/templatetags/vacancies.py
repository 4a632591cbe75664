"""A firm's vacancies, on the firm's page."""

from typing import Any

from django import template

from courses.organisations.models import Organisation
from courses.vacancies import queries, wording

register = template.Library()


@register.filter
def vacancy_tone(state: str) -> str:
    """Return the tone of a vacancy's state: ok, warn or none."""
    return wording.VACANCY_TONES.get(state, "")


@register.inclusion_tag("vacancies/vacancy_cards.html")
def vacancies_of(firm: Organisation) -> dict[str, Any]:
    """Show the live vacancies of a firm."""
    return {"vacancies": queries.published().filter(firm=firm)}


@register.simple_tag
def seats_on_offer() -> int:
    """Return how many seats live vacancies have together."""
    return queries.seats_on_offer()
