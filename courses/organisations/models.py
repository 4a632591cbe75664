"""Bodies and who belongs to them.

An `Organisation` is one table with a kind: school, firm, guild, chamber, office. What differs
between a school and a firm beyond a handful of facts is said on their pages, which editors write.

A `Membership` is a dated role of a person in an organisation. Roles come from here alone; one
person may be a teacher in one school and a registrar in another. Ending a membership ends access
at the next request.

A `Partnership` is a dated relation between a school and its host firm (an industry-adjacent
school is a school with one), with the state of its agreement (تفاهم‌نامه).

`SchoolPage` and `FirmPage` are the public faces; `OrganisationIndexPage` lists one kind.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.blocks import CharBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Collection, Page

from courses.kit.models import new_public_id
from courses.kit.pages import SIGNED_IN_ONLY, OwnThingsForm
from courses.people.models import User

TEXT_FEATURES = ["bold", "italic", "ul", "ol", "link"]


class Kind(models.TextChoices):
    """What an organisation is."""

    SCHOOL = "school", _("school")
    FIRM = "firm", _("firm")
    GUILD = "guild", _("guild union")
    CHAMBER = "chamber", _("chamber")
    OFFICE = "office", _("office")


class Variety(models.TextChoices):
    """The kinds of schools (dossier §1) and of firms."""

    TECHNICAL = "technical-vocational", _("technical-vocational school")
    KARDANESH = "kardanesh", _("kardanesh school")
    INDUSTRY_ADJACENT = "industry-adjacent", _("industry-adjacent school")
    FACTORY_ADJACENT = "factory-adjacent", _("factory-adjacent school")
    HAMNAVA = "hamnava-tvto", _("school in a TVTO centre (Hamnava)")
    NON_GOVERNMENTAL = "non-governmental", _("non-governmental school")
    BOARDING = "boarding", _("boarding school")
    ART110_CENTRE = "art110-centre", _("workshop-adjacent centre for adults")
    WORKSHOP = "workshop", _("workshop")
    FACTORY = "factory", _("factory")
    TANNERY = "tannery", _("tannery")
    LAST_MAKER = "last_maker", _("last maker")
    SOLE_MAKER = "sole_maker", _("sole maker")
    BAG_MAKER = "bag_maker", _("bag maker")
    EXPORT_HOUSE = "export_house", _("export house")
    DESIGN_STUDIO = "design_studio", _("design studio")
    OTHER = "other", _("other")


class Learners(models.TextChoices):
    """Whom a school teaches."""

    GIRLS = "girls", _("girls")
    BOYS = "boys", _("boys")
    MIXED = "mixed", _("girls and boys")
    ADULT = "adult", _("adults")


class Organisation(models.Model):
    """A body: the facts that rules and matching need."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    variety = models.CharField(_("variety"), max_length=24, choices=Variety, default=Variety.OTHER)
    name_fa = models.CharField(_("Persian name"), max_length=160)
    name_en = models.CharField(_("English name"), max_length=160)
    learners = models.CharField(_("learners"), max_length=6, choices=Learners, blank=True)
    locality_fa = models.CharField(_("place, in Persian"), max_length=120)
    locality_en = models.CharField(_("place, in English"), max_length=120)
    lat = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    lon = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    yearly_intake = models.PositiveIntegerField(_("yearly intake"), null=True, blank=True)
    workers = models.PositiveIntegerField(_("workers"), null=True, blank=True)
    master_trainers = models.PositiveIntegerField(_("master trainers"), null=True, blank=True)
    daily_capacity = models.PositiveIntegerField(_("daily capacity"), null=True, blank=True)
    capacity_unit = models.CharField(_("unit of capacity"), max_length=10, blank=True)
    insurance_confirmed = models.BooleanField(_("accident insurance confirmed"), default=False)
    accepts_under_18 = models.BooleanField(_("accepts trainees under 18"), default=False)
    is_sample = models.BooleanField(_("sample"), default=False)

    class Meta:
        ordering = ["name_fa"]
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            # In results a school's code names the seats reserved for it.
            models.CheckConstraint(
                condition=~Q(code="open"),
                name="open_is_the_name_of_seats_for_all",
                violation_error_message=_("“open” is the name of the seats for everybody."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language."""
        return self.name_en if get_language() == "en" else self.name_fa

    @property
    def locality(self) -> str:
        """The place in the active language."""
        return self.locality_en if get_language() == "en" else self.locality_fa


class Role(models.TextChoices):
    """What a person may be in an organisation."""

    STUDENT = "student", _("student")
    TEACHER = "teacher", _("teacher")
    EDITOR = "editor", _("editor")
    REGISTRAR = "registrar", _("registrar")
    COUNSELLOR = "counsellor", _("counsellor")
    OWNER = "owner", _("firm owner")
    MENTOR = "mentor", _("mentor")
    OFFICER = "officer", _("officer")


ROLES_OF_KIND: dict[str, frozenset[str]] = {
    Kind.SCHOOL: frozenset(
        {Role.STUDENT, Role.TEACHER, Role.EDITOR, Role.REGISTRAR, Role.COUNSELLOR}
    ),
    Kind.FIRM: frozenset({Role.OWNER, Role.MENTOR}),
    Kind.GUILD: frozenset({Role.OFFICER}),
    Kind.CHAMBER: frozenset({Role.OFFICER}),
    Kind.OFFICE: frozenset({Role.OFFICER}),
}


class Membership(models.Model):
    """A dated role of a person in an organisation."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(_("role"), max_length=10, choices=Role)
    started_on = models.DateField(_("since"))
    ended_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role"],
                condition=Q(ended_on__isnull=True),
                name="a_role_is_held_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
                name="a_membership_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} @ {self.organisation_id}"


class AgreementState(models.TextChoices):
    """The states of the agreement between a school's authority and a firm (dossier §2)."""

    DRAFT = "draft", _("draft")
    ACTIVE = "active", _("active")
    SUSPENDED = "suspended", _("suspended")
    ENDED = "ended", _("ended")


class Partnership(models.Model):
    """A school works beside a firm, from a day to a day."""

    school = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="partnerships_as_school"
    )
    firm = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="partnerships_as_firm"
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    state = models.CharField(
        _("state"), max_length=10, choices=AgreementState, default=AgreementState.DRAFT
    )
    is_sample = models.BooleanField(_("sample"), default=False)

    class Meta:
        verbose_name = _("partnership")
        verbose_name_plural = _("partnerships")
        constraints = [
            models.UniqueConstraint(
                fields=["school", "firm"],
                condition=~Q(state=AgreementState.ENDED),
                name="a_school_and_a_firm_have_one_live_partnership",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="a_partnership_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} – {self.firm_id}"


class SchoolDesk(models.Model):
    """What a school's editors hold in Wagtail: their group and their collection of images."""

    school = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, primary_key=True, related_name="desk"
    )
    group = models.OneToOneField("auth.Group", on_delete=models.PROTECT, related_name="+")
    collection = models.OneToOneField(Collection, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("editors' desk of a school")
        verbose_name_plural = _("editors' desks of schools")

    def __str__(self) -> str:
        return f"{self.school_id}"


class OrganisationPage(Page):
    """What schools' and firms' pages share: the organisation they show and what editors write."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="pages", verbose_name=_("organisation")
    )
    introduction = RichTextField(_("introduction"), features=TEXT_FEATURES, blank=True)
    facilities = StreamField(
        [("facility", CharBlock(label=_("facility"), max_length=120))],
        verbose_name=_("facilities"),
        blank=True,
    )

    content_panels: ClassVar[list[Any]] = [
        *Page.content_panels,
        FieldPanel("organisation"),
        FieldPanel("introduction"),
        FieldPanel("facilities"),
    ]
    chosen_once = ("organisation",)
    # The kind of organisation a page type shows.
    shows: ClassVar[str] = ""
    # What a visitor's page shows is fetched with it (see `javar.pages.models.HomePage.route`).
    joined_when_served = ("organisation",)
    private_page_options = SIGNED_IN_ONLY
    base_form_class = OwnThingsForm
    # A page of its own for every concrete kind; this one is never made.
    is_creatable = False
    subpage_types: ClassVar[list[Any]] = []

    class Meta:
        verbose_name = _("organisation's page")

    def clean(self) -> None:
        """Refuse a body of another kind, and a second page of one body in one language."""
        super().clean()
        if self.organisation_id is None:
            return
        if self.organisation.kind != self.shows:
            raise ValidationError(
                {"organisation": _("This page cannot show an organisation of this kind.")}
            )
        others = OrganisationPage.objects.filter(
            organisation_id=self.organisation_id, locale_id=self.locale_id
        )
        if self.pk is None and others.exists():
            raise ValidationError({"organisation": _("This organisation has its page already.")})


class SchoolPage(OrganisationPage):
    """A school's public page; its own programmes stand below it."""

    shows = Kind.SCHOOL
    template = "organisations/school_page.html"
    parent_page_types: ClassVar[list[Any]] = ["organisations.OrganisationIndexPage"]
    # Named from above: `curricula.ProgrammePage.parent_page_types` points here by class.
    subpage_types = None  # type: ignore[assignment]

    class Meta:
        verbose_name = _("school page")
        verbose_name_plural = _("school pages")


class FirmPage(OrganisationPage):
    """A firm's public page."""

    shows = Kind.FIRM
    template = "organisations/firm_page.html"
    parent_page_types: ClassVar[list[Any]] = ["organisations.OrganisationIndexPage"]

    class Meta:
        verbose_name = _("firm page")
        verbose_name_plural = _("firm pages")


class OrganisationIndexPage(Page):
    """Lists the pages of one kind of organisation."""

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    introduction = RichTextField(_("introduction"), features=TEXT_FEATURES, blank=True)

    template = "organisations/organisation_index_page.html"
    private_page_options = SIGNED_IN_ONLY
    base_form_class = OwnThingsForm
    content_panels: ClassVar[list[Any]] = [
        *Page.content_panels,
        FieldPanel("kind"),
        FieldPanel("introduction"),
    ]
    subpage_types: ClassVar[list[Any]] = [SchoolPage, FirmPage]
    max_count = None

    class Meta:
        verbose_name = _("list of organisations")
        verbose_name_plural = _("lists of organisations")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add the live pages of this kind, with their organisations, in one query."""
        context = super().get_context(request, *args, **kwargs)
        context["organisation_pages"] = (
            OrganisationPage.objects.child_of(self).live().select_related("organisation")
        )
        return context
