"""What students wish, what firms say to it, and by which rule."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.kit.models import new_public_id
from courses.matching.models.rounds import MatchRound
from courses.matching.states import Criterion, Unsuitable
from courses.people.models import User
from courses.vacancies.models import Vacancy

ALL_POINTS = 100


class PreferenceList(models.Model):
    """A student's wishes in a round, under a pseudonym."""

    round = models.ForeignKey(MatchRound, on_delete=models.PROTECT, related_name="lists")
    student = models.ForeignKey(User, on_delete=models.PROTECT, related_name="preference_lists")
    pseudonym = models.CharField(_("code in this round"), max_length=16)
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("preference list")
        verbose_name_plural = _("preference lists")
        constraints = [
            models.UniqueConstraint(
                fields=["round", "student"], name="a_student_has_one_list_in_a_round"
            ),
            models.UniqueConstraint(
                fields=["round", "pseudonym"], name="a_pseudonym_stands_for_one_student"
            ),
        ]

    def __str__(self) -> str:
        return self.pseudonym


class Application(models.Model):
    """A wish: a student asks for a vacancy, at a rank (1 is wanted most)."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    list = models.ForeignKey(PreferenceList, on_delete=models.CASCADE, related_name="applications")
    vacancy = models.ForeignKey(Vacancy, on_delete=models.PROTECT, related_name="applications")
    rank = models.PositiveSmallIntegerField(_("rank"))

    class Meta:
        ordering = ["list_id", "rank"]
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        constraints = [
            models.UniqueConstraint(
                fields=["list", "vacancy"], name="a_vacancy_is_wished_once_in_a_list"
            ),
            models.UniqueConstraint(fields=["list", "rank"], name="a_rank_is_given_once_in_a_list"),
        ]

    def __str__(self) -> str:
        return f"{self.list_id}: {self.rank} → {self.vacancy_id}"


class Standing(models.Model):
    """Where a firm puts an applicant: a tier, or not suitable with a reason."""

    application = models.OneToOneField(
        Application, on_delete=models.CASCADE, related_name="standing"
    )
    tier = models.PositiveSmallIntegerField(_("tier"), null=True, blank=True)
    unsuitable = models.CharField(
        _("not suitable because"), max_length=10, choices=Unsuitable, blank=True
    )
    sentence = models.CharField(_("in a sentence"), max_length=300, blank=True)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(_("given at"))

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")
        constraints = [
            models.CheckConstraint(
                condition=Q(tier__isnull=False, unsuitable="")
                | (Q(tier__isnull=True) & ~Q(unsuitable="") & ~Q(sentence="")),
                name="a_standing_is_a_tier_or_a_reasoned_no",
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.tier or self.unsuitable}"


class ScoringRule(models.Model):
    """A firm's published rule: how many of 100 points each criterion is worth.

    It is published while students choose, so that they know it, and then stands.
    """

    round = models.ForeignKey(MatchRound, on_delete=models.PROTECT, related_name="scoring_rules")
    vacancy = models.ForeignKey(Vacancy, on_delete=models.PROTECT, related_name="scoring_rules")
    lessons = models.PositiveSmallIntegerField(_("points for finished lessons"), default=0)
    quizzes = models.PositiveSmallIntegerField(_("points for results of quizzes"), default=0)
    nearness = models.PositiveSmallIntegerField(_("points for nearness of home"), default=0)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("published at"))

    class Meta:
        verbose_name = _("scoring rule")
        verbose_name_plural = _("scoring rules")
        constraints = [
            models.UniqueConstraint(
                fields=["round", "vacancy"], name="a_vacancy_has_one_scoring_rule_in_a_round"
            ),
            models.CheckConstraint(
                condition=Q(lessons=ALL_POINTS - F("quizzes") - F("nearness")),
                name="a_scoring_rule_gives_a_hundred_points",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vacancy_id}: {self.lessons}/{self.quizzes}/{self.nearness}"

    @property
    def weights(self) -> dict[str, int]:
        """The points of each criterion that counts, in the order they are shown."""
        found = {"lessons": self.lessons, "quizzes": self.quizzes, "nearness": self.nearness}
        return {criterion: points for criterion, points in found.items() if points}

    @property
    def spelled(self) -> list[dict[str, str | int]]:
        """The criteria that count, each with its name, its label and its points."""
        return [
            {"name": name, "label": str(Criterion(name).label), "points": points}
            for name, points in self.weights.items()
        ]


class Score(models.Model):
    """What a scoring rule gave an applicant at the freeze; the parts add up to the points."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="score")
    points = models.PositiveSmallIntegerField(_("points"))
    parts = models.JSONField(_("points of each criterion"))

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.CheckConstraint(
                condition=Q(points__lte=ALL_POINTS), name="a_score_is_at_most_a_hundred"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.points}"
