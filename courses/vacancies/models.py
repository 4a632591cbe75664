"""Apprenticeship vacancies of firms.

A `Vacancy` (فرصت کارآموزی) is a place to learn at a firm: an occupation, the skills used, seats,
days and hours, what is paid and on which legal basis. It goes live only when the law of its
youngest admissible worker says yes to it.

A `SeatReserve` (سهمیه) keeps some of the seats for the students of a partner school: a minimum,
not a ceiling. A soft one opens to all where unused, a hard one stays empty.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from courses.kit.models import new_public_id
from courses.organisations.models import Organisation
from courses.skills.models import Occupation, Skill
from courses.vacancies.states import State

WEEKDAYS = [
    ("Sat", _("Saturday")),
    ("Sun", _("Sunday")),
    ("Mon", _("Monday")),
    ("Tue", _("Tuesday")),
    ("Wed", _("Wednesday")),
    ("Thu", _("Thursday")),
    ("Fri", _("Friday")),
]


class LegalBasis(models.TextChoices):
    """Under which law somebody is at the firm; the two are never mixed (dossier §5)."""

    SCHOOL_PRACTICUM = "school_practicum", _("placement as part of school")
    CONTRACT_TRAINEE = "contract_trainee", _("training agreement, Labour Code article 112 (b)")
    ADULT_WORK = "adult_work", _("work for a wage, 18 and over")


class Vacancy(models.Model):
    """A place to learn at a firm."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    code = models.SlugField(_("code"), max_length=40, unique=True)
    firm = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="vacancies", verbose_name=_("firm")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    title_fa = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)
    duties = models.TextField(_("what a student learns to do here"), blank=True)
    occupation = models.ForeignKey(
        Occupation, on_delete=models.PROTECT, related_name="vacancies", verbose_name=_("occupation")
    )
    skills = models.ManyToManyField(Skill, related_name="vacancies", verbose_name=_("skills used"))
    seats = models.PositiveSmallIntegerField(_("seats"))
    minimum_age = models.PositiveSmallIntegerField(_("minimum age"), default=15)
    maximum_age = models.PositiveSmallIntegerField(_("maximum age"), null=True, blank=True)
    days = models.JSONField(_("days"), default=list)
    starts_at = models.TimeField(_("from"))
    ends_at = models.TimeField(_("to"))
    hours_per_day = models.DecimalField(_("hours of work a day"), max_digits=4, decimal_places=2)
    load_kg = models.DecimalField(
        _("heaviest load, kilograms"), max_digits=5, decimal_places=1, default=0
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    legal_basis = models.CharField(_("legal basis"), max_length=20, choices=LegalBasis)
    wage_rial = models.PositiveBigIntegerField(_("monthly pay, rial"), null=True, blank=True)
    hazards = models.CharField(_("hazards"), max_length=200, blank=True)
    search_text = models.TextField(editable=False, default="")
    is_sample = models.BooleanField(_("sample"), default=False)

    class Meta:
        ordering = ["starts_on", "code"]
        verbose_name = _("vacancy")
        verbose_name_plural = _("vacancies")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="a_vacancy_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="a_working_day_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(maximum_age__isnull=True) | Q(maximum_age__gte=F("minimum_age")),
                name="the_maximum_age_is_not_below_the_minimum",
            ),
            models.CheckConstraint(
                condition=Q(hours_per_day__gt=0), name="a_working_day_has_hours"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the active language; Persian where there is no English one."""
        return (self.title_en if get_language() == "en" else "") or self.title_fa

    @property
    def day_names(self) -> list[str]:
        """The weekdays in the active language, in the order of the week."""
        return [str(name) for code, name in WEEKDAYS if code in self.days]


class ReserveKind(models.TextChoices):
    """What becomes of a reserved seat nobody of the group takes."""

    SOFT = "soft", _("opens to everybody")
    HARD = "hard", _("stays empty")


class SeatReserve(models.Model):
    """Seats of a vacancy kept first for a partner school's students."""

    vacancy = models.ForeignKey(Vacancy, on_delete=models.CASCADE, related_name="reserves")
    school = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    seats = models.PositiveSmallIntegerField(_("seats"))
    kind = models.CharField(
        _("when unused"), max_length=4, choices=ReserveKind, default=ReserveKind.SOFT
    )
    precedence = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["vacancy_id", "precedence", "pk"]
        verbose_name = _("seat reserve")
        verbose_name_plural = _("seat reserves")
        constraints = [
            models.UniqueConstraint(
                fields=["vacancy", "school"], name="a_school_has_one_reserve_in_a_vacancy"
            ),
            models.CheckConstraint(condition=Q(seats__gte=1), name="a_reserve_keeps_a_seat"),
        ]

    def __str__(self) -> str:
        return f"{self.seats} × {self.school_id}"
