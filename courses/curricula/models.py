"""Programmes, modules and lessons.

A `ProgrammePage` (برنامهٔ درسی) stands under the province's index, as a reference, or under a
school, as its own. Its `ModulePage`s (پودمان) stand below it and their `LessonPage`s (درس) below
them. Hours of the modules must sum to the programme's, or publishing is refused.

Publishing a programme freezes a `ProgrammeVersion`: number, canonical snapshot, hash; immutable.
Intakes point at a version and enrolled students read its `syllabus`, so that an edit never changes
what somebody has begun to learn.

Persian pages are the source and facts point at them; an English page is their translation.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

from courses.curricula.blocks import LessonBody, lines
from courses.curricula.syllabus import Lesson, Syllabus, read
from courses.kit.pages import SIGNED_IN_ONLY, OwnThingsForm
from courses.kit.persian import search_form
from courses.organisations.models import SchoolPage
from courses.people.models import User
from courses.skills.models import Occupation, Skill


class Level(models.TextChoices):
    """What a programme leads to."""

    UPPER_SECONDARY = "upper-secondary", _("three-year diploma")
    CONTINUING = "continuing", _("short course")
    INDUCTION = "induction", _("induction")


class Hours(models.Model):
    """Hours in class, in practice and at a workplace."""

    hours_theory = models.PositiveIntegerField(_("theory, hours"), default=0)
    hours_practice = models.PositiveIntegerField(_("practice, hours"), default=0)
    hours_workplace = models.PositiveIntegerField(_("at the workplace, hours"), default=0)

    class Meta:
        abstract = True

    @property
    def hours_total(self) -> int:
        """The sum of the three."""
        return self.hours_theory + self.hours_practice + self.hours_workplace


HOURS_PANEL = FieldRowPanel(
    [FieldPanel("hours_theory"), FieldPanel("hours_practice"), FieldPanel("hours_workplace")],
    heading=_("hours"),
)


class ProgrammeIndexPage(Page):
    """The province's reference programmes, and the way to the schools' own."""

    introduction = models.TextField(_("introduction"), blank=True)

    template = "curricula/programme_index_page.html"
    private_page_options = SIGNED_IN_ONLY
    base_form_class = OwnThingsForm
    content_panels: ClassVar[list[Any]] = [*Page.content_panels, FieldPanel("introduction")]
    max_count_per_parent = 1

    class Meta:
        verbose_name = _("programme index")
        verbose_name_plural = _("programme indexes")


class ProgrammePage(Hours, Page):
    """A programme: what is taught, for how long, towards which occupations."""

    code = models.SlugField(_("code"), max_length=60)
    summary = models.TextField(_("summary"))
    level = models.CharField(_("level"), max_length=20, choices=Level)
    eqf_like_level = models.PositiveSmallIntegerField(_("level after EQF's manner"), default=4)
    minimum_age = models.PositiveSmallIntegerField(_("minimum age at the workplace"), default=15)
    prerequisites = models.TextField(_("prerequisites"), blank=True)
    pass_mark = models.PositiveSmallIntegerField(_("pass mark of 20"), default=12)
    occupations = ParentalManyToManyField(
        Occupation, blank=True, related_name="programmes", verbose_name=_("occupations")
    )
    search_text = models.TextField(editable=False, default="")

    template = "curricula/programme_page.html"
    private_page_options = SIGNED_IN_ONLY
    base_form_class = OwnThingsForm
    parent_page_types: ClassVar[list[Any]] = [ProgrammeIndexPage, SchoolPage]
    subpage_types: ClassVar[list[Any]] = ["curricula.ModulePage"]
    content_panels: ClassVar[list[Any]] = [
        *Page.content_panels,
        FieldPanel("code"),
        FieldPanel("summary"),
        FieldRowPanel([FieldPanel("level"), FieldPanel("eqf_like_level")]),
        HOURS_PANEL,
        MultiFieldPanel(
            [FieldPanel("minimum_age"), FieldPanel("prerequisites"), FieldPanel("pass_mark")],
            heading=_("conditions"),
        ),
        FieldPanel("occupations"),
    ]

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        """Keep the search form beside the text it is made from."""
        self.search_text = search_form(f"{self.title} {self.summary} {self.code}")
        super().full_clean(*args, **kwargs)


class Under18(models.TextChoices):
    """How people under 18 take part in a module's practice."""

    HANDS_ON = "hands-on-supervised", _("hands on, supervised")
    OBSERVE = "observe-or-simulate", _("watching or simulating")


