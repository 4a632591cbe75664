"""Batches of rows from somebody's spreadsheet, and what became of each row.

A `Batch` is one file given to one `kind` of import (each room declares its own, see `kinds.py`)
for one `subject`, e.g. the public identifier of an intake. Its table lies in the private storage
for a day at most; what is learnt of its rows stays for a while, so that the receipt can be read.

A `Row` is one line of it: what the check found, what came of it, and, in `made`, the keys of what
it made, which is what undoing needs. Where the check cannot tell who a line is it asks: `question`
holds the sentence and the answers, `answer` is what somebody of the school decided, who and when.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.imports.states import Outcome, Policy, State, Verdict
from courses.kit.models import new_public_id
from courses.kit.uploads import private_storage
from courses.people.models import User


class Batch(models.Model):
    """One file on its way in. `done` counts the rows the present step has finished."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    kind = models.CharField(_("kind of import"), max_length=40)
    subject = models.CharField(_("for what"), max_length=64)
    file_name = models.CharField(_("file"), max_length=120)
    table = models.FileField(storage=private_storage, upload_to="imports", blank=True)
    digest = models.CharField(max_length=64)
    headers = models.JSONField(_("headers"), default=list)
    columns = models.JSONField(_("columns"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State)
    attempt = models.PositiveIntegerField(default=1)
    total = models.PositiveIntegerField(_("rows"))
    done = models.PositiveIntegerField(_("rows done"), default=0)
    policy = models.CharField(_("with faults"), max_length=4, choices=Policy, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("given at"))
    beat_at = models.DateTimeField(_("last step at"))
    applied_at = models.DateTimeField(_("taken in at"), null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [models.Index(fields=["kind", "subject"], name="imports_of_a_subject")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(done__lte=models.F("total")),
                name="no_more_rows_are_done_than_there_are",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class Row(models.Model):
    """One line of a batch. `faults` are [{column, typed, fa, en}], `made` the kind's own keys.

    `question` is {fa, en, answers: [{key, fa, en}]} or nothing; `answer` one of the keys.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(_("line of the file"))
    label = models.CharField(_("who or what"), max_length=120, blank=True)
    verdict = models.CharField(_("check"), max_length=5, choices=Verdict)
    outcome = models.CharField(_("result"), max_length=9, choices=Outcome, blank=True)
    faults = models.JSONField(_("faults"), default=list)
    made = models.JSONField(default=dict)
    question = models.JSONField(_("question"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=40, blank=True, default="", db_default="")
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        ordering = ["number"]
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="a_line_is_read_once"),
            models.CheckConstraint(
                condition=models.Q(answer="", answered_by__isnull=True, answered_at__isnull=True)
                | (~models.Q(answer="") & models.Q(answered_by__isnull=False)
                   & models.Q(answered_at__isnull=False)),
                name="an_answer_has_who_and_when",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.number}"
