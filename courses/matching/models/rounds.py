"""A round, what it froze, who audits it, and what planners try on a copy."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from courses.kit.models import new_public_id
from courses.matching.states import Phase, State
from courses.people.models import User
from courses.vacancies.models import Vacancy

DRAWN = (State.RUNNING, State.PROPOSED, State.PUBLISHED, State.CLOSED)


class MatchRound(models.Model):
    """A round of matching students and vacancies.

    A supplementary round fills the seats that the round it `supplements` left.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    code = models.SlugField(_("code"), max_length=40, unique=True)
    title_fa = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=120)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    supplements = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True,
        related_name="supplementary_rounds", verbose_name=_("fills the seats left by"),
    )  # fmt: skip
    wishes_close_at = models.DateTimeField(_("students choose until"))
    ranking_closes_at = models.DateTimeField(_("firms rank until"))
    confirm_days = models.PositiveSmallIntegerField(_("days to accept a place"), default=5)
    confirm_until = models.DateTimeField(_("places are accepted until"), null=True)
    longest_list = models.PositiveSmallIntegerField(_("longest list of wishes"), default=20)
    vacancies = models.ManyToManyField(Vacancy, related_name="rounds", blank=True)
    seed = models.BinaryField(_("lottery seed"), max_length=32, null=True, editable=False)
    commitment = models.CharField(_("commitment to the seed"), max_length=64, blank=True)
    # A value that nobody can know or choose before the freeze, named at the opening.
    public_source = models.CharField(_("public value to be mixed in"), max_length=200, blank=True)
    public_value = models.CharField(_("public value"), max_length=200, blank=True)
    public_value_source = models.CharField(_("where it was read"), max_length=300, blank=True)
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
                condition=Q(state=State.DRAFT) | (~Q(commitment="") & ~Q(public_source="")),
                name="an_opened_round_has_committed_to_its_lottery",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[State.DRAFT, State.OPEN]) | ~Q(snapshot_sha256=""),
                name="a_frozen_round_has_its_snapshot",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=DRAWN) | ~Q(public_value=""),
                name="a_run_round_knows_its_public_value",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.PUBLISHED, State.CLOSED])
                | Q(published_at__isnull=False, confirm_until__gte=F("published_at")),
                name="a_published_round_has_a_window_for_answers",
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

    def takes_answers(self, at: datetime) -> bool:
        """Tell whether students may still accept or decline what the round gave them."""
        return (
            self.state == State.PUBLISHED
            and self.confirm_until is not None
            and at < self.confirm_until
        )


class FrozenMarket(models.Model):
    """Everything that enters a round's result, as canonical bytes (`solver/snapshot.py`).

    A trigger in the database refuses to change it; a run compares it with its hash again.
    """

    round = models.OneToOneField(
        MatchRound, on_delete=models.PROTECT, primary_key=True, related_name="frozen"
    )
    content = models.BinaryField(editable=False)
    sha256 = models.CharField(max_length=64)
    students = models.PositiveIntegerField(_("students"))
    vacancies = models.PositiveIntegerField(_("vacancies"))
    seats = models.PositiveIntegerField(_("seats"))
    wishes = models.PositiveIntegerField(_("wishes"))
    forbidden = models.PositiveIntegerField(_("wishes a rule forbids"))
    full_lists = models.PositiveIntegerField(_("lists that were full"))
    frozen_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    frozen_at = models.DateTimeField(_("frozen at"))

    class Meta:
        verbose_name = _("frozen round")
        verbose_name_plural = _("frozen rounds")

    def __str__(self) -> str:
        return self.sha256


class AuditorLink(models.Model):
    """A way for an outsider to download the frozen round of a published result.

    Lists of wishes may give somebody away who told a friend theirs, so they are not for everybody:
    an officer writes down who audits and why. Only the token's hash is kept.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    round = models.ForeignKey(MatchRound, on_delete=models.PROTECT, related_name="auditor_links")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    auditor = models.CharField(_("who audits"), max_length=160)
    purpose = models.CharField(_("why"), max_length=300)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("expires at"))
    downloads = models.PositiveIntegerField(_("downloads"), default=0)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("auditor's link")
        verbose_name_plural = _("auditors' links")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="an_auditors_link_expires"
            )
        ]

    def __str__(self) -> str:
        return self.auditor


class Scenario(models.Model):
    """A planner's what-if on a copy of a frozen round: other seats, reserves, a new vacancy.

    `changes` says what differs, `report` what came of it beside the round as it is; both are
    JSON as `courses/matching/scenarios.py` describes it. Nothing of it touches the round.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    round = models.ForeignKey(MatchRound, on_delete=models.PROTECT, related_name="scenarios")
    title = models.CharField(_("title"), max_length=120)
    changes = models.JSONField(_("changes"), default=list)
    report = models.JSONField(_("report"), default=dict)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("scenario")
        verbose_name_plural = _("scenarios")

    def __str__(self) -> str:
        return self.title
