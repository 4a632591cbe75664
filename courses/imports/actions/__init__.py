"""What changes batches: what people decide (`batches`), and the work behind it (`steps`).

A step works through the rows in order. Every portion's transaction begins with a guarded UPDATE
of the batch that moves `done` on from where this worker found it: of two workers on one batch one
makes each portion, and a worker that was killed is followed by another from the same row.
"""

from courses.imports.actions.batches import (
    answer_row,
    apply,
    choose_columns,
    drop,
    forget,
    forget_names,
    receive,
    sweep_tables,
    undo,
)
from courses.imports.actions.steps import apply_rows, check_rows, undo_rows

__all__ = [
    "answer_row",
    "apply",
    "apply_rows",
    "check_rows",
    "choose_columns",
    "drop",
    "forget",
    "forget_names",
    "receive",
    "sweep_tables",
    "undo",
    "undo_rows",
]
