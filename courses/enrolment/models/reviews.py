"""Reviewed intakes: published criteria and the points given by them."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from courses.enrolment.models.enrolments import Enrolment
from courses.enrolment.models.intakes import Intake
from courses.people.models import User


class Criterion(models.Model):
    """One thing an intake's review gives points for, published before anybody applies."""

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="criteria")
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    title_fa = models.CharField(_("Persian title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=120)
    points = models.PositiveSmallIntegerField(_("most points"), validators=[MinValueValidator(1)])

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        constraints = [
            models.CheckConstraint(condition=Q(points__gte=1), name="a_criterion_has_points")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the active language."""
        return self.title_en if get_language() == "en" else self.title_fa


class Score(models.Model):
    """The points one application got for one criterion."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="scores")
    points = models.PositiveSmallIntegerField(_("points"))
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(_("given at"))

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "criterion"], name="a_criterion_is_scored_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.criterion_id}: {self.points}"
