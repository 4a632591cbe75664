"""What the site tells people.

A `Notice` is one thing told to one person: its kind (declared by the room that speaks), the
values its sentence needs, and where to go next. Its `key` makes telling idempotent: the same
event tells the same person once, however often it is retried.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.people.models import User


class Notice(models.Model):
    """One thing told to one person, in the site itself."""

    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(_("kind"), max_length=60)
    values = models.JSONField(_("values"), default=dict)
    path = models.CharField(_("where to go"), max_length=200)
    key = models.CharField(max_length=120)
    told_at = models.DateTimeField(_("told at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        ordering = ["-told_at", "-pk"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "key"], name="an_event_is_told_once_to_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.recipient_id}"
