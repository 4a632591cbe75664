"""Progress through a programme.

A `SewnLesson` is the fact that an enrolled student finished a lesson: one stitch of the seam. It
hangs on the lesson's key in the frozen version, so editing or reordering pages never loses it.

A `QuizAttempt` keeps what was answered and the score; attempts are never overwritten.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.enrolment.models import Enrolment


class SewnLesson(models.Model):
    """A finished lesson."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="sewn_lessons")
    lesson_key = models.CharField(max_length=36)
    sewn_at = models.DateTimeField(_("finished at"))

    class Meta:
        verbose_name = _("finished lesson")
        verbose_name_plural = _("finished lessons")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "lesson_key"], name="a_lesson_is_sewn_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.lesson_key}"


class QuizAttempt(models.Model):
    """One try at a lesson's quiz."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="attempts")
    lesson_key = models.CharField(max_length=36)
    answers = models.JSONField(_("answers"))
    score = models.PositiveSmallIntegerField(_("right answers"))
    out_of = models.PositiveSmallIntegerField(_("questions"))
    passed = models.BooleanField(_("passed"))
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("quiz attempt")
        verbose_name_plural = _("quiz attempts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(score__lte=models.F("out_of")),
                name="a_score_is_within_the_questions",
            )
        ]
        indexes = [models.Index(fields=["enrolment", "lesson_key"], name="attempts_at_a_lesson")]

    def __str__(self) -> str:
        return f"{self.score}/{self.out_of}"
