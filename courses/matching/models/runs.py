"""One solving of a frozen round, packed, and whom the reserves hurt."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.matching.models.rounds import MatchRound
from courses.matching.states import Stage
from courses.organisations.models import Organisation
from courses.people.models import User


class Purpose(models.TextChoices):
    """What a run is for."""

    RESULT = "result", _("the result")
    CHECK = "check", _("a check of the result")


class MatchRun(models.Model):
    """One solving of a round's snapshot.

    `report` holds counts for officers and the ledger: `placed`, `ranks` ([wish's place, students]
    with 0 for no place), `turns`, and the `seconds` of each stage. `versions` says what solved it.
    A run for a check changes nothing: `same` tells whether its bytes were the result's.
    """

    round = models.ForeignKey(MatchRound, on_delete=models.PROTECT, related_name="runs")
    number = models.PositiveSmallIntegerField(_("number"))
    purpose = models.CharField(_("what for"), max_length=6, choices=Purpose, default=Purpose.RESULT)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("started at"))
    stage = models.CharField(_("stage"), max_length=10, choices=Stage, default=Stage.QUEUED)
    stage_at = models.DateTimeField(_("since"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    violations = models.JSONField(_("violations the verifier found"), default=list)
    placed = models.PositiveIntegerField(_("students placed"), default=0)
    result_sha256 = models.CharField(max_length=64, blank=True)
    report = models.JSONField(_("report"), default=dict)
    versions = models.JSONField(_("versions"), default=dict)
    same = models.BooleanField(_("the same result"), null=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(_("approved at"), null=True)

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
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | (~Q(approved_by=models.F("started_by")) & Q(finished_at__isnull=False)),
                name="another_officer_approves_than_who_ran",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} / {self.number}"


class RunResult(models.Model):
    """The packed outcome of a clean run, little-endian arrays in the order of the snapshot.

    result  the canonical bytes of `solver.snapshot.result_bytes`; their hash is the run's
    codes   a byte for every wish: its place in `solver.cutoffs.CODES`
    trace   zlib: int32 [3, events] of turn, student and the wish asked for, −1: had to go
            (`solver.journal`)
    """

    run = models.OneToOneField(
        MatchRun, on_delete=models.PROTECT, primary_key=True, related_name="result"
    )
    result = models.BinaryField(editable=False)
    codes = models.BinaryField(editable=False)
    trace = models.BinaryField(editable=False)

    class Meta:
        verbose_name = _("result of a run")
        verbose_name_plural = _("results of runs")

    def __str__(self) -> str:
        return f"{self.run_id}"


class ReserveEffect(models.Model):
    """The round solved without one partnership's reserve, and who of its school lost by having it.

    A reserve is a minimum for a school, yet in rare markets it hurts some of the school's own
    students (Doğan 2016). `worse` lists them: pseudonym, what they have, what they would have
    had (vacancy codes or None), and the chain of refusals between. An officer acknowledges the
    list before the result goes out.
    """

    run = models.ForeignKey(MatchRun, on_delete=models.PROTECT, related_name="reserve_effects")
    school = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    firm = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    seats = models.PositiveIntegerField(_("reserved seats"))
    placed_with = models.PositiveIntegerField(_("of the school placed, with the reserve"))
    placed_without = models.PositiveIntegerField(_("of the school placed, without it"))
    better = models.PositiveIntegerField(_("of the school better off by it"))
    worse = models.JSONField(_("of the school worse off by it"), default=list)
    acknowledged_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("effect of a reserve")
        verbose_name_plural = _("effects of reserves")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "school", "firm"], name="a_partnerships_reserve_has_one_effect"
            )
        ]

    def __str__(self) -> str:
        return f"{self.school_id} – {self.firm_id}"
