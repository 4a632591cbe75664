"""A national rehearsal: a whole round through the real actions and tasks, step by step.

PostgreSQL has 100,000 invented students and 12,000 vacancies, SQLite 10,000 and 1,200. People
and vacancies are laid in, as a nation would have them before; from the opening of the round to
its published result everything goes through the actions and the task worker.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from courses.kit.calendars import today
from courses.matching import market, queries
from courses.matching.actions.freezing import freeze_round, type_in_public_value
from courses.matching.actions.publishing import (
    acknowledge_effect,
    approve_result,
)
from courses.matching.actions.rounds import draft_round, end_phase, open_round
from courses.matching.actions.runs import start_run
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import set_wishes
from courses.matching.models import Application, MatchOutcome, MatchRound
from courses.matching.states import State, Unsuitable
from courses.notices.models import Message, Notice
from courses.organisations.models import Kind, Membership, Organisation, Role
from courses.people.models import PersonalRecord, User
from courses.skills.models import Occupation
from courses.vacancies.models import SeatReserve, Vacancy
from tests import databases
from tests.bench.figures import SMALL, Figure, Say, peak_megabytes

SIZES = {"postgresql": (100_000, 12_000), "sqlite": (10_000, 1_200)}
PEOPLE = 1_000
OFFICERS = ("officer", "officer-2")


class Clock:
    """Seconds and peak memory of each step."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step and say it."""
        begun = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - begun
        peak = peak_megabytes()
        self.say(f"{name}: {self.seconds[name]:,.1f} s (peak {peak:,.0f} MB)")


