"""What became of every row, as a table."""

from collections.abc import Iterator

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from courses.imports.kinds import Fault, ImportKind
from courses.imports.models import Batch, Row


def receipt(batch: Batch, kind: ImportKind) -> tuple[list[str], Iterator[list[object]]]:
    """Return the headers and the rows of a batch's receipt, in the active language."""
    headers = [
        _("line of the file"), _("who or what"), _("check"), _("result"), _("faults"),
        _("decided"), _("decided by"),
    ]  # fmt: skip
    rows = (
        [
            row.number,
            row.label,
            row.get_verdict_display(),
            row.get_outcome_display(),
            " | ".join(sentence_of(one, kind) for one in row.faults),
            answer_of(row),
            str(row.answered_by or ""),
        ]
        for row in batch.rows.select_related("answered_by").iterator(chunk_size=1000)
    )
    return headers, rows


def answer_of(row: Row) -> str:
    """Return what was decided of a row, in the active language, or nothing."""
    offered = row.question["answers"] if row.question else []
    given = next((one for one in offered if one["key"] == row.answer), None)
    return in_language(given) if given else ""


def in_language(words: dict[str, str]) -> str:
    """Return what is kept in every language in the active one."""
    return words["fa" if (get_language() or "fa").startswith("fa") else "en"]


def sentence_of(fault: Fault, kind: ImportKind) -> str:
    """Return a fault in the active language: column, what was typed, what is wrong.

    What was typed is isolated: a half date would turn the sentence around.
    """
    column = kind.column(fault["column"])
    parts = [
        str(column.label) if column else "",
        f"«\u2068{fault['typed']}\u2069»" if fault["typed"] else "",
    ]
    lead = " ".join(part for part in parts if part)
    return f"{lead}: {in_language(fault)}" if lead else in_language(fault)
