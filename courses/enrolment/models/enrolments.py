"""Enrolments and how many a person has open."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.enrolment.models.intakes import Intake, SeatPool
from courses.enrolment.states import HAS_A_DEADLINE, LIVE, TAKES_A_SEAT, State
from courses.kit.models import new_public_id
from courses.people.models import User


class Enrolment(models.Model):
    """A student's application to an intake and what became of it.

    `pool` is where its seat lies; `sequence` its immutable number on the waiting list; `due_at`
    when a held or offered seat lapses; `effective_on` from which day a leaving counts;
    `came_from` the row it continues after a transfer or a return.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="enrolments")
    student = models.ForeignKey(User, on_delete=models.PROTECT, related_name="enrolments")
    state = models.CharField(_("state"), max_length=12, choices=State)
    pool = models.ForeignKey(
        SeatPool, on_delete=models.PROTECT, null=True, blank=True, related_name="enrolments"
    )
    sequence = models.PositiveIntegerField(_("number on the waiting list"), null=True, blank=True)
    points = models.PositiveIntegerField(_("points of the review"), null=True, blank=True)
    asked_at = models.DateTimeField(_("asked at"))
    moved_at = models.DateTimeField(_("last moved at"))
    due_at = models.DateTimeField(_("lapses at"), null=True, blank=True)
    effective_on = models.DateField(_("from the day"), null=True, blank=True)
    came_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            models.UniqueConstraint(
                fields=["intake", "student"],
                condition=Q(state__in=sorted(LIVE)),
                name="one_live_enrolment_per_student_and_intake",
            ),
            models.UniqueConstraint(
                fields=["intake", "sequence"], name="a_waiting_number_is_given_once"
            ),
            models.CheckConstraint(
                condition=~Q(state=State.WAITLISTED) | Q(sequence__isnull=False),
                name="who_waits_has_a_number",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=sorted(TAKES_A_SEAT)) & Q(pool__isnull=False))
                | (~Q(state__in=sorted(TAKES_A_SEAT)) & Q(pool__isnull=True)),
                name="a_seat_lies_in_a_pool",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=sorted(HAS_A_DEADLINE)) & Q(due_at__isnull=False))
                | (~Q(state__in=sorted(HAS_A_DEADLINE)) & Q(due_at__isnull=True)),
                name="what_lapses_has_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["intake", "state", "sequence"], name="the_queue"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="what_is_due"),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} in {self.intake_id}: {self.state}"


class Tally(models.Model):
    """How many open enrolments a student has: a counter, so that a limit holds under haste."""

    student = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    open = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")

    def __str__(self) -> str:
        return f"{self.student_id}: {self.open}"
