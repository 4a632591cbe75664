"""Background work of imports."""

from datetime import datetime, timedelta

from django.db import transaction
from django_tasks import task

from courses.imports import actions, queries, rules
from courses.imports.states import State
from courses.kit import holds
from courses.kit.jobs import every
from courses.kit.later import later
from courses.people.models import User

PATIENCE = timedelta(minutes=2)
STEP_OF = {
    State.CHECKING: "imports.check",
    State.APPLYING: "imports.take_in",
    State.UNDOING: "imports.take_back",
}


@task()
def check(batch_id: int, attempt: int, by_id: int | None = None) -> None:
    """Check a file's rows; one of a restored copy rests while the site is held."""
    if holds.stands():
        return
    actions.check_rows(batch_id, attempt)


@task()
def take_in(batch_id: int, attempt: int, by_id: int) -> None:
    """Take a file's rows in; one of a restored copy rests while the site is held."""
    if holds.stands():
        return
    actions.apply_rows(batch_id, attempt, by=User.objects.get(pk=by_id))


@task()
def take_back(batch_id: int, attempt: int, by_id: int) -> None:
    """Undo an import; one of a restored copy rests while the site is held."""
    if holds.stands():
        return
    actions.undo_rows(batch_id, attempt, by=User.objects.get(pk=by_id))


@every(minutes=1, decides=True)
def take_up_lost_imports(at: datetime) -> None:
    """Ask again for steps whose worker was killed; each goes on from where it stood."""
    for batch in queries.standing_still(at - PATIENCE):
        later(
            STEP_OF[State(batch.state)], batch_id=batch.pk, attempt=batch.attempt,
            by_id=batch.made_by_id,
        )  # fmt: skip


@every(hours=1)
def forget_old_files(at: datetime) -> None:
    """Delete files that can no longer be taken in or undone: they hold personal data."""
    for batch in queries.to_forget(at, file_after=rules.UNDO_WITHIN):
        actions.forget(batch)
    # When the transaction holds: what it forgets may yet be rolled back.
    transaction.on_commit(lambda: actions.sweep_tables(before=at - rules.UNDO_WITHIN))


@every(hours=24)
def forget_old_names(at: datetime) -> None:
    """Empty receipts nobody reads any more of their names; how many came to what stays."""
    actions.forget_names(before=at - rules.NAMES_KEPT)
