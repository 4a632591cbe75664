"""The wish button, on a vacancy's page; reading points by their criterion."""

from typing import Any

from django import template
from django.utils import timezone

from courses.enrolment.queries import is_student
from courses.matching import queries, reasons, rules
from courses.matching.states import Answer
from courses.people.queries import record_of
from courses.vacancies.models import Vacancy

register = template.Library()


@register.filter
def entry(values: dict[str, int], key: str) -> int:
    """Return one value of a dictionary, 0 where it is not there."""
    return values.get(key, 0)


@register.filter
def summed_up(codes: list[str]) -> str:
    """Say in a line how often each reason came."""
    return reasons.summed_up(codes)


@register.filter
def what_is_open(kept_out: Answer | None) -> str:
    """Say in a line what is left to a student without a place."""
    return reasons.what_is_open(kept_out)


@register.inclusion_tag("matching/wish_button.html", takes_context=True)
def wish_button(context: Any, vacancy: Vacancy) -> dict[str, Any]:
    """Let a student put the vacancy on the list of the present round, or say why not."""
    request = context["request"]
    match_round = queries.present_round()
    shown: dict[str, Any] = {"request": request, "vacancy": vacancy, "round": None}
    if match_round is None or not rules.students_choose(match_round, timezone.now()):
        return shown
    shown["round"] = match_round
    if not request.user.is_authenticated or not is_student(request.user):
        return shown | {"is_student": False}
    record = record_of(request.user)
    reasons = rules.reasons_against_wish(record, vacancy, rules.StatuteBook()) if record else ()
    wished = queries.wish_list(request.user, match_round)
    on_list = wished is not None and any(
        wish.vacancy_id == vacancy.pk for wish in wished.applications.all()
    )
    return shown | {"is_student": True, "reasons": reasons, "on_list": on_list}
