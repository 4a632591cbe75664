"""“My page”: opens with the one thing to do now."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses.curricula.queries import next_steps as curricula_steps
from courses.enrolment.queries import next_steps as enrolment_steps
from courses.enrolment.queries import own as own_places
from courses.kit.calendars import today
from courses.kit.http import page, visitor
from courses.kit.steps import Step
from courses.learning.queries import next_steps as learning_steps
from courses.matching.queries import next_steps as matching_steps
from courses.organisations.queries import does_more_than_learn, memberships_of
from courses.people.models import User
from courses.people.queries import is_unproven, record_of
from courses.vacancies.queries import next_steps as vacancy_steps
from javar.upkeep.report import next_steps as upkeep_steps

ADULT_AGE = 18

ROOMS: tuple[Callable[[User, datetime], list[Step]], ...] = (
    matching_steps,
    learning_steps,
    enrolment_steps,
    vacancy_steps,
    curricula_steps,
    upkeep_steps,
)


@login_required
@require_safe
def my_page(request: HttpRequest) -> HttpResponse:
    """Ask every room what this person should do next; the heaviest step opens the page."""
    now = timezone.now()
    user = visitor(request)
    record = record_of(user)
    memberships = list(memberships_of(user))
    serves = user.is_superuser or does_more_than_learn(memberships)
    steps = sorted(
        (step for room in ROOMS for step in room(user, now)),
        key=lambda step: -step.weight,
    )
    return page(
        request,
        "desk/my_page.html",
        {
            "first": steps[0] if steps else None,
            "others": steps[1:],
            "memberships": memberships,
            # Whoever serves here and never learnt has no places.
            "may_have_places": not serves or own_places(user).exists(),
            "unproven": is_unproven(user),
            "today": today(now),
            "is_young": record is not None and record.age_on(today(now)) < ADULT_AGE,
        },
    )
