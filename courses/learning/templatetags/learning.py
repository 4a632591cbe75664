"""A lesson's place in the reader's own programme, on the public lesson page."""

from typing import Any

from django import template

from courses.curricula.models import LessonPage
from courses.learning import queries

register = template.Library()


@register.inclusion_tag("learning/own_lesson.html", takes_context=True)
def own_lesson(context: Any, lesson: LessonPage) -> dict[str, Any]:
    """Show a student who studies this lesson the way to their own copy of it."""
    user = context["request"].user
    if not user.is_authenticated:
        return {"signed_in": False, "found": None}
    key = str(lesson.translation_key)
    for enrolment in queries.studies_of(user):
        own = enrolment.intake.version.syllabus.lesson(key)
        if own:
            return {"signed_in": True, "found": enrolment, "slug": own.slug}
    return {"signed_in": True, "found": None}
