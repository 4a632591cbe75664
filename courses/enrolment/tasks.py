"""Background work of enrolment: what time decides, and reminders."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from courses.enrolment import actions, queries
from courses.enrolment.refusals import NothingToRemind
from courses.kit import holds, journal
from courses.kit.jobs import every
from courses.kit.later import later

logger = logging.getLogger("javar.enrolment")
journal.keep("enrolment.enrolment", "place")


@every(seconds=20, decides=True)
def let_time_decide(at: datetime) -> None:
    """Ask for the sweep; each place is decided in a transaction of its own, outside the tick's."""
    if queries.anything_due(at):
        later("enrolment.sweep")


@task()
def sweep() -> None:
    """Let holds, offers and closed lists lapse, then offer what is free: see `sweep_now`."""
    # A sweep asked for before a copy was made must not decide after its restore.
    if not holds.stands():
        sweep_now(timezone.now())


def sweep_now(at: datetime) -> int:
    """Decide everything that is due, what was due first first; return how many lapsed.

    A scheduler that was down finds it all here: nobody is skipped. One place that fails does not
    keep the others waiting; the failure is raised at the end.
    """
    lapsed, failures = 0, []
    for place in queries.overtaken_by_consent():
        try:
            actions.follow_consent(place, at=at)
        except Exception as error:
            failures.append(error)
    for enrolment in queries.due(at):
        try:
            lapsed += actions.lapse(enrolment, at=at)
        except Exception as error:
            failures.append(error)
    for intake in queries.intakes_to_call(at):
        actions.call_waiting(intake, at=at)
    if failures:
        raise ExceptionGroup("places that could not lapse", failures)
    return lapsed


@every(hours=1, decides=True)
def remind(at: datetime) -> None:
    """Remind who must act, once a day: guardians of held places, students with an offer."""
    for enrolment in queries.lapsing_before(at + timedelta(hours=24), at=at):
        # Whoever has nothing to do any more keeps nobody else's reminder back.
        with suppress(NothingToRemind):
            actions.remind(enrolment, at=at)


@every(hours=24)
def forget_old_documents(at: datetime) -> None:
    """Delete the files of papers whose time is over, and files that never got their row."""
    for document in queries.expired_documents(at):
        actions.forget_document(document, at=at)
    # When the transaction holds: what it forgets may yet be rolled back.
    transaction.on_commit(lambda: actions.sweep_documents(before=at - timedelta(days=1)))


@every(hours=24)
def count_seats(at: datetime) -> None:
    """Compare the counters with the places, and complain aloud: no code of ours may part them."""
    for miscount in queries.miscounts():
        logger.error("%s", miscount)