class ModulePage(Hours, Page):
    """A module: a part of a programme that is assessed for itself."""

    code = models.SlugField(_("code"), max_length=80)
    number = models.PositiveSmallIntegerField(_("number"))
    book_title = models.CharField(_("book"), max_length=160, blank=True)
    book_grade = models.PositiveSmallIntegerField(_("grade"), null=True, blank=True)
    outcomes = StreamField(lines(_("outcome")), verbose_name=_("learning outcomes"), blank=True)
    criteria = StreamField(lines(_("criterion")), verbose_name=_("criteria"), blank=True)
    equipment = StreamField(lines(_("tool")), verbose_name=_("tools and equipment"), blank=True)
    safety = StreamField(lines(_("note")), verbose_name=_("safety notes"), blank=True)
    under_18 = models.CharField(
        _("people under 18"), max_length=20, choices=Under18, default=Under18.HANDS_ON
    )
    skills = ParentalManyToManyField(
        Skill, blank=True, related_name="modules", verbose_name=_("skills")
    )
    adult_skills = ParentalManyToManyField(
        Skill, blank=True, related_name="+", verbose_name=_("skills for people of 18 and over")
    )

    template = "curricula/module_page.html"
    private_page_options = SIGNED_IN_ONLY
    base_form_class = OwnThingsForm
    parent_page_types: ClassVar[list[Any]] = [ProgrammePage]
    subpage_types: ClassVar[list[Any]] = ["curricula.LessonPage"]
    content_panels: ClassVar[list[Any]] = [
        *Page.content_panels,
        FieldRowPanel([FieldPanel("number"), FieldPanel("code")]),
        FieldRowPanel([FieldPanel("book_title"), FieldPanel("book_grade")]),
        HOURS_PANEL,
        FieldPanel("outcomes"),
        FieldPanel("criteria"),
        FieldPanel("equipment"),
        FieldPanel("safety"),
        FieldPanel("under_18"),
        FieldPanel("skills"),
        FieldPanel("adult_skills"),
    ]

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")


class LessonPage(Page):
    """A lesson: half an hour of reading and doing, ended by a quiz."""

    summary = models.TextField(_("summary"), blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    body = StreamField(LessonBody(), verbose_name=_("body"))
    body_language = models.CharField(
        _("language of the body"),
        max_length=2,
        choices=[("fa", _("Persian")), ("en", _("English"))],
        default="fa",
        help_text=_("An English page may still show the Persian body; it then says so."),
    )

    template = "curricula/lesson_page.html"
    private_page_options = SIGNED_IN_ONLY
    base_form_class = OwnThingsForm
    parent_page_types: ClassVar[list[Any]] = [ModulePage]
    subpage_types: ClassVar[list[Any]] = []
    content_panels: ClassVar[list[Any]] = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldRowPanel([FieldPanel("minutes"), FieldPanel("body_language")]),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = _("lesson")
        verbose_name_plural = _("lessons")


class ProgrammeVersionQuerySet(models.QuerySet["ProgrammeVersion"]):
    """Versions are read and added, nothing else."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse: a version never changes."""
        raise TypeError("a programme version is immutable")

    def delete(self) -> NoReturn:
        """Refuse: students are pinned to it."""
        raise TypeError("a programme version is immutable")


class ProgrammeVersion(models.Model):
    """A programme as it stood when it was published. Immutable."""

    programme = models.ForeignKey(
        ProgrammePage,
        on_delete=models.PROTECT,
        related_name="versions",
        verbose_name=_("programme"),
    )
    number = models.PositiveIntegerField(_("number"))
    snapshot = models.JSONField(_("snapshot"))
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ProgrammeVersionQuerySet.as_manager()

    class Meta:
        ordering = ["programme_id", "number"]
        verbose_name = _("programme version")
        verbose_name_plural = _("programme versions")
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "number"], name="a_version_number_is_used_once"
            ),
            models.CheckConstraint(
                condition=models.Q(number__gte=1), name="version_numbers_start_at_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} – {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only: a version never changes."""
        if self.pk is not None:
            raise TypeError("a programme version is immutable")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: students are pinned to it."""
        raise TypeError("a programme version is immutable")

    @cached_property
    def syllabus(self) -> Syllabus:
        """What this version teaches; read once, because a version never changes."""
        return read(self.snapshot)

    @property
    def title(self) -> str:
        """The programme's title as it was."""
        return self.syllabus.title

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """The lessons in order."""
        return self.syllabus.lessons
