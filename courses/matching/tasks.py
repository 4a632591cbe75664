"""Background work of rounds."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from django.utils import timezone
from django_tasks import task

from courses.kit import holds, journal
from courses.kit.jobs import every
from courses.kit.later import later
from courses.kit.models import AuditEntry
from courses.kit.refusal import IllegalMove
from courses.matching import queries
from courses.matching.actions import answers, publishing, rounds, runs
from courses.matching.models import MatchRound, MatchRun
from courses.matching.states import Answer, Phase, State

PATIENCE = timedelta(minutes=5)
REMIND_BEFORE = timedelta(days=1)
journal.keep("matching.matchoutcome", "place")


@journal.keep_as("matching.matchround")
def places_given(entries: list[AuditEntry]) -> Iterator[journal.Line]:
    """Tell the journal which places a published round gave: a line for every thousand."""
    for entry in entries:
        if entry.verb != "publish_round":
            continue
        given = list(queries.places_given(int(entry.object_id)))
        for start in range(0, len(given), 1_000):
            yield {
                "kind": "place", "of": "matching.matchoutcome", "trail": entry.object_kind,
                "ids": [str(name) for name in given[start : start + 1_000]],
                "move": entry.verb, "to": Answer.OFFERED, "at": entry.at.isoformat(),
                "entry": entry.pk,
            }  # fmt: skip


@task()
def finish_run(run_id: int) -> None:
    """Solve and verify a started run; one of a restored copy rests while the site is held."""
    if holds.stands():
        return
    runs.finish_run(MatchRun.objects.select_related("round").get(pk=run_id), at=timezone.now())


@task()
def publish_round(round_id: int) -> None:
    """Deliver an approved result; one of a restored copy rests while the site is held."""
    if holds.stands():
        return
    publishing.publish_round(MatchRound.objects.get(pk=round_id), at=timezone.now())


@every(minutes=1, decides=True)
def take_up_lost_runs(at: datetime) -> None:
    """Ask again for what a killed worker left: finishing twice is finishing once."""
    for run in queries.unfinished_runs(at - PATIENCE):
        later("matching.finish_run", run_id=run.pk)
    for run in queries.unpublished_runs(at - PATIENCE):
        later("matching.publish_round", round_id=run.round_id)


@every(minutes=1, decides=True)
def lapse_silent_places(at: datetime) -> None:
    """Let the places lapse whose students were silent until the end of the window."""
    for outcome in queries.silent_outcomes(at):
        # Whoever answered in the last moment has answered.
        with suppress(IllegalMove):
            answers.lapse_place(outcome, at=at)


@every(minutes=10, decides=True)
def remind_of_answers(at: datetime) -> None:
    """Remind the students who must answer within a day."""
    for outcome in queries.outcomes_to_answer(at, within=REMIND_BEFORE):
        answers.remind_to_answer(outcome, at=at)


@every(minutes=10)
def remind_firms_to_rank(at: datetime) -> None:
    """Remind the firms whose applicants wait within a day of the deadline."""
    for match_round in queries.ranking_ends(at, within=REMIND_BEFORE):
        rounds.remind_firms(match_round, at=at)


@every(minutes=1)
def call_firms_to_rank(at: datetime) -> None:
    """Tell the firms of a round whose wishes have closed that they can rank now."""
    for match_round in MatchRound.objects.filter(state=State.OPEN):
        if match_round.phase(at) == Phase.RANKING:
            asked = match_round.vacancies.filter(applications__list__round=match_round).distinct()
            rounds.tell_firms(asked, match_round, "matching.ranking_opened", at=at)
