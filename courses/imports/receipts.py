"""What became of every row, as a table."""

from collections.abc import Iterator

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from courses.imports.kinds import Fault, ImportKind
from courses.imports.models import Batch


def receipt(batch: Batch, kind: ImportKind) -> tuple[list[str], Iterator[list[object]]]:
    """Return the headers and the rows of a batch's receipt, in the active language."""
    headers = [_("line of the file"), _("who or what"), _("check"), _("result"), _("faults")]
    rows = (
        [
            row.number,
            row.label,
            row.get_verdict_display(),
            row.get_outcome_display(),
            " | ".join(sentence_of(one, kind) for one in row.faults),
        ]
        for row in batch.rows.all().iterator(chunk_size=1000)
    )
    return headers, rows


def sentence_of(fault: Fault, kind: ImportKind) -> str:
    """Return a fault in the active language: column, what was typed, what is wrong."""
    language = "fa" if (get_language() or "fa").startswith("fa") else "en"
    column = kind.column(fault["column"])
    parts = [str(column.label) if column else "", f"«{fault['typed']}»" if fault["typed"] else ""]
    lead = " ".join(part for part in parts if part)
    return f"{lead}: {fault[language]}" if lead else fault[language]
