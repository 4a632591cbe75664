"""Twenty officers press the same button at once, through HTTP: one run, one result, notices once.

The control tests take a wall away and see the harm, so that the rush is known to be sharp.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count
from django.test import Client
from django_tasks_db.models import DBTaskResult

from courses.kit.models import AuditEntry
from courses.kit.sowing import Sower
from courses.law.seeding import read_statute, sow_statute
from courses.matching.actions.freezing import freeze_round, type_in_public_value
from courses.matching.actions.publishing import publish_round
from courses.matching.actions.rounds import draft_round, open_round
from courses.matching.actions.runs import finish_run, start_run
from courses.matching.actions.wishes import set_wishes
from courses.matching.models import (
    MatchOutcome,
    MatchRound,
    MatchRun,
    ReserveEffect,
    RunResult,
    VacancyResult,
)
from courses.matching.states import State
from courses.notices.models import Notice
from courses.organisations.actions import grant_role
from courses.organisations.models import Kind, Organisation, Role
from courses.people.models import User
from courses.skills.models import Occupation
from courses.vacancies.actions import post_vacancy, publish_vacancy
from courses.vacancies.models import Vacancy
from tests import databases
from tests.cast import NOW, body, person, unsaved_vacancy
from tests.courses.matching.small_rounds import READY, SEED, unsaved_round
from tests.load import rushes
from tests.load.rushes import Answer, press, serve, statuses
from tests.working import work_off

OFFICERS, STUDENTS = 20, 12


@dataclass
class Office:
    """Officers with their sessions, one more who freezes, and students with two vacancies."""

    database: str
    officers: list[User]
    cookies: list[str]
    freezer: User
    students: list[User]
    vacancies: list[Vacancy]
    rounds: int = 0

    def frozen(self) -> MatchRound:
        """Return another frozen round with everybody's wishes and its public value."""
        self.rounds += 1
        with transaction.atomic():
            match_round = draft_round(unsaved_round(f"rush-{self.rounds}"), by=self.freezer, at=NOW)
            open_round(match_round, by=self.freezer, at=NOW, seed=SEED)
            for student in self.students:
                set_wishes(match_round, self.vacancies, by=student, at=NOW)
            freeze_round(match_round, by=self.freezer, at=READY)
            return type_in_public_value(
                match_round, value="7", source="-", by=self.freezer, at=READY
            )

    def proposed(self) -> MatchRound:
        """Return another round whose result waits for approval; the first officer ran it."""
        match_round = self.frozen()
        with transaction.atomic():
            run = start_run(match_round, by=self.officers[0], at=READY)
        DBTaskResult.objects.all().delete()
        finish_run(run, at=READY)
        return match_round


@pytest.fixture(scope="module")
def office(django_db_setup: None, django_db_blocker: Any) -> Iterator[Office]:
    """Make the people once; every rush has a round of its own."""
    with django_db_blocker.unblock():
        name = rushes.own_database("round_rush")
        with databases.using(name):
            with transaction.atomic():
                made = _office(name)
            yield made
        databases.drop(name)


def _office(name: str) -> Office:
    sow_statute(read_statute(settings.ROOT / "seeds"), Sower(at=NOW))
    school = body("school", Kind.SCHOOL, learners="girls")
    firm = body("firm", Kind.FIRM, insurance_confirmed=True, accepts_under_18=True)
    place = body("office", Kind.OFFICE)
    owner = _with_role("owner", firm, Role.OWNER)
    occupation = Occupation.objects.create(
        code="closer", label_fa="پستایی‌ساز", label_en="Closer", isco08="7536",
        eqf_like_level=3, minimum_age=15,
    )  # fmt: skip
    vacancies = []
    for number in range(2):
        vacancy = unsaved_vacancy(firm, occupation, code=f"v{number}", seats=3)
        post_vacancy(vacancy, skills=[], by=owner, at=NOW)
        vacancies.append(publish_vacancy(vacancy, by=owner, at=NOW))
    students = []
    for number in range(STUDENTS):
        student = person(f"student-{number}", age=16)
        grant_role(student, school, Role.STUDENT, by=None, at=NOW)
        students.append(student)
    officers = [_with_role(f"officer-{n}", place, Role.OFFICER) for n in range(OFFICERS)]
    return Office(
        name, officers, [_session(officer) for officer in officers],
        _with_role("freezer", place, Role.OFFICER), students, vacancies,
    )  # fmt: skip


def _with_role(name: str, where: Organisation, role: str) -> User:
    found = person(name)
    grant_role(found, where, role, by=None, at=NOW)
    return found