class Nation:
    """Invented people, schools, firms and vacancies, laid into an empty database."""

    def __init__(self, students: int, vacancies: int, at: datetime) -> None:
        self.at, self.chance = at, np.random.Generator(np.random.PCG64(1405))
        self.office = self._bodies(Kind.OFFICE, 1)[0]
        self.schools = self._bodies(Kind.SCHOOL, max(1, students // 1_000))
        self.firms = self._bodies(Kind.FIRM, max(1, vacancies // 4))
        self.officers = self._people(OFFICERS)
        self._join(self.officers, [self.office.pk] * 2, Role.OFFICER)
        self.owners = self._people(f"owner-{number}" for number in range(len(self.firms)))
        self._join(self.owners, [firm.pk for firm in self.firms], Role.OWNER)
        self.students = self._people(f"student-{number}" for number in range(students))
        self._join(
            self.students,
            [self.schools[number % len(self.schools)].pk for number in range(students)],
            Role.STUDENT,
        )
        days = self.chance.integers(15 * 366, 19 * 365, students).tolist()
        PersonalRecord.objects.bulk_create(
            [
                PersonalRecord(user=one, birth_date=today(at) - timedelta(days=age), sex="girl")
                for one, age in zip(self.students, days, strict=True)
            ],
            batch_size=PEOPLE,
        )
        self.vacancies = self._vacancies(students, vacancies)

    def _bodies(self, kind: str, count: int) -> list[Organisation]:
        return Organisation.objects.bulk_create(
            [
                Organisation(
                    code=f"{kind}-{number:05d}", kind=kind, name_fa=f"نمونه {number}",
                    name_en=f"Sample {number}", locality_fa="تبریز", locality_en="Tabriz",
                )
                for number in range(count)
            ],
            batch_size=PEOPLE,
        )  # fmt: skip

    def _people(self, names: Any) -> list[User]:
        return User.objects.bulk_create(
            [
                User(username=name, first_name=name, last_name="نمونه", password="!")
                for name in names
            ],
            batch_size=PEOPLE,
        )

    def _join(self, people: list[User], bodies: list[int], role: str) -> None:
        since = today(self.at) - timedelta(days=300)
        Membership.objects.bulk_create(
            [
                Membership(user=one, organisation_id=body, role=role, started_on=since)
                for one, body in zip(people, bodies, strict=True)
            ],
            batch_size=PEOPLE,
        )

    def _vacancies(self, students: int, count: int) -> list[Vacancy]:
        occupation = Occupation.objects.create(
            code="closer", label_fa="پستایی‌ساز", label_en="Closer", isco08="7536",
            eqf_like_level=3, minimum_age=15,
        )  # fmt: skip
        self.popularity = self.chance.lognormal(0, 1, count)
        share = self.popularity**0.5
        seats = self.chance.multinomial(int(students * 0.9), share / share.sum()).tolist()
        first = today(self.at) + timedelta(days=60)
        made = Vacancy.objects.bulk_create(
            [
                Vacancy(
                    code=f"v-{number:06d}", firm=self.firms[number % len(self.firms)],
                    state="published", title_fa=f"جای {number}", occupation=occupation,
                    seats=seats[number], minimum_age=15 + number % 3, days=["Sat", "Tue"],
                    starts_at="08:30", ends_at="13:30", hours_per_day=Decimal(5),
                    starts_on=first + timedelta(days=number % 20),
                    ends_on=first + timedelta(days=160), legal_basis="school_practicum",
                )
                for number in range(count)
            ],
            batch_size=PEOPLE,
        )  # fmt: skip
        SeatReserve.objects.bulk_create(
            [
                SeatReserve(
                    vacancy=vacancy, school=self.schools[number % len(self.schools)],
                    seats=max(1, vacancy.seats // 4), kind="hard" if number % 50 == 0 else "soft",
                )
                for number, vacancy in enumerate(made)
                # A dozen partnerships, as a province has them.
                if vacancy.seats >= 4 and number % len(self.firms) < 12
            ]
        )  # fmt: skip
        return made

    def wishes(self) -> Iterator[tuple[User, list[Vacancy]]]:
        """Yield every student with five to twelve wishes, popular vacancies more often."""
        lengths = self.chance.integers(5, 13, len(self.students)).tolist()
        chances = np.cumsum(self.popularity / self.popularity.sum())
        for student, length in zip(self.students, lengths, strict=True):
            drawn = np.searchsorted(chances, self.chance.random(3 * length)).tolist()
            kept = list(dict.fromkeys(min(n, len(self.vacancies) - 1) for n in drawn))[:length]
            yield student, [self.vacancies[number] for number in kept]


def measured(say: Say) -> list[Figure]:
    """Rehearse on a database of its own."""
    students, vacancies = (300, 36) if SMALL else SIZES[connection.vendor]
    name = databases.own_name("rehearsal")
    template = databases.migrated()
    databases.drop(name)
    databases.copy(template, name)
    try:
        with databases.using(name):
            return rehearse(students, vacancies, say)
    finally:
        databases.drop(name)


def rehearse(students: int, vacancies: int, say: Say) -> list[Figure]:
    """Take a round from its draft to its published result; raise SystemExit where it is wrong."""
    clock = Clock(say)
    now = timezone.now()
    with clock.step("lay in people and vacancies"), transaction.atomic():
        nation = Nation(students, vacancies, now)
    officer, other = nation.officers
    with clock.step("open"):
        match_round = open_round(_drafted(nation), by=officer, at=now)
    with clock.step("wish"):
        for student, wanted in nation.wishes():
            set_wishes(match_round, wanted, by=student, at=now)
    count = Application.objects.filter(list__round=match_round).count()
    end_phase(match_round, by=officer, reason="rehearsal", at=now + timedelta(seconds=1))
    with clock.step("rank"):
        rank(nation, match_round, now + timedelta(seconds=2))
    end_phase(match_round, by=officer, reason="rehearsal", at=now + timedelta(seconds=3))
    later = now + timedelta(seconds=4)
    with clock.step("freeze"):
        freeze_round(match_round, by=officer, at=later)
    type_in_public_value(match_round, value="7", source="the paper", by=officer, at=later)
    with clock.step("run"):
        run = start_run(match_round, by=other, at=later)
        call_command("db_worker", batch=True, interval=0.05, verbosity=0)
    run.refresh_from_db()
    match_round.refresh_from_db()
    if run.violations or match_round.state != State.PROPOSED:
        raise SystemExit(f"the run was withheld: {run.violations[:3]}")
    for effect in queries.effects_of(run):
        if effect.worse:
            acknowledge_effect(effect, by=officer, at=later)
    with clock.step("publish"):
        approve_result(match_round, by=officer, at=later)
        call_command("db_worker", batch=True, interval=0.05, verbosity=0)
    match_round.refresh_from_db()
    _check(match_round, run.placed, students)
    say(f"{students:,} students, {vacancies:,} vacancies, {count:,} wishes: {run.placed:,} placed; "
        f"stages of the run {run.report['seconds']}")  # fmt: skip
    with clock.step("freeze again, in memory alone"):
        market.snapshot_of(match_round)
    peak = peak_megabytes()
    about = f"rehearsal of {students:,}: "
    return [
        *(Figure(about + step, round(seconds, 2), "s") for step, seconds in clock.seconds.items()),
        Figure(about + "peak memory of the process", round(peak), "MB"),
        Figure(about + "wishes taken in a second", round(students / clock.seconds["wish"]), "/s"),
    ]


def ranked_and_frozen(nation: Nation) -> MatchRound:
    """Return a round of the nation, wished, ranked and frozen by its first officer."""
    officer, now = nation.officers[0], nation.at
    match_round = drafted_and_wished(nation)
    end_phase(match_round, by=officer, reason="-", at=now + timedelta(seconds=1))
    rank(nation, match_round, now + timedelta(seconds=2))
    end_phase(match_round, by=officer, reason="-", at=now + timedelta(seconds=3))
    later = now + timedelta(seconds=4)
    freeze_round(match_round, by=officer, at=later)
    return type_in_public_value(match_round, value="7", source="-", by=officer, at=later)


def drafted_and_wished(nation: Nation) -> MatchRound:
    """Return an open round of the nation in which every student has wished."""
    match_round = _drafted(nation)
    open_round(match_round, by=nation.officers[0], at=nation.at)
    for student, wanted in nation.wishes():
        set_wishes(match_round, wanted, by=student, at=nation.at)
    return match_round


def _drafted(nation: Nation) -> MatchRound:
    now = nation.at
    return draft_round(
        MatchRound(
            code="rehearsal", title_fa="تمرین (نمونه)", title_en="Rehearsal (sample)",
            is_sample=True, wishes_close_at=now + timedelta(days=5),
            ranking_closes_at=now + timedelta(days=7), public_source="a public draw",
        ),
        by=nation.officers[0], at=now,
    )  # fmt: skip


def rank(nation: Nation, match_round: MatchRound, at: datetime) -> None:
    """Let every firm rank its applicants in four groups; one of fifty gets a reason."""
    owner = {firm.pk: one for firm, one in zip(nation.firms, nation.owners, strict=True)}
    for vacancy in nation.vacancies:
        verdicts = {}
        for wish in queries.applicants(vacancy, match_round):
            luck = nation.chance.random()
            verdicts[wish] = (
                Verdict(unsuitable=Unsuitable.DISTANCE, sentence="راه دور است.")
                if luck < 0.02
                else Verdict(tier=1 + int(luck * 4))
            )
        if verdicts:
            rank_applicants(vacancy, match_round, verdicts, by=owner[vacancy.firm_id], at=at)


def _check(match_round: MatchRound, placed: int, students: int) -> None:
    """Raise SystemExit unless everybody has one outcome and was told once."""
    found: dict[str, Callable[[], int]] = {
        "outcomes": lambda: MatchOutcome.objects.count(),
        "placed": lambda: MatchOutcome.objects.filter(vacancy__isnull=False).count(),
        "told": lambda: Notice.objects.filter(kind="matching.published").count(),
        "sent": lambda: Message.objects.filter(kind="matching.published").count(),
    }
    counts = {name: count() for name, count in found.items()}
    if match_round.state != State.PUBLISHED or counts != {
        "outcomes": students, "placed": placed, "told": students, "sent": 0,
    }:  # fmt: skip
        raise SystemExit(f"the published result is not whole: {counts}")
