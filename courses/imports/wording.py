"""Which tone the lines of an import have on the screen."""

from courses.imports.models import Row
from courses.imports.states import Outcome, Verdict

OUTCOME_TONES: dict[str, str] = {
    Outcome.MADE: "ok",
    Outcome.REFUSED: "bad",
    Outcome.KEPT: "bad",
    Outcome.SKIPPED: "bad",
}
VERDICT_TONES: dict[str, str] = {Verdict.NEW: "ok", Verdict.BAD: "bad", Verdict.LOOK: "warn"}


def row_tone(row: Row) -> str:
    """Return the tone of a line: what came of it, or before that what the check said."""
    if row.outcome:
        return OUTCOME_TONES.get(row.outcome, "")
    if row.verdict == Verdict.LOOK and row.answer:
        return ""
    return VERDICT_TONES.get(row.verdict, "")
