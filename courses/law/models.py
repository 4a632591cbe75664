"""The rules of work for minors.

A `Rule` is a dated row: what the rule asks, as numbers (`parameters`), from which day to which,
its article, its sentence in both languages and its source with the honest status of our reading.
The education office switches and dates rows; code never holds a number of the law.

A `Holiday` is an official day of rest, with how sure we are of its date: a lunar one may shift by
a day until the calendar announces it.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class RuleCode(models.TextChoices):
    """The rules the house knows how to apply (dossier §10)."""

    R1 = "R1", _("minimum age")
    R2 = "R2", _("hours, days and times of young workers")
    R3 = "R3", _("hazardous skills")
    R4 = "R4", _("manual load")
    R5 = "R5", _("whose signature binds a minor")
    R9 = "R9", _("tanneries")


# What work is judged by; the others are asked by name.
OF_WORK = frozenset(RuleCode) - {RuleCode.R5}


class Rule(models.Model):
    """One rule, as it stood from a day to a day."""

    code = models.CharField(_("rule"), max_length=3, choices=RuleCode)
    article_fa = models.CharField(_("article"), max_length=60)
    article_en = models.CharField(_("article in English"), max_length=60)
    parameters = models.JSONField(_("parameters"))
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    in_force = models.BooleanField(_("switched on"), default=True)
    sentence_fa = models.TextField(_("Persian sentence"))
    sentence_en = models.TextField(_("English sentence"))
    source_fa = models.TextField(_("Persian source"))
    source_en = models.TextField(_("English source"))

    class Meta:
        ordering = ["code", "valid_from"]
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="a_rule_starts_once_a_day"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("valid_from")),
                name="a_rule_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.article})"

    @property
    def article(self) -> str:
        """The article in the active language."""
        return self.article_en if get_language() == "en" else self.article_fa

    @property
    def sentence(self) -> str:
        """The rule in the active language."""
        return self.sentence_en if get_language() == "en" else self.sentence_fa

    @property
    def source(self) -> str:
        """Where the rule comes from, in the active language."""
        return self.source_en if get_language() == "en" else self.source_fa


class Confidence(models.TextChoices):
    """How sure we are of a holiday's date."""

    HIGH = "high", _("certain")
    VERIFY = "verify", _("to be verified: a lunar date may shift by one day")


class Holiday(models.Model):
    """An official holiday."""

    day = models.DateField(_("day"), unique=True)
    name_fa = models.CharField(_("Persian name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120)
    basis = models.CharField(_("basis"), max_length=40)
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence)

    class Meta:
        ordering = ["day"]
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language."""
        return self.name_en if get_language() == "en" else self.name_fa
