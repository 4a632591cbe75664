"""What this room asks of a person next."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from courses.enrolment.queries import kept_by
from courses.kit.calendars import today
from courses.kit.steps import Step, Weight
from courses.learning.queries import seams_of, studies_of
from courses.people.models import User


def next_steps(user: User, at: datetime) -> list[Step]:
    """Return the next lesson of every programme the student has begun, and teachers' classes."""
    steps = []
    for seam in seams_of(list(studies_of(user))):
        if seam.now is None:
            continue
        steps.append(
            Step(
                Weight.STUDY,
                _("Lesson %(number)s: %(title)s")
                % {"number": seam.position, "title": seam.now.title},
                seam.enrolment.intake.version.title,
                reverse(
                    "learning:lesson_study",
                    args=[seam.enrolment.public_id, seam.now.slug],
                ),
                _("Go on with the lesson") if seam.done else _("Begin the first lesson"),
                done=seam.done,
                total=seam.total,
            )
        )
    for intake in kept_by(user):
        if intake.version.lessons and intake.starts_on <= today(at):
            steps.append(
                Step(
                    Weight.CLASS,
                    _("Your class: %(programme)s") % {"programme": intake.version.title},
                    intake.school.name,
                    reverse("learning:class_progress", args=[intake.public_id]),
                    _("See how far they are"),
                )
            )
    return steps
