"""Handing in papers, looking at them, finding them in order."""

from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from courses.enrolment.actions import seats
from courses.enrolment.models import Document, DocumentLook, Enrolment
from courses.enrolment.models.documents import FOLDER, Verdict
from courses.enrolment.states import LIVE
from courses.kit import audit
from courses.kit.calendars import today
from courses.kit.refusal import IllegalMove, NotAllowed
from courses.kit.rights import must
from courses.kit.uploads import CleanDocument, sweep_private
from courses.people.models import User

# Long enough for an intake and its objections; afterwards a paper has no business here.
KEPT = timedelta(days=365)


def hand_in(
    enrolment: Enrolment,
    paper: str,
    document: CleanDocument,
    *,
    by: User,
    at: datetime | None = None,
) -> Document:
    """Keep a paper that was read and cleaned; the same file again is the same document."""
    at = at or timezone.now()
    must(by, "enrolment.keep_place", enrolment)
    if enrolment.state not in LIVE:
        raise IllegalMove
    kept = Document(
        enrolment=enrolment, paper=paper, content_type=document.content_type,
        extension=document.extension, sha256=document.sha256, handed_in_by=by, handed_in_at=at,
        expires_on=today(at) + KEPT,
    )  # fmt: skip
    there = Document.objects.filter(
        enrolment=enrolment, paper=paper, sha256=document.sha256
    ).first()
    if there is not None:
        return there
    # The file first, outside the transaction: a file nobody knows of is swept, a row without its
    # file would be a lie.
    kept.file.save("paper", ContentFile(document.data), save=False)
    try:
        with transaction.atomic():
            kept.save()
            audit.record(kept, "hand_in", by=by, at=at, paper=paper)
    except IntegrityError:
        kept.file.delete(save=False)
        # The twin of this press was faster; its row is the answer to both.
        return Document.objects.get(enrolment=enrolment, paper=paper, sha256=document.sha256)
    except Exception:
        kept.file.delete(save=False)
        raise
    return kept


@transaction.atomic
def look_at(document: Document, *, by: User, at: datetime | None = None) -> DocumentLook:
    """Record that somebody opens a document: the owner or the school's registrar."""
    must(by, "enrolment.keep_place", document)
    if not document.file:
        raise NotAllowed
    at = at or timezone.now()
    audit.record(document, "look_at_document", by=by, at=at, paper=document.paper)
    return DocumentLook.objects.create(document=document, by=by, at=at)


@transaction.atomic
def check_document(
    document: Document, verdict: str, *, by: User, remark: str = "", at: datetime | None = None
) -> Document:
    """Find a paper in order, or return it with a remark the student reads."""
    at = at or timezone.now()
    must(by, "enrolment.keep_intakes", document)
    Document.objects.filter(pk=document.pk).update(
        verdict=verdict, remark=remark, checked_by=by, checked_at=at
    )
    document.refresh_from_db()
    audit.record(document, "check_document", by=by, at=at, to_state=verdict, reason=remark)
    if verdict == Verdict.RETURNED:
        seats.tell_student(
            document.enrolment, "enrolment.paper_returned", at=at,
            key=f"paper_returned:{document.pk}:{at.timestamp():.0f}", remark=remark,
        )  # fmt: skip
    return document


@transaction.atomic
def forget_document(document: Document, *, at: datetime | None = None) -> None:
    """Delete the file of a document whose time is over; the fact that it was there stays."""
    name = document.file.name
    Document.objects.filter(pk=document.pk).update(file="")
    audit.record(document, "forget_document", by=None, at=at)
    if name:
        # When the transaction holds: a row without its file would be a lie.
        transaction.on_commit(lambda: document.file.storage.delete(name))


def sweep_documents(*, before: datetime) -> int:
    """Delete the files of papers that never got their row; return how many."""
    known = set(Document.objects.exclude(file="").values_list("file", flat=True))
    return sweep_private(FOLDER, known, before=before)