def _session(user: User) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture(autouse=True)
def unblocked(office: Office, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield
        DBTaskResult.objects.all().delete()


def everybody_presses(office: Office, match_round: MatchRound, what: str, url: str) -> list[Answer]:
    """Let every officer post the same move in the same moment."""
    host, path = urlsplit(url).netloc, f"/rounds/{match_round.code}/{what}/"
    gate = threading.Barrier(OFFICERS, timeout=90)
    with ThreadPoolExecutor(OFFICERS) as pool:
        return list(pool.map(lambda cookie: press(host, path, cookie, gate=gate), office.cookies))


def verbs(match_round: MatchRound) -> Counter[str]:
    """Return how often each move stands in the trail of a round."""
    lines = AuditEntry.objects.filter(
        object_kind="matching.matchround", object_id=str(match_round.pk)
    )
    return Counter(lines.values_list("verb", flat=True))


def told(kind: str, match_round: MatchRound) -> Counter[int]:
    """Return how often each person was told something of a round."""
    rows = Notice.objects.filter(kind=kind, key__contains=str(match_round.public_id))
    return Counter(dict(rows.values_list("recipient").annotate(n=Count("pk"))))


def test_twenty_starts_give_one_run_and_one_result(office: Office) -> None:
    match_round = office.frozen()
    with serve(office.database) as server:
        answers = everybody_presses(office, match_round, "run", server.url)
        assert server.complaints() == ""
    assert statuses(answers) == Counter({302: 1, 409: OFFICERS - 1})
    run = MatchRun.objects.get(round=match_round)
    assert DBTaskResult.objects.count() == 1
    _all_at_once([lambda: finish_run(MatchRun.objects.get(pk=run.pk), at=READY)] * 4)
    work_off()
    match_round.refresh_from_db()
    assert match_round.state == State.PROPOSED
    assert RunResult.objects.filter(run__round=match_round).count() == 1
    found = verbs(match_round)
    assert (found["start_run"], found["propose"]) == (1, 1)
    assert set(told("matching.proposed", match_round).values()) == {1}
    assert len(told("matching.proposed", match_round)) == OFFICERS + 1


def test_twenty_approvals_publish_once(office: Office) -> None:
    match_round = office.proposed()
    assert not ReserveEffect.objects.filter(run__round=match_round).exists()
    with serve(office.database) as server:
        answers = everybody_presses(office, match_round, "approve", server.url)
        assert server.complaints() == ""
    assert statuses(answers) == Counter({302: 1, 409: OFFICERS - 1})
    assert answers[0].status == 409, "who ran it does not approve it"
    assert DBTaskResult.objects.count() == 1
    _all_at_once([lambda: publish_round(MatchRound.objects.get(pk=match_round.pk), at=READY)] * 4)
    work_off()
    match_round.refresh_from_db()
    assert match_round.state == State.PUBLISHED
    outcomes = MatchOutcome.objects.filter(run__round=match_round)
    assert (outcomes.count(), outcomes.values("list").distinct().count()) == (STUDENTS, STUDENTS)
    assert VacancyResult.objects.filter(run__round=match_round).count() == 2
    found = verbs(match_round)
    assert (found["approve_result"], found["publish_round"]) == (1, 1)
    students = told("matching.published", match_round)
    assert students == Counter({student.pk: 1 for student in office.students})


def _all_at_once(work: list[Any]) -> None:
    """Do the same in several threads, each with a connection of its own; nothing may fail."""
    gate = threading.Barrier(len(work), timeout=60)

    def one(act: Any) -> None:
        try:
            gate.wait()
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        list(pool.map(one, work))


@pytest.fixture
def no_constraints(office: Office) -> Iterator[None]:
    """Take the uniqueness of runs out of the database; SQLite rebuilds the table from the model.

    One after another, the model always saying what the database has.
    """
    meta = MatchRun._meta
    names = ("one_run_at_a_time_in_a_round", "a_run_has_its_own_number")
    taken = [c for name in names for c in meta.constraints if c.name == name]
    for constraint in taken:
        meta.constraints = [c for c in meta.constraints if c is not constraint]
        with connection.schema_editor() as editor:
            editor.remove_constraint(MatchRun, constraint)
    connection.close()
    yield
    MatchRun.objects.filter(finished_at__isnull=True).delete()
    for constraint in taken:
        meta.constraints = [*meta.constraints, constraint]
        with connection.schema_editor() as editor:
            editor.add_constraint(MatchRun, constraint)
    connection.close()


@pytest.mark.usefixtures("no_constraints")
def test_mutant_without_guard_and_constraints_starts_several_runs(office: Office) -> None:
    match_round = office.frozen()
    with serve(office.database, "tests.load.round_mutants:application", MUTANT="unguarded") as site:
        everybody_presses(office, match_round, "run", site.url)
    assert MatchRun.objects.filter(round=match_round).count() > 1


def test_mutant_without_the_guard_is_held_by_the_constraint(office: Office) -> None:
    match_round = office.frozen()
    with serve(office.database, "tests.load.round_mutants:application", MUTANT="unguarded") as site:
        answers = everybody_presses(office, match_round, "run", site.url)
    assert MatchRun.objects.filter(round=match_round).count() == 1
    assert statuses(answers) == Counter({302: 1, 409: OFFICERS - 1})


def test_mutant_without_guard_approves_several_times(office: Office) -> None:
    match_round = office.proposed()
    with serve(
        office.database, "tests.load.round_mutants:application", MUTANT="unguarded_approval"
    ) as site:
        answers = everybody_presses(office, match_round, "approve", site.url)
    assert statuses(answers)[302] > 1
    assert verbs(match_round)["approve_result"] > 1
    assert DBTaskResult.objects.count() > 1
