"""A worker killed at any moment of a run or a publication leaves nothing, or everything, once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from courses.matching.actions.publishing import approve_result
from courses.matching.actions.runs import finish_run, start_run
from courses.matching.models import MatchOutcome, MatchRound, MatchRun
from courses.notices.models import Notice
from courses.people.models import User
from tests import databases
from tests.bench.rehearsal import Nation, ranked_and_frozen
from tests.servers import environment_of

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="processes are killed as Linux kills them"
)


@pytest.fixture
def nation(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The name of a database with a small nation whose round is frozen, and its officers."""
    with django_db_blocker.unblock():
        name = databases.own_name("deaths")
        template = databases.migrated()
        databases.drop(name)
        databases.copy(template, name)
        with databases.using(name):
            with transaction.atomic():
                people = Nation(30, 8, timezone.now())
            ranked_and_frozen(people)
            yield name
        databases.drop(name)


def deaths(name: str, what: str, **environment: str) -> dict[str, Any]:
    """Let workers die at every step of a piece of work; return what was found."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.round_deaths", what],
        cwd=settings.ROOT, env=os.environ | environment_of(name, **environment),
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_fifty_deaths_leave_one_result_and_one_notice(nation: str) -> None:
    match_round, other = MatchRound.objects.get(), User.objects.get(username="officer-2")
    start_run(match_round, by=other)
    first = deaths(nation, "run")
    assert first["harm"] == []
    bytes_of_killed = MatchRun.objects.get().result_sha256
    approve_result(MatchRound.objects.get(), by=User.objects.get(username="officer"))
    second = deaths(nation, "publish")
    assert second["harm"] == []
    assert first["deaths"] + second["deaths"] >= 50
    told = Notice.objects.filter(kind="matching.published")
    assert told.count() == told.values("recipient").distinct().count() == 30
    assert MatchOutcome.objects.count() == 30
    # A run that nobody kills gives the same bytes.
    from courses.matching.actions.runs import check_result  # noqa: PLC0415

    assert finish_run(check_result(MatchRound.objects.get(), by=other)).same is True
    assert bytes_of_killed


@pytest.mark.parametrize("what", ["run", "publish"])
def test_without_a_transaction_a_death_leaves_halves(nation: str, what: str) -> None:
    match_round, other = MatchRound.objects.get(), User.objects.get(username="officer-2")
    run = start_run(match_round, by=other)
    if what == "publish":
        finish_run(run)
        approve_result(MatchRound.objects.get(), by=User.objects.get(username="officer"))
    assert deaths(nation, what, ROUND_MUTANT="autocommit")["harm"] != []
