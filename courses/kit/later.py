"""Work for the background, by name: lower rooms need not know who does it.

`later("matching.run_round", run_id=7)` enqueues `run_round` of `courses/matching/tasks.py`
inside the caller's transaction: the work exists exactly when the change that asked for it does.
"""

from typing import Any

from django.utils.module_loading import import_string


def later(name: str, **arguments: Any) -> None:
    """Enqueue the task `<room>.<task>` with JSON-ready arguments.

    Raises ImportError for an unknown name: a typing mistake must not wait for the worker.
    """
    room, task = name.split(".")
    import_string(f"courses.{room}.tasks.{task}").enqueue(**arguments)
