"""Papers: consents on paper, documents asked for, their check."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.enrolment.models.documents import Paper, Verdict
from courses.kit.fields import PersianTextField
from courses.kit.refusal import Refusal
from courses.kit.uploads import CleanDocument, read_document
from courses.kit.uploads.reading import MOST_BYTES
from courses.people.models import Guardian


class RecordedConsentForm(forms.Form):
    """A consent the registrar saw: on paper, with its scan, or in person."""

    guardian = forms.ModelChoiceField(
        Guardian.objects.none(), label=_("Guardian"), empty_label=None, widget=forms.RadioSelect
    )
    channel = forms.ChoiceField(
        label=_("How?"), choices=[("in_person", _("in person")), ("paper", _("on paper"))],
        widget=forms.RadioSelect,
    )  # fmt: skip
    scan = forms.FileField(
        label=_("Scan of the paper"), required=False, help_text=_("JPEG, PNG, WebP or PDF.")
    )

    def __init__(self, *args: Any, guardians: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["guardian"]
        field.queryset = guardians

    def clean(self) -> dict[str, Any]:
        """Ask for the scan of a paper, and read it."""
        cleaned = super().clean() or self.cleaned_data
        upload = cleaned.get("scan")
        if cleaned.get("channel") == "paper" and not upload and "scan" not in self.errors:
            self.add_error("scan", _("A consent on paper needs its scan."))
        if upload:
            cleaned["scan"] = _read(self, "scan", upload)
        return cleaned


def _read(form: forms.Form, name: str, upload: Any) -> CleanDocument | None:
    try:
        return read_document(upload.name, upload.read(MOST_BYTES + 1))
    except Refusal as refusal:
        form.add_error(name, str(refusal))
        return None


class DocumentForm(forms.Form):
    """A paper to hand in."""

    paper = forms.ChoiceField(label=_("Which paper?"))
    file = forms.FileField(label=_("File"), help_text=_("JPEG, PNG, WebP or PDF, up to 8 MB."))

    def __init__(self, *args: Any, papers: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["paper"]
        field.choices = [(paper.paper, paper.get_paper_display()) for paper in papers] or [
            (Paper.OTHER.value, Paper.OTHER.label)
        ]

    def clean(self) -> dict[str, Any]:
        """Read the file by its content."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("file"):
            cleaned["file"] = _read(self, "file", cleaned["file"])
        return cleaned


class CheckForm(forms.Form):
    """What the registrar found of a paper."""

    verdict = forms.ChoiceField(
        choices=[(Verdict.GOOD.value, Verdict.GOOD.label),
                 (Verdict.RETURNED.value, Verdict.RETURNED.label)]
    )  # fmt: skip
    remark = PersianTextField(label=_("Remark"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        """A returned paper needs a reason."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("verdict") == Verdict.RETURNED and not cleaned.get("remark"):
            self.add_error("remark", _("Say what is wrong with it."))
        return cleaned
