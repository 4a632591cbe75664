"""Limits: one count whoever counts, kept through crashes and restarts, and nobody's name in it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live_settings
from django.db import connection, transaction

from courses.kit import limits
from courses.kit.limits import Limit, TooMany
from courses.kit.models import Tally
from courses.kit.tallies import CannotCount
from courses.kit.tasks import forget_ended_tallies
from tests.cast import NOW
from tests.servers import environment_of, free_port

THREE = Limit("test.three", 3, 60, "a test counts to three")


@pytest.mark.django_db
def test_a_limit_refuses_the_one_too_many_and_says_how_long() -> None:
    passed = [limits.count(THREE, "aylin", at=NOW).is_over for _ in range(4)]
    assert passed == [False, False, False, True]
    assert limits.count(THREE, "aylin", at=NOW + timedelta(seconds=20)).wait(
        NOW + timedelta(seconds=20)
    ) == 40  # fmt: skip
    assert limits.count(THREE, "sara", at=NOW).taken == 1


@pytest.mark.django_db
def test_a_window_that_is_over_begins_anew() -> None:
    for _ in range(5):
        limits.count(THREE, "aylin", at=NOW)
    later = NOW + timedelta(seconds=60)
    assert limits.check(THREE, "aylin", at=later).taken == 0
    standing = limits.count(THREE, "aylin", at=later)
    assert (standing.taken, standing.ends_at) == (1, later + timedelta(seconds=60))


@pytest.mark.django_db
def test_beyond_the_limit_nothing_is_written(django_assert_num_queries: Any) -> None:
    for _ in range(4):
        limits.count(THREE, "aylin", at=NOW)
    with django_assert_num_queries(1):
        limits.count(THREE, "aylin", at=NOW)
    assert Tally.objects.get().taken == 4


@pytest.mark.django_db
def test_a_count_can_be_given_back_to_its_own_window_only() -> None:
    first = limits.count(THREE, "aylin", at=NOW)
    limits.give_back(first)
    limits.give_back(first)
    assert limits.check(THREE, "aylin", at=NOW).taken == 0
    later = NOW + timedelta(minutes=2)
    limits.count(THREE, "aylin", at=later)
    limits.give_back(first)
    assert limits.check(THREE, "aylin", at=later).taken == 1


@pytest.mark.django_db
def test_a_refusal_carries_the_wait() -> None:
    for _ in range(3):
        limits.count_or_refuse(THREE, "aylin", at=NOW)
    with pytest.raises(TooMany) as refused:
        limits.count_or_refuse(THREE, "aylin", at=NOW)
    assert refused.value.retry_after == 60
    assert limits.count_or_refuse(THREE, "sara", at=NOW).taken == 1


@pytest.mark.django_db
@pytest.mark.parametrize("order", [1, -1])
def test_of_several_limits_one_that_is_reached_uses_up_no_other(order: int) -> None:
    long = Limit("test.long", 9, 3600, "a test")
    for _ in range(3):
        limits.count_or_refuse(THREE, "aylin", at=NOW)
    with pytest.raises(TooMany):
        limits.count_all("aylin", *(THREE, long)[::order], at=NOW)
    assert limits.check(long, "aylin", at=NOW).taken == 0
    assert [one.taken for one in limits.count_all("sara", THREE, long, at=NOW)] == [1, 1]


@pytest.mark.django_db
def test_no_name_stands_in_the_table() -> None:
    limits.count(THREE, "+989140001122", at=NOW)
    key = Tally.objects.get().key
    assert len(key) == 64
    assert key != limits.hidden(Limit("test.other", 3, 60, "another name"), "+989140001122")
    assert "9140001122" not in key


@pytest.mark.django_db
def test_the_night_deletes_what_is_over() -> None:
    limits.count(THREE, "aylin", at=NOW)
    limits.count(THREE, "sara", at=NOW + timedelta(seconds=30))
    forget_ended_tallies(NOW + timedelta(seconds=60))
    assert [row.taken for row in Tally.objects.all()] == [1]


@pytest.mark.django_db(transaction=True)
def test_a_count_stays_when_the_request_breaks_and_is_refused_inside_its_transaction() -> None:
    def request() -> None:
        limits.count(THREE, "aylin", at=NOW)
        with transaction.atomic():
            Tally.objects.create(key="half-made", taken=1, ends_at=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        request()
    assert [row.taken for row in Tally.objects.all()] == [1]
    with pytest.raises(RuntimeError), transaction.atomic():
        limits.count(THREE, "aylin", at=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_many_threads_exactly_so_many_pass() -> None:
    def attempt(_number: int) -> bool:
        try:
            return not limits.count(THREE, "aylin", at=NOW).is_over
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        passed = list(threads.map(attempt, range(24)))
    assert sum(passed) == 3


COUNTING = """
import django, json, sys
django.setup()
from courses.kit.limits import Limit, count
limit = Limit("test.twenty", 20, 3600, "two processes count to twenty")
sys.stdin.readline()
print(json.dumps(sum(not count(limit, "aylin").is_over for _ in range(20))))
"""


def count_in_processes(environment: dict[str, str], processes: int) -> list[int]:
    """Let processes that know nothing of each other count twenty times each, at once."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", COUNTING], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=live_settings.ROOT,
        )
        for _ in range(processes)
    ]  # fmt: skip
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=60)[0]) for process in running]


@pytest.mark.django_db(transaction=True)
def test_processes_share_the_count_and_a_restart_forgets_nothing() -> None:
    name = Path(str(connection.settings_dict["NAME"])).stem
    environment = environment_of(name)
    assert sum(count_in_processes(environment, 2)) == 20
    assert count_in_processes(environment, 1) == [0]


# --- Redis ------------------------------------------------------------------------------------


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[str]:
    """Run a Redis of the test's own; its address."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server on this machine")
    pytest.importorskip("redis")
    port = free_port()
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


def ready(url: str) -> None:
    """Wait until a Redis answers."""
    import redis  # noqa: PLC0415

    retry = redis.retry.Retry(redis.backoff.ConstantBackoff(0.05), 100)
    redis.Redis.from_url(url, retry=retry, retry_on_error=[redis.ConnectionError]).ping()


def test_redis_counts_as_the_database_does(settings: Any, redis_server: str) -> None:
    ready(redis_server)
    settings.JAVAR_REDIS_URL = redis_server
    standings = [limits.count(THREE, "aylin") for _ in range(6)]
    assert [standing.taken for standing in standings] == [1, 2, 3, 4, 4, 4]
    assert {standing.ends_at for standing in standings} == {standings[0].ends_at}
    assert 55 <= standings[-1].wait() <= 60
    limits.give_back(standings[0])
    assert limits.check(THREE, "aylin").taken == 3
    assert limits.check(THREE, "sara").taken == 0
    environment = os.environ | environment_of("unused", JAVAR_REDIS_URL=redis_server)
    assert sum(count_in_processes(environment, 2)) == 20


def test_a_silent_redis_counts_nothing_and_lets_nothing_pass(settings: Any) -> None:
    pytest.importorskip("redis")
    settings.JAVAR_REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    with pytest.raises(CannotCount):
        limits.count(THREE, "aylin")
