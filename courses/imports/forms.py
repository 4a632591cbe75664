"""What people give and choose on the way of a file."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from courses.imports import rules
from courses.imports.kinds import ImportKind
from courses.imports.models import Batch
from courses.imports.oneroster.reading import MOST_BYTES
from courses.imports.states import Policy
from courses.kit.refusal import Refusal
from courses.kit.tables import Table


class FileForm(forms.Form):
    """A spreadsheet; cleaned to the table in it."""

    file = forms.FileField(
        label=_("Spreadsheet"), allow_empty_file=True,
        widget=forms.FileInput({"accept": ".xlsx,.csv,.tsv,.txt,.zip"}),
    )  # fmt: skip

    def __init__(self, *args: Any, kind: ImportKind, subject: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.subject = kind, subject

    def clean_file(self) -> Table:
        """Return the table; what cannot be read is said at the field."""
        file = self.cleaned_data["file"]
        self.file_name = file.name
        try:
            return self.kind.read(file.name, file.read(MOST_BYTES + 1), self.subject)
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal


class ColumnsForm(forms.Form):
    """Which header is which column; cleaned to {column name: index of the header}."""

    def __init__(self, *args: Any, kind: ImportKind, batch: Batch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        headers = [
            (str(index), header or _("column %(number)s") % {"number": index + 1})
            for index, header in enumerate(batch.headers)
        ]
        for column in kind.columns:
            self.fields[column.name] = forms.ChoiceField(
                label=str(column.label),
                choices=[("", _("not in the file")), *headers],
                initial=str(batch.columns.get(column.name, "")),
                required=column.needed,
            )

    def clean(self) -> dict[str, Any]:
        """Refuse one header for two columns."""
        chosen: dict[str, str] = {}
        for name, index in self.cleaned_data.items():
            if index in chosen.values() and index:
                self.add_error(name, _("This header is chosen for two columns."))
            chosen[name] = index
        return self.cleaned_data

    def columns(self) -> dict[str, int]:
        """Return what was chosen."""
        return {name: int(index) for name, index in self.cleaned_data.items() if index}


class ApplyForm(forms.Form):
    """What faults do to the rest."""

    policy = forms.ChoiceField(label=_("Rows with faults"), choices=Policy.choices)

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.batch = batch

    def is_small(self) -> bool:
        """Tell whether all or none is possible."""
        return self.batch.total <= rules.MOST_AT_ONCE
