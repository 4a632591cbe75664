"""From the rows of a round in PostgreSQL to its frozen bytes, at national size.

A province of 10,000 students wishes and is ranked through the real actions; then its rows are
copied a hundred times over, as a nation of a million, and the whole is frozen.
"""

import time
from datetime import timedelta

from django.db import connection, models
from django.utils import timezone

from courses.matching import market
from courses.matching.actions.freezing import freeze_round
from courses.matching.actions.rounds import end_phase
from courses.matching.models import Application, MatchRound, PreferenceList, Standing
from courses.organisations.models import Membership, Role
from courses.people.models import PersonalRecord, User
from courses.vacancies.models import SeatReserve, Vacancy
from tests import databases
from tests.bench.figures import SMALL, Figure, Say, peak_megabytes
from tests.bench.rehearsal import Nation, drafted_and_wished, rank

STUDENTS, VACANCIES, COPIES = (300, 36, 3) if SMALL else (10_000, 1_200, 100)
# A copy's keys lie so far from those of the one before: no table of the province is longer.
APART = 1_000_000
# What a copied row points to that was copied with it.
COPIED = {"user_id", "student_id", "vacancy_id", "list_id", "application_id"}


def measured(say: Say) -> list[Figure]:
    """Freeze a nation's round on a database of its own; SQLite is for smaller ones."""
    if connection.vendor != "postgresql":
        say("left out: PostgreSQL alone")
        return []
    name = databases.own_name("rows")
    template = databases.migrated()
    databases.drop(name)
    databases.copy(template, name)
    try:
        with databases.using(name):
            return _measured(say)
    finally:
        databases.drop(name)


def _measured(say: Say) -> list[Figure]:
    now = timezone.now()
    nation = Nation(STUDENTS, VACANCIES, now)
    match_round = drafted_and_wished(nation)
    officer = nation.officers[0]
    end_phase(match_round, by=officer, reason="-", at=now + timedelta(seconds=1))
    rank(nation, match_round, now + timedelta(seconds=2))
    end_phase(match_round, by=officer, reason="-", at=now + timedelta(seconds=3))
    say("the province has wished and is ranked")
    _copy_all(say)
    begun = time.perf_counter()
    snapshot = market.snapshot_of(match_round).snapshot
    in_memory = time.perf_counter() - begun
    del snapshot
    begun = time.perf_counter()
    freeze_round(match_round, by=officer, at=now + timedelta(seconds=4))
    frozen = time.perf_counter() - begun
    say(f"{match_round.frozen.wishes:,} wishes for {match_round.frozen.vacancies:,} vacancies")
    about = f"rows of {match_round.frozen.students:,}: "
    return [
        Figure(about + "read and judged", round(in_memory, 2), "s"),
        Figure(about + "frozen and stored", round(frozen, 2), "s"),
        Figure(about + "peak memory of the process", round(peak_megabytes()), "MB"),
    ]


def _copy_all(say: Say) -> None:
    students = User.objects.filter(memberships__role=Role.STUDENT)
    for model, rows, changed in (
        (Vacancy, Vacancy.objects.all(), {"code": "code || '-' || copy"}),
        (SeatReserve, SeatReserve.objects.all(), {}),
        (MatchRound.vacancies.through, MatchRound.vacancies.through.objects.all(), {}),
        (User, students, {"username": "username || '-' || copy"}),
        (PersonalRecord, PersonalRecord.objects.filter(user__in=students), {}),
        (Membership, Membership.objects.filter(role=Role.STUDENT), {}),
        (PreferenceList, PreferenceList.objects.all(),
         {"pseudonym": "'T-' || upper(left(md5(pseudonym || copy), 14))"}),
        (Application, Application.objects.all(), {}),
        (Standing, Standing.objects.all(), {}),
    ):  # fmt: skip
        begun = time.perf_counter()
        _copy(model, rows, changed)
        say(f"copied {model._meta.verbose_name_plural}: {time.perf_counter() - begun:.0f} s")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _copy(
    model: type[models.Model], rows: models.QuerySet[models.Model], changed: dict[str, str]
) -> None:
    """Insert copies of some rows, with keys of their own that keep their distances."""
    columns = [field.column for field in model._meta.concrete_fields]
    key = model._meta.pk.column

    def value(column: str) -> str:
        if column == "public_id":
            return "gen_random_uuid()"
        if column == key or column in COPIED:
            return f'"{column}" + copy * {APART}'
        return changed.get(column, f'"{column}"')

    wanted, parameters = rows.order_by().values(*columns).query.sql_with_params()
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(map(value, columns))
    with connection.cursor() as cursor:
        # Names of columns are Django's own, the query too, its parameters apart.
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} "  # noqa: S608
            f"FROM ({wanted}) AS one ({names}), generate_series(1, {COPIES - 1}) AS copy",
            parameters,
        )
