"""Intakes, seats and the waiting list.

An `Intake` (نوبت پذیرش) is one school's dated offering of one frozen programme version, with a
number of seats. `taken` counts the enrolments that take a seat and `queued` numbers the waiting
list; both move only by guarded updates, and the database refuses to oversell.

An `Enrolment` (ثبت‌نام) joins a student to an intake; it is also the application. There is one
live row per student and intake; joining again after withdrawing is a new row at the end of the
queue.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.curricula.models import ProgrammeVersion
from courses.enrolment.states import LIVE, State
from courses.kit.models import new_public_id
from courses.organisations.models import Learners, Organisation
from courses.people.models import User


class Intake(models.Model):
    """One school's dated offering of one programme version."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    code = models.SlugField(_("code"), max_length=80, unique=True)
    school = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="intakes", verbose_name=_("school")
    )
    version = models.ForeignKey(
        ProgrammeVersion, on_delete=models.PROTECT, related_name="intakes",
        verbose_name=_("programme version"),
    )  # fmt: skip
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"))
    starts_on = models.DateField(_("starts on"))
    learners = models.CharField(_("learners"), max_length=6, choices=Learners)
    minimum_age = models.PositiveSmallIntegerField(_("minimum age"), default=15)
    seats = models.PositiveIntegerField(_("seats"))
    taken = models.PositiveIntegerField(_("seats taken"), default=0)
    queued = models.PositiveIntegerField(_("numbers given on the waiting list"), default=0)
    is_sample = models.BooleanField(_("sample"), default=False)

    class Meta:
        ordering = ["starts_on", "pk"]
        verbose_name = _("intake")
        verbose_name_plural = _("intakes")
        constraints = [
            models.CheckConstraint(
                condition=Q(taken__lte=F("seats")), name="no_more_seats_are_taken_than_there_are"
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="an_intake_closes_after_it_opens"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version.title}، {self.school}"

    @property
    def free(self) -> int:
        """How many seats are free."""
        return self.seats - self.taken


class Enrolment(models.Model):
    """A student's place, or place in the queue, in an intake."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="enrolments")
    student = models.ForeignKey(User, on_delete=models.PROTECT, related_name="enrolments")
    state = models.CharField(_("state"), max_length=12, choices=State)
    sequence = models.PositiveIntegerField(_("number on the waiting list"), null=True, blank=True)
    asked_at = models.DateTimeField(_("asked at"))
    moved_at = models.DateTimeField(_("last moved at"))

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
        ]
        indexes = [models.Index(fields=["intake", "state", "sequence"], name="the_queue")]

    def __str__(self) -> str:
        return f"{self.student_id} in {self.intake_id}: {self.state}"
