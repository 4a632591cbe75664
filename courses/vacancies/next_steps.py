"""What this room asks of a person next."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from courses.kit.rights import where_may
from courses.kit.steps import Step, Weight
from courses.people.models import User
from courses.vacancies.queries import of_firm
from courses.vacancies.states import State


def next_steps(user: User, at: datetime) -> list[Step]:
    """Return what vacancies ask of a firm's people: drafts to publish, a first one to post."""
    steps = []
    for firm in where_may(user, "vacancies.keep"):
        drafts = of_firm(firm).filter(state=State.DRAFT).count()
        steps.append(
            Step(
                Weight.DECIDE if drafts else Weight.LOOK_AFTER,
                _("A draft waits to be published") if drafts else _("Your vacancies"),
                firm.name,
                reverse("vacancies:firm_desk", args=[firm.public_id]),
                _("See the vacancies"),
            )
        )
    return steps
