"""“My page”: opens with the one thing to do now."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses.enrolment.queries import own as own_places
from courses.kit.calendars import today
from courses.kit.http import page, visitor
from courses.kit.rooms import next_steps
from courses.organisations.queries import does_more_than_learn, memberships_of
from courses.people.queries import is_unproven, record_of
from javar.upkeep.report import next_steps as upkeep_steps

ADULT_AGE = 18


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
        [*next_steps(user, now), *upkeep_steps(user, now)],
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
