"""Papers: handing in, looking at, finding in order."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.enrolment import actions, queries, rules
from courses.enrolment.forms.papers import CheckForm, DocumentForm
from courses.enrolment.models import Document, Enrolment
from courses.enrolment.views.places import enrolment_or_404
from courses.kit.http import page, say, signed_in_or_404, visitor
from courses.kit.rights import asks, may
from courses.kit.uploads import as_attachment


@require_http_methods(["GET", "HEAD", "POST"])
@asks("enrolment.keep_place", enrolment_or_404)
def enrolment_documents(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    """Show what was handed in and take another paper."""
    form = DocumentForm(
        request.POST or None, request.FILES or None, papers=enrolment.intake.papers.all()
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        actions.hand_in(enrolment, data["paper"], data["file"], by=visitor(request))
        say(request, _("The paper has been handed in."))
        return redirect("enrolment:enrolment_documents", public_id=enrolment.public_id)
    return page(
        request,
        "enrolment/enrolment_documents.html",
        {
            "enrolment": enrolment,
            "form": form,
            # Who came in here without being the student has been asked already.
            "keeps": enrolment.student_id != visitor(request).pk
            or may(visitor(request), "enrolment.keep_intakes", enrolment),
            "missing": rules.missing_papers(enrolment),
            "documents": queries.visible_documents(visitor(request))
            .filter(enrolment=enrolment)
            .prefetch_related("looks__by"),
        },
        wrong_input=request.method == "POST",
    )


def _document_or_404(request: HttpRequest, public_id: uuid.UUID) -> Document:
    signed_in_or_404(request)
    documents = queries.visible_documents(visitor(request))
    return get_object_or_404(documents, public_id=public_id)


@require_safe
def document_file(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Send a document as a download, and record who opened it."""
    document = _document_or_404(request, public_id)
    actions.look_at(document, by=visitor(request))
    with document.file.open("rb") as file:
        name = f"{document.paper}-{document.enrolment.public_id.hex[:8]}.{document.extension}"
        return as_attachment(file.read(), document.content_type, name)


@require_POST
@asks("enrolment.keep_intakes", _document_or_404)
def document_check(request: HttpRequest, document: Document) -> HttpResponse:
    """Find a paper in order, or return it with the reason."""
    form = CheckForm(request.POST)
    if form.is_valid():
        actions.check_document(document, by=visitor(request), **form.cleaned_data)
        say(request, _("The finding has been written down."))
        return redirect("enrolment:enrolment_documents", public_id=document.enrolment.public_id)
    return page(
        request,
        "enrolment/document_check.html",
        {"document": document, "form": form},
        wrong_input=True,
    )
