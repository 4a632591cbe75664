"""The tool wall's own tables: the audit trail and the ticks of periodic jobs.

An `AuditEntry` says who did what to which object, when and why. It is append-only: the class
and triggers of the database refuse updates and deletions, and nothing in the house offers them.
It carries before/after states and small facts, never sensitive values. A `Seal` chains what was
written, so that whoever went past the triggers is found out.

A `JobTick` is the fact that a periodic job ran for a period; its unique constraint is what
keeps two schedulers from running one job twice.

A `Heartbeat` is when a part of the site last said that it lives.

A `Tally` is how often something was tried in a stretch of time; whose, its key does not tell.
"""

import uuid
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Rows are read and added, nothing else."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse: history is not rewritten."""
        raise TypeError("the audit trail is append-only")

    def delete(self) -> NoReturn:
        """Refuse: history is not rewritten."""
        raise TypeError("the audit trail is append-only")


class AppendOnly(models.Model):
    """A table to which rows are added; triggers of the database refuse everything else, too."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only."""
        if self.pk is not None:
            raise TypeError("the audit trail is append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: history is not rewritten."""
        raise TypeError("the audit trail is append-only")


class AuditEntry(AppendOnly):
    """One line of the trail."""

    at = models.DateTimeField(_("at"), db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    verb = models.CharField(_("verb"), max_length=60)
    object_kind = models.CharField(_("kind of object"), max_length=60)
    object_id = models.CharField(_("object"), max_length=40)
    from_state = models.CharField(_("from"), max_length=40, blank=True)
    to_state = models.CharField(_("to"), max_length=40, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    facts = models.JSONField(_("facts"), default=dict, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        indexes = [models.Index(fields=["object_kind", "object_id"], name="audit_of_an_object")]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_kind} {self.object_id}"


class Seal(AppendOnly):
    """What was written since the last seal, bound to everything before it.

    A seal covers the entries numbered from `first_entry` to `last_entry`, but for those `absent`
    (pairs of first and last: an undone transaction, or one that had not ended yet), and besides
    the `late` ones: entries that an earlier seal found absent. `digests` holds the 32 bytes of
    each of them, the late ones first; `head` is the hash over all this and the head before.
    """

    number = models.PositiveBigIntegerField(_("number"), unique=True)
    first_entry = models.BigIntegerField(_("first entry"))
    last_entry = models.BigIntegerField(_("last entry"))
    absent = models.JSONField(_("absent"), default=list)
    late = models.JSONField(_("late"), default=list)
    digests = models.BinaryField(_("digests"))
    head = models.CharField(_("head"), max_length=64)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        ordering = ["number"]
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        constraints = [
            models.CheckConstraint(
                condition=Q(last_entry__gte=F("first_entry") - 1), name="a_seal_covers_a_range"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.head[:12]}"


class JobTick(models.Model):
    """A periodic job has been started for a period."""

    job = models.CharField(_("job"), max_length=80)
    period = models.CharField(_("period"), max_length=40)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("job tick")
        verbose_name_plural = _("job ticks")
        constraints = [
            models.UniqueConstraint(fields=["job", "period"], name="a_job_runs_once_a_period")
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.period}"


class Tally(models.Model):
    """A count of a limit. The key is a keyed hash of what is counted."""

    key = models.CharField(primary_key=True, max_length=64)
    taken = models.PositiveIntegerField(_("times"))
    ends_at = models.DateTimeField(_("ends at"), db_index=True)

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")

    def __str__(self) -> str:
        return f"{self.taken}"


class JournalMark(models.Model):
    """How far the journal has followed the trail; one row.

    `gaps` are ranges of numbers that were missing, with the moment they were first missed.
    """

    ONLY = 1

    entry = models.BigIntegerField(_("last entry written"), default=0)
    gaps = models.JSONField(_("numbers missing"), default=list)
    at = models.DateTimeField(_("at"), null=True)

    class Meta:
        verbose_name = _("mark of the journal")
        verbose_name_plural = _("marks of the journal")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="the_journal_has_one_mark")
        ]

    def __str__(self) -> str:
        return f"{self.entry}"


class Hold(models.Model):
    """The site was restored: nothing leaves it until a keeper releases it.

    `report` is what the restore said: counts, and the beginnings of its lists.
    """

    since = models.DateTimeField(_("since"))
    report = models.JSONField(_("report"), default=dict)
    standing = models.BooleanField(_("stands"), default=True)
    released_at = models.DateTimeField(_("released at"), null=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-since", "-pk"]
        verbose_name = _("hold after a restore")
        verbose_name_plural = _("holds after a restore")
        constraints = [
            models.UniqueConstraint(
                fields=["standing"],
                condition=models.Q(standing=True),
                name="the_site_is_held_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    standing=True, released_at__isnull=True, released_by__isnull=True
                )
                | models.Q(standing=False, released_at__isnull=False, released_by__isnull=False),
                name="a_released_hold_has_a_keeper",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M}"


class Part(models.TextChoices):
    """The processes beside the web server that the site needs."""

    WORKER = "worker", _("background worker")
    SCHEDULER = "scheduler", _("scheduler")
    RELAY = "relay", _("relay of messages")


class Heartbeat(models.Model):
    """When a part of the site was last known to live; one row a part, however many run."""

    part = models.CharField(_("part"), max_length=20, choices=Part, unique=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(part__in=Part.values), name="a_heartbeat_is_of_a_known_part"
            )
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.at}"


def new_public_id() -> uuid.UUID:
    """Return the identifier an object shows outside: random, so that it cannot be guessed."""
    return uuid.uuid4()
