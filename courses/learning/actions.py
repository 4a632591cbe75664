"""Answering quizzes and finishing lessons."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.enrolment import actions as enrolment_actions
from courses.enrolment.models import Enrolment
from courses.enrolment.queries import intakes_behind
from courses.enrolment.states import State
from courses.kit import audit
from courses.kit.moves import lock
from courses.kit.refusal import Refusal
from courses.kit.rights import must
from courses.learning import queries, rules
from courses.learning.models import QuizAttempt, SewnLesson
from courses.notices.actions import tell
from courses.people.models import User


class NoSuchLesson(Refusal):
    """The student's version has no lesson of this key."""

    code = "no_such_lesson"
    sentence = _("Your programme has no such lesson.")


class AnswersMissing(Refusal):
    """A quiz is graded whole."""

    code = "answers_missing"
    sentence = _("Answer every question first; %(missing)s are still open.")


@transaction.atomic
def attempt_quiz(
    enrolment: Enrolment,
    lesson_key: str,
    answers: dict[str, int],
    *,
    by: User,
    at: datetime | None = None,
) -> QuizAttempt:
    """Grade a student's answers and keep the attempt; a pass sews the lesson's stitch.

    `answers` maps question numbers (from 1, as text) to option numbers (from 1).
    """
    at = at or timezone.now()
    must(by, "learning.study", enrolment)
    lesson = enrolment.intake.version.syllabus.lesson(lesson_key)
    if lesson is None:
        raise NoSuchLesson
    graded = rules.grade(lesson.questions, answers)
    missing = sum(item.chosen is None for item in graded)
    if missing:
        raise AnswersMissing(missing=missing)
    score = sum(item.right for item in graded)
    attempt = QuizAttempt.objects.create(
        enrolment=enrolment,
        lesson_key=lesson_key,
        answers=answers,
        score=score,
        out_of=len(graded),
        passed=rules.passes(score, len(graded)),
        made_at=at,
    )
    audit.record(attempt, "attempt_quiz", by=by, at=at, score=score, out_of=len(graded))
    if attempt.passed:
        _sew(enrolment, lesson_key, by=by, at=at)
    return attempt


def _sew(enrolment: Enrolment, lesson_key: str, *, by: User, at: datetime) -> None:
    """Add the stitch once; the last stitch of a wholly taught programme completes it."""
    # Of two last stitches at once the second must see the first. It is the intake that is locked,
    # as by whoever decides about a place: the last stitch completes it, and locks have one order.
    lock(intakes_behind(enrolment))
    enrolment.refresh_from_db(fields=["state"])
    SewnLesson.objects.get_or_create(
        enrolment=enrolment, lesson_key=lesson_key, defaults={"sewn_at": at}
    )
    if enrolment.state == State.COMPLETED:
        return
    (seam,) = queries.seams_of([enrolment])
    if seam.now is None and rules.teaches_wholly(enrolment.intake.version.syllabus):
        enrolment_actions.complete(enrolment, by=None, at=at)
        tell(
            enrolment.student,
            "learning.completed",
            key=f"learning.completed:{enrolment.public_id}",
            path=f"/enrolments/{enrolment.public_id}/",
            at=at,
            programme=enrolment.intake.version.title,
        )
