"""Intakes: their window, their seats, their conditions."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from courses.curricula.models import ProgrammeVersion
from courses.enrolment.states import ChangeState, Policy
from courses.kit.models import new_public_id
from courses.kit.persian import listed
from courses.organisations.models import Learners, Organisation
from courses.people.models import User


class Intake(models.Model):
    """One school's dated offering of one programme version.

    `queued` numbers the waiting list. `list_closes_on` is the last day on which a freed seat
    calls somebody; `hold_days` and `offer_hours` say how long a held and an offered seat last;
    `consents_needed` how many guardians of a minor must agree (at most as many as there are).
    """

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
    list_closes_on = models.DateField(_("the waiting list is called until"))
    learners = models.CharField(_("learners"), max_length=6, choices=Learners)
    policy = models.CharField(
        _("how seats are given"), max_length=10, choices=Policy, default=Policy.FIRST_COME
    )
    hold_days = models.PositiveSmallIntegerField(_("days a seat is kept for consent"), default=5)
    offer_hours = models.PositiveSmallIntegerField(_("hours an offer lasts"), default=48)
    consents_needed = models.PositiveSmallIntegerField(_("guardians who must agree"), default=1)
    least_points = models.PositiveSmallIntegerField(_("least points in the review"), default=0)
    queued = models.PositiveIntegerField(_("numbers given on the waiting list"), default=0)
    is_sample = models.BooleanField(_("sample"), default=False)

    class Meta:
        ordering = ["starts_on", "pk"]
        verbose_name = _("intake")
        verbose_name_plural = _("intakes")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="an_intake_closes_after_it_opens"
            ),
            models.CheckConstraint(
                condition=Q(hold_days__gte=1, offer_hours__gte=1),
                name="holds_and_offers_last_a_while",
            ),
            models.CheckConstraint(
                condition=Q(consents_needed__gte=1, consents_needed__lte=2),
                name="one_or_two_guardians_agree",
            ),
        ]

    def __str__(self) -> str:
        return listed([self.version.title, self.school])

    @property
    def seats(self) -> int | None:
        """How many seats all pools have; None where one has no limit. Reads loaded pools."""
        numbers = [pool.seats for pool in self.pools.all()]
        return None if None in numbers else sum(n for n in numbers if n is not None)

    @property
    def taken(self) -> int:
        """How many seats of all pools are taken. Reads loaded pools."""
        return sum(pool.taken for pool in self.pools.all())

    @property
    def free(self) -> int | None:
        """How many seats are free in all pools; None where there is no limit."""
        return None if self.seats is None else self.seats - self.taken

    @property
    def has_room(self) -> bool:
        """Whether any pool has a free seat."""
        return any(pool.has_room for pool in self.pools.all())


class Group(models.TextChoices):
    """Whom a pool of seats is kept for. The school confirms who belongs; women are known."""

    OPEN = "open", _("everybody")
    WOMEN = "women", _("women and girls")
    VILLAGE = "village", _("people of villages")
    HOST_FAMILY = "host_family", _("families of the host firm's workers")


class SeatPoolQuerySet(models.QuerySet["SeatPool"]):
    """Pools, asked for room in the statement that takes it."""

    def with_room(self) -> "SeatPoolQuerySet":
        """Return the pools that have a free seat or no limit."""
        return self.filter(Q(seats__isnull=True) | Q(taken__lt=F("seats")))


class SeatPool(models.Model):
    """Some of an intake's seats. `seats` empty is no limit; 0 is none."""

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="pools")
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    group = models.CharField(_("kept for"), max_length=12, choices=Group, default=Group.OPEN)
    opens_to_all_on = models.DateField(_("opens to everybody on"), null=True, blank=True)
    seats = models.PositiveIntegerField(_("seats"), null=True, blank=True)
    taken = models.PositiveIntegerField(_("seats taken"), default=0)

    objects = SeatPoolQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("pool of seats")
        verbose_name_plural = _("pools of seats")
        constraints = [
            models.CheckConstraint(
                condition=Q(seats__isnull=True) | Q(taken__lte=F("seats")),
                name="no_more_seats_are_taken_than_there_are",
            ),
            models.UniqueConstraint(
                fields=["intake", "group"], name="a_group_has_one_pool_in_an_intake"
            ),
            models.CheckConstraint(
                condition=Q(group=Group.OPEN, opens_to_all_on__isnull=True)
                | (~Q(group=Group.OPEN) & Q(opens_to_all_on__isnull=False)),
                name="a_reserve_opens_to_all_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.intake_id} {self.group}"

    @property
    def free(self) -> int | None:
        """How many seats are free; None where there is no limit."""
        return None if self.seats is None else self.seats - self.taken

    @property
    def has_room(self) -> bool:
        """Whether a seat is free."""
        return self.seats is None or self.taken < self.seats

    def is_open_on(self, day: date) -> bool:
        """Tell whether everybody may take its seats on a day."""
        return self.opens_to_all_on is None or day >= self.opens_to_all_on


class GroupProof(models.Model):
    """A school has seen that a student belongs to a group."""

    school = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    student = models.ForeignKey(User, on_delete=models.CASCADE, related_name="group_proofs")
    group = models.CharField(_("group"), max_length=12, choices=Group)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(_("confirmed at"))

    class Meta:
        verbose_name = _("confirmed group")
        verbose_name_plural = _("confirmed groups")
        constraints = [
            models.UniqueConstraint(
                fields=["school", "student", "group"], name="a_group_is_confirmed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.group}"


class RequirementKind(models.TextChoices):
    """What may be asked of an applicant."""

    LEAST_AGE = "least_age", _("least age on the first day")
    MOST_AGE = "most_age", _("greatest age on the first day")
    LEAST_GRADE = "least_grade", _("least school grade")
    PRIOR_FIELD = "prior_field", _("field studied before")
    COMPLETED = "completed", _("programme completed before")


class Requirement(models.Model):
    """One condition of an intake, in force for those who ask between two days.

    `number` is an age in full years or a grade; `text` a field's name, or the code of a
    programme. `source` says who set it.
    """

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="requirements")
    kind = models.CharField(_("kind"), max_length=12, choices=RequirementKind)
    number = models.PositiveSmallIntegerField(_("number"), null=True, blank=True)
    text = models.CharField(_("text"), max_length=80, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("requirement")
        verbose_name_plural = _("requirements")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        RequirementKind.LEAST_AGE,
                        RequirementKind.MOST_AGE,
                        RequirementKind.LEAST_GRADE,
                    ],
                    number__isnull=False,
                )
                | (
                    Q(kind__in=[RequirementKind.PRIOR_FIELD, RequirementKind.COMPLETED])
                    & ~Q(text="")
                ),
                name="a_requirement_says_what_it_asks",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number or self.text}"

    def is_over_on(self, day: date) -> bool:
        """Tell whether it was in force only before a day."""
        return self.valid_to is not None and self.valid_to < day

    def holds_on(self, day: date) -> bool:
        """Tell whether it is in force on a day."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and not self.is_over_on(day)


class SeatChange(models.Model):
    """A wish for another number of seats after the opening; a second person decides."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    pool = models.ForeignKey(SeatPool, on_delete=models.CASCADE, related_name="changes")
    seats = models.PositiveIntegerField(_("new number of seats"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(
        _("state"), max_length=8, choices=ChangeState, default=ChangeState.ASKED
    )
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("change of seats")
        verbose_name_plural = _("changes of seats")
        constraints = [
            models.UniqueConstraint(
                fields=["pool"],
                condition=Q(state=ChangeState.ASKED),
                name="one_change_of_seats_waits_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="a_second_person_decides_on_seats",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pool_id}: {self.seats} ({self.state})"
