"""The taxonomy of the trade: `SkillGroup`, `Skill`, `Occupation`.

`hazardous_for_minors` is a cautious product reading of the Labour Code, articles 83 and 84, and
partly found lists; it is not a legal list, and screens that use it say so.
"""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Labelled(models.Model):
    """A term with a stable code and a label in both languages."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    label_fa = models.CharField(_("Persian label"), max_length=120)
    label_en = models.CharField(_("English label"), max_length=120)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The label in the active language."""
        return self.label_en if get_language() == "en" else self.label_fa


class SkillGroup(Labelled):
    """A family of skills, such as cutting or closing."""

    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "code"]
        verbose_name = _("skill group")
        verbose_name_plural = _("skill groups")


class Skill(Labelled):
    """One skill of the trade."""

    group = models.ForeignKey(SkillGroup, on_delete=models.PROTECT, related_name="skills")
    description_fa = models.TextField(_("Persian description"))
    description_en = models.TextField(_("English description"))
    level = models.PositiveSmallIntegerField(_("level"))
    hazardous_for_minors = models.BooleanField(_("not for people under 18"), default=False)
    esco_like_label = models.CharField(_("label after ESCO's manner"), max_length=160, blank=True)

    class Meta:
        ordering = ["group__position", "code"]
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(level__gte=1, level__lte=3), name="a_skill_has_level_1_to_3"
            )
        ]


class Occupation(Labelled):
    """A trade somebody may follow, with the skills it asks for."""

    isco08 = models.CharField(_("ISCO-08 group"), max_length=4)
    eqf_like_level = models.PositiveSmallIntegerField(_("level after EQF's manner"))
    minimum_age = models.PositiveSmallIntegerField(_("minimum age"))
    skills = models.ManyToManyField(Skill, related_name="occupations", verbose_name=_("skills"))

    class Meta:
        ordering = ["code"]
        verbose_name = _("occupation")
        verbose_name_plural = _("occupations")
