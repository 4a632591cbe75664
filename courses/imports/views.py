"""The way of a file: choose it, look at what was found, take it in, keep the receipt, undo."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.imports import actions, forms, queries, receipts, rules
from courses.imports.kinds import KINDS, ImportKind, kind_or_404
from courses.imports.models import Batch
from courses.imports.states import WORKING, State, Verdict
from courses.kit.http import (
    empty_table_answer,
    page,
    say,
    say_refusal,
    signed_in_or_404,
    table_answer,
    visitor,
)
from courses.kit.refusal import Refusal

ROWS_A_PAGE = 100


def _batch_or_404(request: HttpRequest, public_id: uuid.UUID) -> tuple[Batch, ImportKind, Any]:
    """Return a batch whose subject the visitor may import for, its kind and its subject."""
    signed_in_or_404(request)
    batch = get_object_or_404(Batch.objects.select_related("made_by"), public_id=public_id)
    kind = KINDS[batch.kind]
    return batch, kind, kind.subject_or_404(visitor(request), batch.subject)


@require_http_methods(["GET", "HEAD", "POST"])
def batch_new(request: HttpRequest, kind: str, subject: str) -> HttpResponse:
    """Take a file and show what was imported here before."""
    signed_in_or_404(request)
    found = kind_or_404(kind)
    about = found.subject_or_404(visitor(request), subject)
    try:
        found.begin(about, by=visitor(request), at=timezone.now())
        closed = ""
    except Refusal as refusal:
        closed = str(refusal)
    form = forms.FileForm(request.POST or None, request.FILES or None, kind=found, subject=about)
    if request.method == "POST" and not closed and form.is_valid():
        batch = actions.receive(
            found, subject, form.cleaned_data["file"], file_name=form.file_name,
            by=visitor(request),
        )  # fmt: skip
        return redirect("imports:batch_detail", public_id=batch.public_id)
    title, address = found.describe(about)
    return page(
        request,
        "imports/batch_new.html",
        {
            "kind": found,
            "subject": subject,
            "title": title,
            "back": address,
            "form": form,
            "closed": closed,
            "batches": queries.of_subject(kind, subject)[:20],
        },
        wrong_input=request.method == "POST",
    )


@require_safe
def batch_example(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """Send an empty table with the headers we know and one example row."""
    found = kind_or_404(kind)
    headers = [str(column.label) for column in found.columns]
    rows = [[column.example for column in found.columns]]
    return empty_table_answer(form, headers, rows, name=_("example"))


@require_safe
def batch_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Show how far a batch is, what was found row by row, and what can be done next."""
    batch, kind, about = _batch_or_404(request, public_id)
    return page(request, "imports/batch_detail.html", _shown(request, batch, kind, about))


def _shown(
    request: HttpRequest, batch: Batch, kind: ImportKind, about: Any, **more: Any
) -> dict[str, Any]:
    only = request.GET.get("only", "")
    rows = batch.rows.all()
    if only in Verdict.values:
        rows = rows.filter(verdict=only)
    title, address = kind.describe(about)
    found, coming = queries.verdicts(batch), queries.to_take_in(batch)
    return {
        "batch": batch,
        "kind": kind,
        "title": title,
        "back": address,
        "works": batch.state in WORKING,
        "verdicts": found,
        "undecided": queries.undecided(batch),
        "to_take_in": coming,
        "left_out": found[Verdict.NEW] + found[Verdict.LOOK] + found[Verdict.BAD] - coming,
        "outcomes": queries.outcomes(batch),
        "missing": rules.missing_columns(batch.columns, kind.columns),
        "columns": forms.ColumnsForm(kind=kind, batch=batch),
        "form": forms.ApplyForm(batch=batch),
        "can_be_undone": rules.can_be_undone(batch, at=timezone.now()),
        "undo_until": batch.applied_at and batch.applied_at + rules.UNDO_WITHIN,
        "only": only,
        "verdict_labels": Verdict.choices,
        "rows": Paginator(rows.select_related("answered_by"), ROWS_A_PAGE).get_page(
            request.GET.get("page")
        ),
        "why": queries.last_reason(batch),
        **more,
    }


@require_POST
def batch_columns(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Say which header is which column, and check anew."""
    batch, kind, about = _batch_or_404(request, public_id)
    form = forms.ColumnsForm(request.POST, kind=kind, batch=batch)
    if not form.is_valid():
        shown = _shown(request, batch, kind, about, columns=form)
        return page(request, "imports/batch_detail.html", shown, wrong_input=True)
    return _done(
        request, batch, lambda: actions.choose_columns(batch, form.columns(), by=visitor(request))
    )


@require_POST
def batch_apply(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Have a checked batch taken in."""
    batch, kind, about = _batch_or_404(request, public_id)
    form = forms.ApplyForm(request.POST, batch=batch)
    if not form.is_valid():
        shown = _shown(request, batch, kind, about, form=form)
        return page(request, "imports/batch_detail.html", shown, wrong_input=True)
    policy = form.cleaned_data["policy"]
    return _done(request, batch, lambda: actions.apply(batch, policy, by=visitor(request)))


@require_POST
def row_answer(request: HttpRequest, public_id: uuid.UUID, number: int) -> HttpResponse:
    """Decide who a line is."""
    batch, _kind, _about = _batch_or_404(request, public_id)
    row = get_object_or_404(batch.rows, number=number)
    key, seen = request.POST.get("answer", ""), request.POST.get("instead_of", "")
    answer = _done(
        request, batch,
        lambda: actions.answer_row(row, key, instead_of=seen, by=visitor(request)),
    )  # fmt: skip
    only, here = request.POST.get("only", ""), request.POST.get("page", "")
    asked = urlencode({"only": only if only in Verdict.values else "", "page": here})
    answer["Location"] += f"?{asked}#line-{row.number}"
    return answer


@require_POST
def batch_undo(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Have everything a batch made undone."""
    batch, _kind, _about = _batch_or_404(request, public_id)
    return _done(request, batch, lambda: actions.undo(batch, by=visitor(request)))


@require_POST
def batch_drop(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Leave a checked file alone."""
    batch, _kind, _about = _batch_or_404(request, public_id)
    return _done(
        request, batch, lambda: actions.drop(batch, by=visitor(request)),
        then=_("The file has been deleted; nothing was taken in."),
    )  # fmt: skip


def _done(request: HttpRequest, batch: Batch, action: Any, *, then: str = "") -> HttpResponse:
    """Do it, or say why not; the batch's page shows the rest."""
    try:
        action()
        if then:
            say(request, then)
    except Refusal as refusal:
        say_refusal(request, refusal)
    return redirect("imports:batch_detail", public_id=batch.public_id)


@require_safe
def batch_receipt(request: HttpRequest, public_id: uuid.UUID, form: str) -> HttpResponse:
    """Send what became of every row as a table."""
    batch, kind, _about = _batch_or_404(request, public_id)
    if batch.state in {State.CHECKING, State.DROPPED}:
        raise Http404
    headers, rows = receipts.receipt(batch, kind)
    return table_answer(
        form, headers, rows, name=f"{_('receipt')}-{batch.public_id.hex[:8]}", what="receipt",
        about=batch, by=visitor(request),
    )  # fmt: skip
