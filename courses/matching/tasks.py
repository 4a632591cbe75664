"""Background work of rounds."""

from datetime import datetime, timedelta

from django.utils import timezone
from django_tasks import task

from courses.kit.jobs import every
from courses.kit.later import later
from courses.matching import queries
from courses.matching.actions import rounds, runs
from courses.matching.models import MatchRound, MatchRun
from courses.matching.states import Phase, State

PATIENCE = timedelta(minutes=5)


@task()
def finish_run(run_id: int) -> None:
    """Solve and verify a started run."""
    runs.finish_run(MatchRun.objects.select_related("round").get(pk=run_id), at=timezone.now())


@every(minutes=1)
def take_up_lost_runs(at: datetime) -> None:
    """Ask again for runs whose worker was killed; finishing twice is finishing once."""
    for run in queries.unfinished_runs(at - PATIENCE):
        later("matching.finish_run", run_id=run.pk)


@every(minutes=1)
def call_firms_to_rank(at: datetime) -> None:
    """Tell the firms of a round whose wishes have closed that they can rank now."""
    for match_round in MatchRound.objects.filter(state=State.OPEN):
        if match_round.phase(at) == Phase.RANKING:
            for vacancy in (
                match_round.vacancies.filter(applications__list__round=match_round)
                .distinct()
                .select_related("firm")
            ):
                rounds.tell_firm(vacancy, match_round, "matching.ranking_opened", at=at)
