"""Which header means which column, what a cell says, and what may be done with a batch."""

import difflib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import translation

from courses.imports.kinds import LANGUAGES, Column, Draft, Judgement, fault, keys_of
from courses.imports.models import Batch, Row
from courses.imports.states import LEAVE_OUT, Outcome, State, Verdict
from courses.kit.persian import ZWNJ, search_form

# A receipt can be undone for a day; so long the file lies here, and no longer.
UNDO_WITHIN = timedelta(days=1)
# A receipt is asked for while the intake runs.
NAMES_KEPT = timedelta(days=180)
# One transaction keeps every other writer waiting: so many rows are a few seconds.
MOST_AT_ONCE = 500
# Below this length two words are alike by chance.
SHORTEST_ALIKE, ALIKE = 5, 0.86


def squashed(header: str) -> str:
    """Return a header as it is compared: «کد مـلّي (۱۰ رقم) *» and «کدملی» are one word."""
    return search_form(re.sub(r"\(.*?\)|[*:_]", " ", header).replace(ZWNJ, " ")).replace(" ", "")


def guess_columns(headers: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Return for each column's name the index of the header that means it, as far as one does.

    First the very names, then what is nearly so (a typing mistake); a header serves one column.
    """
    names: dict[str, str] = {}
    for column in columns:
        known = [column.name, *column.names]
        for language in LANGUAGES:
            with translation.override(language):
                known.append(str(column.label))
        for name in known:
            names.setdefault(squashed(name), column.name)
    found: dict[str, int] = {}
    rest: list[tuple[int, str]] = []
    for index, header in enumerate(headers):
        word = squashed(header)
        meant = names.get(word)
        if meant and meant not in found:
            found[meant] = index
        elif word:
            rest.append((index, word))
    for index, word in rest:
        close = difflib.get_close_matches(word, names, n=1, cutoff=ALIKE)
        if close and len(word) >= SHORTEST_ALIKE and names[close[0]] not in found:
            found[names[close[0]]] = index
    return found


def missing_columns(found: dict[str, int], columns: Sequence[Column]) -> list[Column]:
    """Return the columns a file must have and has not."""
    return [column for column in columns if column.needed and column.name not in found]


def read_row(
    number: int, cells: Sequence[str], found: dict[str, int], columns: Sequence[Column]
) -> Draft:
    """Read a row's cells with their columns' fields; what cannot be read becomes a fault."""
    draft = Draft(number, {})
    for column in columns:
        index = found.get(column.name)
        typed = cells[index] if index is not None and index < len(cells) else ""
        try:
            draft.values[column.name] = column.field.clean(typed)
        except ValidationError as error:
            draft.values[column.name] = None
            draft.faults.append(fault(column.name, error, typed))
    return draft


def can_be_undone(batch: Batch, *, at: datetime) -> bool:
    """Tell whether a batch was taken in less than a day ago."""
    return (
        batch.state == State.APPLIED
        and batch.applied_at is not None
        and at < batch.applied_at + UNDO_WITHIN
    )


def answer_to(said: Judgement, row: Row) -> str:
    """Return what was decided of a row, if the very question that was answered is asked again."""
    if said.verdict != Verdict.LOOK or keys_of(said.asked) != keys_of(row.question):
        return ""
    return row.answer


def is_good(said: Judgement, answer: str) -> bool:
    """Tell whether a row may be taken in: nothing is wrong, and it is sure who it is."""
    if said.verdict == Verdict.LOOK:
        return answer not in {"", LEAVE_OUT}
    return said.verdict != Verdict.BAD


def was_made(outcome: str) -> bool:
    """Tell whether a row left something behind that can be undone."""
    return outcome == Outcome.MADE
