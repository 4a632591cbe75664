"""What this room asks of a person next."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from courses.curricula.queries import editable_school_pages
from courses.kit.steps import Step, Weight
from courses.people.models import User


def next_steps(user: User, at: datetime) -> list[Step]:
    """Return what curricula ask of a person: an editor's drafts."""
    return [
        Step(
            Weight.WRITE,
            _("Write your school's programmes"),
            school_page.organisation.name,
            reverse("wagtailadmin_explore", args=[school_page.pk]),
            _("Open the editor"),
        )
        for school_page in editable_school_pages(user)
    ]
