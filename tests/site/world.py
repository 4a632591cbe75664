"""A small world in which every address names something, built once for the table of doors."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django_tasks_db.models import DBTaskResult
from PIL import Image

from courses.curricula.actions import freeze_programme
from courses.enrolment.actions import apply_to, change_seats, hand_in
from courses.enrolment.models import Document, Enrolment, Intake, SeatChange
from courses.enrolment.queries.links import CONSENT_LINK, OFFER_LINK
from courses.imports.actions import check_rows, receive
from courses.imports.kinds import KINDS
from courses.imports.models import Batch
from courses.kit import holds
from courses.kit.tables import Table
from courses.kit.uploads import read_document
from courses.matching.actions.auditors import make_auditor_link
from courses.matching.actions.freezing import freeze_round, type_in_public_value
from courses.matching.actions.objections import raise_objection
from courses.matching.actions.publishing import approve_result, publish_round
from courses.matching.actions.rounds import draft_round, open_round
from courses.matching.actions.runs import finish_run, start_run
from courses.matching.actions.wishes import add_wish
from courses.matching.models import Application, MatchOutcome, MatchRound, Objection
from courses.notices.actions import make_link, welcome
from courses.notices.models import Message
from courses.notices.states import MessageState
from courses.organisations.actions import grant_role
from courses.organisations.models import Kind, Role
from courses.people.models import User
from courses.vacancies.models import Vacancy
from tests import databases
from tests.cast import (
    NOW,
    Bodies,
    People,
    SetClock,
    body,
    enact_statute,
    make_bodies,
    make_intake,
    make_occupation,
    make_people,
    make_programme,
    make_skills,
    person,
    vacancy_maker,
)


@dataclass
class World:
    """Everything an address may name. Aylin has a seat and a wish, Sara neither."""

    people: People
    counsellor: User
    guild: User
    bodies: Bodies
    intake: Intake
    enrolment: Enrolment
    vacancy: Vacancy
    draft: Vacancy
    round: MatchRound
    new_round: MatchRound
    old_round: MatchRound
    wish: Application
    change: SeatChange
    document: Document
    message: Message
    batch: Batch
    consent_token: str
    offer_token: str
    start_token: str
    outcome: MatchOutcome
    objection: Objection
    audit_token: str
    failed_task: DBTaskResult


def build_world() -> World:
    """Build the world around NOW; the site must believe that it is NOW."""
    bodies = make_bodies()
    people = make_people(bodies)
    counsellor, guild = person("counsellor"), person("guild")
    grant_role(counsellor, bodies.school, Role.COUNSELLOR, by=None, at=NOW)
    grant_role(guild, body("guild", Kind.GUILD), Role.OFFICER, by=None, at=NOW)
    enact_statute()
    skills = make_skills()
    make_vacancy = vacancy_maker(people, bodies, make_occupation(skills), skills)
    version = freeze_programme(make_programme(), by=None, at=NOW)
    intake = make_intake(bodies.school, version, seats=9)
    vacancy = make_vacancy()

    def new_round(code: str, days: int) -> MatchRound:
        return draft_round(
            MatchRound(
                code=code, title_fa=code, title_en=code,
                wishes_close_at=NOW + timedelta(days=days),
                ranking_closes_at=NOW + timedelta(days=days + 2), public_source="-",
            ),
            by=people.officer, at=NOW - timedelta(days=40),
        )  # fmt: skip

    old = open_round(new_round("old", -20), by=people.officer, at=NOW - timedelta(days=40))
    add_wish(old, vacancy, by=people.aylin, at=NOW - timedelta(days=30))
    then = NOW - timedelta(days=10)
    freeze_round(old, by=people.officer_2, at=then)
    type_in_public_value(old, value="7", source="-", by=people.officer_2, at=then)
    finish_run(start_run(old, by=people.officer, at=then))
    old.refresh_from_db()
    approve_result(old, by=people.officer_2, at=NOW - timedelta(days=9))
    publish_round(old, at=NOW - timedelta(days=9))
    outcome = MatchOutcome.objects.get(run__round=old)
    objection = raise_objection(outcome, text="-", by=people.aylin, at=NOW - timedelta(days=8))
    present = open_round(new_round("present", 5), by=people.officer, at=NOW - timedelta(days=1))
    enrolment = apply_to(intake, by=people.aylin, at=NOW)
    second = person("second_registrar")
    grant_role(second, bodies.school, Role.REGISTRAR, by=None, at=NOW)
    change = change_seats(intake.pools.get(), 20, by=second, reason="-", at=NOW)
    photo = io.BytesIO()
    Image.new("RGB", (40, 40)).save(photo, "PNG")
    clean = read_document("photo.png", photo.getvalue())
    table = Table(("نام", "نام خانوادگی", "کد ملی", "تاریخ تولد"), ((2, ("-", "-", "-", "-")),))
    batch = receive(
        KINDS["enrolment.students"], str(intake.public_id), table, file_name="a.csv",
        by=people.registrar, at=NOW,
    )  # fmt: skip
    check_rows(batch.pk, batch.attempt, at=NOW)
    assert isinstance(change, SeatChange)
    guardian = people.aylin.guardians.get()
    soon = NOW + timedelta(days=1)
    holds.put({}, at=NOW)
    return World(
        people, counsellor, guild, bodies, intake, enrolment, vacancy,
        make_vacancy(draft=True), present, new_round("draft", 9), old,
        add_wish(present, vacancy, by=people.aylin, at=NOW),
        change, hand_in(enrolment, "photo", clean, by=people.aylin, at=NOW),
        Message.objects.create(
            recipient=people.aylin, kind="learning.completed", key="stuck", channel="sms",
            to="+989000000000", state=MessageState.DEAD, made_at=NOW, not_before=NOW,
        ),
        batch,
        make_link(CONSENT_LINK, f"{enrolment.public_id}:{guardian.pk}", expires_at=soon, at=NOW),
        make_link(OFFER_LINK, str(enrolment.public_id), expires_at=soon, at=NOW),
        welcome(people.sara, by=people.registrar, at=NOW).split("/")[2],
        outcome, objection,
        make_auditor_link(
            old, auditor="-", purpose="-", days=3, by=people.officer, at=NOW
        ),
        DBTaskResult.objects.create(
            status="FAILED", args_kwargs={}, task_path="courses.imports.tasks.check",
            backend_name="default", run_after=NOW, finished_at=NOW, exception_class_path="-",
            traceback="-",
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def built(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Path]]:
    """Build the world once, in a database of its own; return it, and where its papers lie."""
    name = databases.own_name("doors")
    papers = tmp_path_factory.mktemp("papers")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: NOW)
        databases.drop(name)
        databases.copy(databases.migrated(), name)
        with databases.using(name):
            with override_settings(PRIVATE_ROOT=papers):
                world = build_world()
            with django_db_blocker.block():
                yield world, papers
        databases.drop(name)


@pytest.fixture
def world(
    built: tuple[World, Path], db: None, clock: SetClock, own_private_files: None, settings: Any
) -> World:
    """Let the site believe that it is NOW, and find the papers handed in."""
    found, settings.PRIVATE_ROOT = built
    return found
