"""The rule a vacancy ranks by, on its public page."""

from typing import Any

from django import template

from courses.matching import queries, scoring
from courses.vacancies.models import Vacancy

register = template.Library()


@register.inclusion_tag("matching/scoring_rule.html")
def scoring_rule(vacancy: Vacancy) -> dict[str, Any]:
    """Say to everybody by which rule applicants are ranked, where one was published; one query."""
    rule = queries.public_rule(vacancy)
    return {"rule": rule, "lines": scoring.spelled_out(rule.weights) if rule else []}
