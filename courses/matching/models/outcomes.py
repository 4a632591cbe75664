"""What a published round gave, why, and what came after."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.kit.models import new_public_id
from courses.matching.models.runs import MatchRun
from courses.matching.models.wishes import PreferenceList
from courses.matching.states import Answer, Ruling
from courses.people.models import User
from courses.vacancies.models import Vacancy

# A wish of an outcome, little-endian: the vacancy's key, the tier and the code of its reason.
PACKED_WISH = [("vacancy", "<i4"), ("tier", "<i4"), ("code", "u1")]

# Of fewer seats than these the last admitted's exact points would tell who that was.
FEW_SEATS = 5


class VacancyResult(models.Model):
    """The seats of one vacancy after a published run.

    `seats` has a row for each reserve in order and one for the open seats, last: [kind (a school's
    code or "open"), how many, used, tier of the last admitted, ticket of the last admitted]; tiers
    and tickets count from 0, null where nobody was admitted.
    """

    run = models.ForeignKey(MatchRun, on_delete=models.PROTECT, related_name="vacancy_results")
    vacancy = models.ForeignKey(Vacancy, on_delete=models.PROTECT, related_name="results")
    capacity = models.PositiveIntegerField(_("seats"))
    asked = models.PositiveIntegerField(_("applicants"))
    placed = models.PositiveIntegerField(_("placed"))
    seats = models.JSONField(_("seats of each kind"))

    class Meta:
        ordering = ["vacancy__code"]
        verbose_name = _("result of a vacancy")
        verbose_name_plural = _("results of vacancies")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "vacancy"], name="a_run_gives_a_vacancy_one_result"
            )
        ]

    def __str__(self) -> str:
        return f"{self.vacancy_id}: {self.placed}/{self.capacity}"


class MatchOutcome(models.Model):
    """What a run gave one student: a vacancy or none, and the reason for every wish, packed.

    `wishes` holds a PACKED_WISH for each wish in the order of the list; the tier is the
    snapshot's, the code a place in `solver.cutoffs.CODES`.
    `seat` is the kind of seat got ("open" or the code of the school it was reserved for); `groups`
    are the codes of the student's schools that had a reserve in the round.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    groups = models.JSONField(_("schools with a reserve"), default=list)
    run = models.ForeignKey(MatchRun, on_delete=models.PROTECT, related_name="outcomes")
    list = models.ForeignKey(PreferenceList, on_delete=models.PROTECT, related_name="outcomes")
    vacancy = models.ForeignKey(
        Vacancy, on_delete=models.PROTECT, null=True, related_name="outcomes"
    )
    rank = models.PositiveSmallIntegerField(_("which wish it was"), null=True)
    seat = models.CharField(_("kind of seat"), max_length=40, blank=True)
    ticket = models.PositiveIntegerField(_("number in the lottery, from 0"))
    wishes = models.BinaryField(_("a reason for every wish"), editable=False)
    answer = models.CharField(_("answer"), max_length=10, choices=Answer)
    answered_at = models.DateTimeField(_("answered at"), null=True)

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
            models.CheckConstraint(
                condition=Q(vacancy__isnull=True, answer=Answer.UNPLACED)
                | (Q(vacancy__isnull=False) & ~Q(answer=Answer.UNPLACED)),
                name="only_a_place_is_answered",
            ),
        ]
        indexes = [
            models.Index(
                fields=["run"],
                condition=Q(answer=Answer.OFFERED),
                name="places_that_wait_for_answers",
            )
        ]

    def __str__(self) -> str:
        return f"{self.list_id} → {self.vacancy_id}"


class Explanation(models.Model):
    """What would have had to be different for one wish, each line verified by solving again.

    `needed` is a list of {"kind", "value"} as `solver.counterfactual` returns it. Worked out when
    the student first asks.
    """

    outcome = models.ForeignKey(MatchOutcome, on_delete=models.CASCADE, related_name="explanations")
    rank = models.PositiveSmallIntegerField(_("which wish"))
    needed = models.JSONField(_("what would have been needed"))
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("explanation")
        verbose_name_plural = _("explanations")
        constraints = [
            models.UniqueConstraint(fields=["outcome", "rank"], name="a_wish_is_explained_once")
        ]

    def __str__(self) -> str:
        return f"{self.outcome_id} / {self.rank}"


class Objection(models.Model):
    """A student does not agree with a result; a human answers within a term."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    outcome = models.ForeignKey(MatchOutcome, on_delete=models.PROTECT, related_name="objections")
    text = models.TextField(_("what is wrong"), max_length=2000)
    state = models.CharField(_("state"), max_length=8, choices=Ruling, default=Ruling.OPEN)
    raised_at = models.DateTimeField(_("raised at"))
    due_at = models.DateTimeField(_("to be answered by"))
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(_("answered at"), null=True)

    class Meta:
        ordering = ["due_at", "pk"]
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        constraints = [
            models.UniqueConstraint(
                fields=["outcome"],
                condition=Q(state=Ruling.OPEN),
                name="one_open_objection_to_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(state=Ruling.OPEN, answered_by__isnull=True, answer="")
                | (~Q(state=Ruling.OPEN) & Q(answered_by__isnull=False) & ~Q(answer="")),
                name="an_answered_objection_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome_id} {self.state}"


class Counselling(models.Model):
    """Somebody at the school has spoken with a student whom a round did not place."""

    outcome = models.OneToOneField(
        MatchOutcome, on_delete=models.PROTECT, primary_key=True, related_name="counselling"
    )
    note = models.CharField(_("what was agreed"), max_length=300)
    spoken_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    spoken_at = models.DateTimeField(_("spoken at"))

    class Meta:
        verbose_name = _("talk")
        verbose_name_plural = _("talks")

    def __str__(self) -> str:
        return f"{self.outcome_id}"
