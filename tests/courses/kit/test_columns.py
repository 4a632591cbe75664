"""Whole columns out of the database and rows into it: the same as the ordinary way, any engine."""

import uuid
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, IntegerField, Value
from django.db.models.functions import Coalesce
from django.test.utils import CaptureQueriesContext

from courses.kit import columns
from courses.kit.columns import insert_rows, read_integers
from courses.matching.models import (
    Application,
    MatchOutcome,
    MatchRun,
    PreferenceList,
)
from courses.matching.states import Answer
from courses.people.models import User
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, People
from tests.courses.matching.small_rounds import opened, student_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(people: People, bodies: Bodies, vacancy: Vacancy) -> list[PreferenceList]:
    """Three lists of one round, two of them with the only wish."""
    match_round = opened(people)
    found = [
        PreferenceList.objects.create(
            round=match_round, student=student, pseudonym=f"p{number}", changed_at=NOW
        )
        for number, student in enumerate(
            (people.aylin, people.sara, student_of(bodies.school, "third"))
        )
    ]
    for row in found[:2]:
        Application.objects.create(list=row, vacancy=vacancy, rank=1)
    return found


def _rows(queryset: Any) -> list[tuple[int, ...]]:
    return list(zip(*(column.tolist() for column in read_integers(queryset)), strict=True))


def test_columns_are_the_rows_of_the_query_in_its_order(lists: list[PreferenceList]) -> None:
    for order in ("pk", "-pk"):
        asked = PreferenceList.objects.order_by(order).values_list("pk", "student_id", "round_id")
        assert _rows(asked) == list(asked)
        assert [column.dtype for column in read_integers(asked)] == [np.int64] * 3


def test_parameters_and_annotations_are_read(lists: list[PreferenceList]) -> None:
    asked = (
        Application.objects.filter(list__pseudonym__in=["p1", "p2", "it's %s"])
        .annotate(twice=F("rank") * 2)
        .values_list("list_id", "twice", Coalesce("standing__tier", Value(-7),
                                                  output_field=IntegerField()))
    )  # fmt: skip
    assert _rows(asked) == [(lists[1].pk, 2, -7)]


def test_no_rows_are_empty_columns(lists: list[PreferenceList]) -> None:
    found = read_integers(PreferenceList.objects.filter(pk=0).values_list("pk", "student_id"))
    assert [column.tolist() for column in found] == [[], []]


def test_a_null_is_refused(lists: list[PreferenceList]) -> None:
    with pytest.raises(ValueError, match="null"):
        read_integers(Application.objects.values_list("pk", "standing__tier"))


def test_columns_are_read_while_queries_are_logged(lists: list[PreferenceList]) -> None:
    with CaptureQueriesContext(connection):
        asked = PreferenceList.objects.filter(pseudonym="p1").values_list("pk", "student_id")
        assert _rows(asked) == [(lists[1].pk, lists[1].student_id)]


def test_reading_by_copy_may_stand_inside_a_transaction(lists: list[PreferenceList]) -> None:
    with transaction.atomic():
        Application.objects.filter(list=lists[0]).delete()
        assert _rows(Application.objects.values_list("list_id")) == [(lists[1].pk,)]


FIELDS = ("public_id", "run", "list", "vacancy", "rank", "seat", "groups", "ticket", "wishes",
          "answer")  # fmt: skip


def _outcome(run: MatchRun, listed: PreferenceList, vacancy: Vacancy | None) -> tuple[Any, ...]:
    return (
        uuid.uuid4(), run.pk, listed.pk, vacancy and vacancy.pk, 1 if vacancy else None,
        "open\tand\\more\n" if vacancy else "", ["کد", "b"], 3, b"\x00\xff\\x",
        Answer.OFFERED if vacancy else Answer.UNPLACED,
    )  # fmt: skip


@pytest.fixture
def run(lists: list[PreferenceList], people: People) -> MatchRun:
    """A run nobody has worked on."""
    return MatchRun.objects.create(
        round=lists[0].round, number=1, started_by=people.officer, started_at=NOW
    )


def test_rows_are_written_as_the_ordinary_way_writes_them(
    run: MatchRun, lists: list[PreferenceList], vacancy: Vacancy
) -> None:
    rows = [_outcome(run, lists[0], vacancy), _outcome(run, lists[1], None)]
    assert insert_rows(MatchOutcome, FIELDS, iter(rows)) == 2
    attributes = ("public_id", "run_id", "list_id", "vacancy_id", "rank", "seat", "groups",
                  "ticket", "wishes", "answer")  # fmt: skip
    found = [
        tuple(bytes(value) if name == "wishes" else value
              for name, value in zip(attributes, row, strict=True))
        for row in MatchOutcome.objects.order_by("list").values_list(*attributes)
    ]  # fmt: skip
    assert found == rows
    assert MatchOutcome.objects.filter(answered_at__isnull=True).count() == 2


def test_fields_left_out_take_the_models_default_anew_for_each_row(
    run: MatchRun, lists: list[PreferenceList]
) -> None:
    fields = ("run", "list", "ticket", "wishes", "answer")
    rows = [(run.pk, row.pk, 1, b"", Answer.UNPLACED) for row in lists]
    assert insert_rows(MatchOutcome, fields, rows) == 3
    found = MatchOutcome.objects.all()
    assert len({outcome.public_id for outcome in found}) == 3
    assert [outcome.groups for outcome in found] == [[], [], []]


def test_moments_and_flags_are_written(people: People, lists: list[PreferenceList]) -> None:
    wished = NOW + timedelta(microseconds=7)
    rows = [(lists[0].round_id, people.stranger.pk, "px", wished)]
    assert insert_rows(PreferenceList, ("round", "student", "pseudonym", "changed_at"), rows) == 1
    assert PreferenceList.objects.get(pseudonym="px").changed_at == wished


def test_nothing_is_nothing(run: MatchRun) -> None:
    assert insert_rows(MatchOutcome, FIELDS, []) == 0
    assert not MatchOutcome.objects.exists()


def test_many_batches_are_written_whole(
    people: People, lists: list[PreferenceList], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "_BATCH", 2)
    students = [User.objects.create(username=f"u{number}") for number in range(5)]
    rows = [(lists[0].round_id, student.pk, student.username, NOW) for student in students]
    fields = ("round", "student", "pseudonym", "changed_at")
    assert insert_rows(PreferenceList, fields, rows) == 5
    assert set(PreferenceList.objects.filter(student__in=students).values_list("pseudonym")) == {
        (student.username,) for student in students
    }


def test_constraints_hold(run: MatchRun, lists: list[PreferenceList], vacancy: Vacancy) -> None:
    twice = [_outcome(run, lists[0], vacancy), _outcome(run, lists[0], None)]
    unplaced_with_rank = [
        (*_outcome(run, lists[1], None)[:4], 1, *_outcome(run, lists[1], None)[5:])
    ]
    for rows in (twice, unplaced_with_rank):
        with pytest.raises(IntegrityError), transaction.atomic():
            insert_rows(MatchOutcome, FIELDS, rows)
    assert not MatchOutcome.objects.exists()


def test_an_unknown_field_is_refused(run: MatchRun) -> None:
    with pytest.raises(Exception, match="nonsense"):
        insert_rows(MatchOutcome, ("nonsense",), [(1,)])


def test_the_engine_in_use_is_one_of_two() -> None:
    assert connection.vendor in ("postgresql", "sqlite")
