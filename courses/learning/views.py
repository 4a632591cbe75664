"""A student's own lessons, read from the version they enrolled in; a teacher's class."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from courses.curricula.models import LessonPage
from courses.curricula.syllabus import Lesson
from courses.enrolment.queries import kept_by
from courses.kit.http import page, signed_in_or_404, table_answer, visitor
from courses.learning import actions, queries, rules


def _seam_or_404(request: HttpRequest, public_id: uuid.UUID) -> queries.Seam:
    signed_in_or_404(request)
    enrolment = get_object_or_404(queries.studies_of(visitor(request)), public_id=public_id)
    (seam,) = queries.seams_of([enrolment])
    return seam


@require_safe
def course_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show a student's programme as a seam, module by module."""
    seam = _seam_or_404(request, public_id)
    return page(request, "learning/course_detail.html", {"seam": seam})


def _lesson_or_404(seam: queries.Seam, slug: str) -> Lesson:
    for lesson in seam.lessons:
        if lesson.slug == slug:
            return lesson
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def lesson_study(request: HttpRequest, public_id: uuid.UUID, slug: str) -> HttpResponse:
    """Show a lesson with its quiz; grade what is sent and show every answer's reason."""
    seam = _seam_or_404(request, public_id)
    lesson = _lesson_or_404(seam, slug)
    answers = _answers(request, len(lesson.questions))
    refused = ""
    if request.method == "POST":
        try:
            actions.attempt_quiz(seam.enrolment, lesson.key, answers, by=visitor(request))
        except actions.AnswersMissing as refusal:
            refused = str(refusal)
        else:
            return redirect(request.path + "#quiz")
    attempt = None if refused else queries.last_attempt(seam.enrolment, lesson.key)
    if attempt:
        answers = attempt.answers
    return page(
        request,
        "learning/lesson_study.html",
        {
            "seam": seam,
            "lesson": lesson,
            "number": seam.lessons.index(lesson) + 1,
            "body": _body(lesson),
            "graded": rules.grade(lesson.questions, answers),
            "attempt": attempt,
            "refused": refused,
            "siblings": [item for item in seam.lessons if item.module == lesson.module],
        },
        wrong_input=bool(refused),
    )


def _answers(request: HttpRequest, how_many: int) -> dict[str, int]:
    """Read the chosen options; what is no number of an option counts as not answered."""
    chosen = {}
    for number in range(1, how_many + 1):
        value = request.POST.get(f"q{number}", "")
        if value.isascii() and value.isdigit() and len(value) <= 2:
            chosen[str(number)] = int(value)
    return chosen


def _body(lesson: Lesson) -> Any:
    """Return the frozen body as a stream value, without its quiz: that is a form below."""
    return LessonPage.body.field.stream_block.to_python(lesson.reading)


@require_safe
def class_progress(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show a school's staff how far each admitted student of an intake is."""
    signed_in_or_404(request)
    intake = get_object_or_404(kept_by(visitor(request)), public_id=public_id)
    return page(
        request,
        "learning/class_progress.html",
        {
            "intake": intake,
            "students": queries.class_progress(intake),
            "total": len(intake.version.lessons),
        },
    )


@require_safe
def class_export(request: HttpRequest, public_id: uuid.UUID, form: str) -> HttpResponse:
    """Send the progress of a class as a table."""
    signed_in_or_404(request)
    intake = get_object_or_404(kept_by(visitor(request)), public_id=public_id)
    headers = [_("First name"), _("Family name"), _("Lessons finished"), _("of")]
    total = len(intake.version.lessons)
    rows = (
        [enrolment.student.first_name, enrolment.student.last_name, sewn, total]
        for enrolment, sewn in queries.class_progress(intake)
    )
    return table_answer(
        form, headers, rows, name=f"{_('progress')}-{intake.code}", what="progress", about=intake,
        by=visitor(request),
    )  # fmt: skip
