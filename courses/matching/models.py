"""Matching rounds.

A `MatchRound` (دور تطبیق) has a commitment to its lottery seed from its opening, two deadlines
and a state. A student's `PreferenceList` in a round carries the pseudonym by which firms and the
public file know the student; an `Application` is one wish of it, ranked.

A firm's `Standing` of an application is a tier (1 is best; equal tiers are ties) or "not
suitable" with a coded reason. No standing means acceptable, last tier.

At the freeze the whole market becomes one canonical `snapshot` with its hash. A `MatchRun` is one
solving of a snapshot with the verifier's report; a `MatchOutcome` is what it gave one list, with
the reason for every wish.
"""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from courses.kit.models import new_public_id
from courses.matching.states import Phase, State, Unsuitable
from courses.people.models import User
from courses.vacancies.models import Vacancy


class MatchRound(models.Model):
    """A round of matching students and vacancies."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    code = models.SlugField(_("code"), max_length=40, unique=True)
    title_fa = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    wishes_close_at = models.DateTimeField(_("students choose until"))
    ranking_closes_at = models.DateTimeField(_("firms rank until"))
    longest_list = models.PositiveSmallIntegerField(_("longest list of wishes"), default=20)
    vacancies = models.ManyToManyField(Vacancy, related_name="rounds", blank=True)
    seed = models.BinaryField(_("lottery seed"), max_length=32, null=True, editable=False)
    commitment = models.CharField(_("commitment to the seed"), max_length=64, blank=True)
    snapshot = models.JSONField(_("snapshot"), null=True, editable=False)
    snapshot_sha256 = models.CharField(max_length=64, blank=True)
    frozen_at = models.DateTimeField(_("frozen at"), null=True)
    published_at = models.DateTimeField(_("published at"), null=True)
    is_sample = models.BooleanField(_("sample"), default=False)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("matching round")
        verbose_name_plural = _("matching rounds")
        constraints = [
            models.CheckConstraint(
                condition=Q(ranking_closes_at__gte=F("wishes_close_at")),
                name="firms_rank_after_wishes_close",
            ),
            models.CheckConstraint(
                condition=Q(state=State.DRAFT) | ~Q(commitment=""),
                name="an_opened_round_has_committed_to_its_lottery",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.DRAFT, State.OPEN]) | ~Q(snapshot_sha256=""),
                name="a_frozen_round_has_its_snapshot",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the active language."""
        return self.title_en if get_language() == "en" else self.title_fa

    def phase(self, at: datetime) -> Phase | None:
        """What an open round is doing at a moment; None when it is not open."""
        if self.state != State.OPEN:
            return None
        if at < self.wishes_close_at:
            return Phase.WISHES
        return Phase.RANKING if at < self.ranking_closes_at else Phase.READY


class PreferenceList(models.Model):
    """A student's wishes in a round, under a pseudonym."""

    round = models.ForeignKey(MatchRound, on_delete=models.PROTECT, related_name="lists")
    student = models.ForeignKey(User, on_delete=models.PROTECT, related_name="preference_lists")
    pseudonym = models.CharField(_("code in this round"), max_length=12)
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


class MatchRun(models.Model):
    """One solving of a round's snapshot."""

    round = models.ForeignKey(MatchRound, on_delete=models.PROTECT, related_name="runs")
    number = models.PositiveSmallIntegerField(_("number"))
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    violations = models.JSONField(_("violations the verifier found"), default=list)
    placed = models.PositiveIntegerField(_("students placed"), default=0)
    result_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["round_id", "number"]
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="a_run_has_its_own_number"),
            models.UniqueConstraint(
                fields=["round"],
                condition=Q(finished_at__isnull=True),
                name="one_run_at_a_time_in_a_round",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} / {self.number}"


class MatchOutcome(models.Model):
    """What a run gave one student: a vacancy or none, and the reason for every wish."""

    run = models.ForeignKey(MatchRun, on_delete=models.PROTECT, related_name="outcomes")
    list = models.ForeignKey(PreferenceList, on_delete=models.PROTECT, related_name="outcomes")
    vacancy = models.ForeignKey(
        Vacancy, on_delete=models.PROTECT, null=True, related_name="outcomes"
    )
    rank = models.PositiveSmallIntegerField(_("which wish it was"), null=True)
    reasons = models.JSONField(_("a reason for every wish"))

    class Meta:
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")
        constraints = [
            models.UniqueConstraint(fields=["run", "list"], name="a_run_gives_a_list_one_outcome"),
            models.CheckConstraint(
                condition=Q(vacancy__isnull=True, rank__isnull=True)
                | Q(vacancy__isnull=False, rank__isnull=False),
                name="a_placed_student_has_a_rank",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.list_id} → {self.vacancy_id}"
