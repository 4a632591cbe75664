"""Papers an intake asks for. The files lie in private storage and are seen through views only."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.enrolment.models.enrolments import Enrolment
from courses.enrolment.models.intakes import Intake
from courses.kit.models import new_public_id
from courses.kit.uploads import private_storage
from courses.people.models import User


class Paper(models.TextChoices):
    """The kinds of papers."""

    IDENTITY = "identity", _("identity booklet")
    REPORT_CARD = "report_card", _("last report card")
    PHOTO = "photo", _("photograph")
    HEALTH = "health", _("health certificate")
    CONSENT = "consent", _("guardian's consent on paper")
    OTHER = "other", _("another paper")


class RequiredDocument(models.Model):
    """A paper everybody who is admitted to an intake hands in."""

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="papers")
    paper = models.CharField(_("paper"), max_length=12, choices=Paper)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("required document")
        verbose_name_plural = _("required documents")
        constraints = [
            models.UniqueConstraint(fields=["intake", "paper"], name="a_paper_is_asked_for_once")
        ]

    def __str__(self) -> str:
        return self.get_paper_display()


class Verdict(models.TextChoices):
    """What the registrar found."""

    WAITING = "waiting", _("not looked at yet")
    GOOD = "good", _("in order")
    RETURNED = "returned", _("returned")


FOLDER = "documents"


def _folder(document: "Document", name: str) -> str:
    return f"{FOLDER}/{document.public_id}"


class Document(models.Model):
    """A file handed in. The newest of its kind counts; earlier ones stay until they expire."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="documents")
    paper = models.CharField(_("paper"), max_length=12, choices=Paper)
    file: Any = models.FileField(_("file"), storage=private_storage, upload_to=_folder, blank=True)
    content_type = models.CharField(max_length=40)
    extension = models.CharField(max_length=8)
    sha256 = models.CharField(max_length=64)
    handed_in_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField(_("handed in at"))
    expires_on = models.DateField(_("kept until"))
    verdict = models.CharField(_("finding"), max_length=8, choices=Verdict, default=Verdict.WAITING)
    remark = models.CharField(_("remark"), max_length=300, blank=True)
    checked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(_("checked at"), null=True)

    class Meta:
        ordering = ["-handed_in_at", "-pk"]
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "paper", "sha256"], name="a_file_is_handed_in_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.paper} {self.enrolment_id}"


class DocumentLook(models.Model):
    """Somebody opened a document."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="looks")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("look at a document")
        verbose_name_plural = _("looks at documents")

    def __str__(self) -> str:
        return f"{self.document_id} by {self.by_id}"
