"""An import's steps: all or none, a killed worker, undoing, what is forgotten and when."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from courses.curricula.models import ProgrammeVersion
from courses.enrolment import import_kinds
from courses.enrolment.actions import enrol, record_seen_consent
from courses.enrolment.import_kinds.refusals import SomebodyElses
from courses.enrolment.models import Enrolment, Intake
from courses.enrolment.states import State as Place
from courses.imports import actions, tasks
from courses.imports.actions import steps
from courses.imports.models import Batch, Row
from courses.imports.refusals import RowsAreBad, TooLateToUndo
from courses.imports.states import Outcome, State, Verdict
from courses.kit import audit
from courses.kit.refusal import AlreadyDone, IllegalMove
from courses.people.models import Guardian, User
from tests.cast import NOW, Bodies, People, SetClock, SignIn, make_intake
from tests.courses.enrolment.spreadsheets import (
    KIND,
    line,
    outcomes,
    received,
    table,
    taken_in,
    undone,
    upload,
    verdicts,
)
from tests.working import work_off

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_all_or_none_takes_none_where_one_is_bad(roomy: Intake, people: People) -> None:
    batch = received(roomy, table(line(1), line(2, birth_date="-")), people.registrar)
    with pytest.raises(RowsAreBad):
        actions.apply(batch, "all", by=people.registrar, at=NOW)
    batch.refresh_from_db()
    assert (batch.state, Enrolment.objects.count()) == (State.CHECKED, 0)


def test_all_or_none_takes_none_where_the_world_has_changed(
    roomy: Intake, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = received(roomy, table(line(1), line(2), line(3)), people.registrar)
    made: list[int] = []
    real = import_kinds.StudentImport.make

    def make(self: Any, draft: Any) -> Any:
        if len(made) == 1:
            # Between two rows another registrar took this person in, elsewhere.
            raise SomebodyElses
        made.append(draft.number)
        return real(self, draft)

    monkeypatch.setattr(import_kinds.StudentImport, "make", make)
    before = User.objects.count()
    batch = taken_in(batch, people.registrar, policy="all")
    assert (batch.state, verdicts(batch)) == (
        State.CHECKED, [Verdict.NEW, Verdict.BAD, Verdict.NEW],
    )  # fmt: skip
    assert (Enrolment.objects.count(), User.objects.count()) == (0, before)
    assert outcomes(batch) == ["", "", ""]


class Killed(BaseException):
    """The worker is gone."""


@pytest.mark.parametrize("moment", range(1, 6))
def test_worker_killed_while_taking_in_is_followed_by_another(
    roomy: Intake, people: People, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    monkeypatch.setattr(steps, "TOGETHER", 2)
    batch = received(roomy, table(*(line(n) for n in range(1, 6))), people.registrar)
    batch = actions.apply(batch, "skip", by=people.registrar, at=NOW)
    real, calls = import_kinds.StudentImport.make, [0]

    def make(self: Any, draft: Any) -> Any:
        calls[0] += 1
        effect = real(self, draft)
        if calls[0] == moment:
            raise Killed
        return effect

    monkeypatch.setattr(import_kinds.StudentImport, "make", make)
    with pytest.raises(Killed):
        actions.apply_rows(batch.pk, batch.attempt, by=people.registrar, at=NOW)
    assert outcomes(batch).count(Outcome.MADE) == 2 * ((moment - 1) // 2)
    tasks.take_up_lost_imports(NOW + timedelta(minutes=5))
    work_off()
    batch.refresh_from_db()
    assert (batch.state, outcomes(batch)) == (State.APPLIED, [Outcome.MADE] * 5)
    assert Enrolment.objects.filter(intake=roomy).count() == 5


def test_worker_killed_while_checking_is_followed_by_another(
    roomy: Intake, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "PORTION", 2)
    batch = actions.receive(
        KIND, str(roomy.public_id), table(line(1), line(2), line(3), line(1)),
        file_name="a", by=people.registrar, at=NOW,
    )  # fmt: skip
    real, calls = Row.objects.bulk_create, [0]

    def bulk_create(rows: Any) -> Any:
        calls[0] += 1
        if calls[0] == 2:
            raise Killed
        return real(rows)

    with monkeypatch.context() as patch:
        patch.setattr(type(Row.objects), "bulk_create", lambda _self, rows: bulk_create(rows))
        with pytest.raises(Killed):
            actions.check_rows(batch.pk, batch.attempt, at=NOW)
    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.rows.count()) == (State.CHECKING, 2, 2)
    actions.check_rows(batch.pk, batch.attempt, at=NOW)
    # The line that repeats an earlier worker's is found.
    assert verdicts(batch) == [Verdict.NEW] * 3 + [Verdict.BAD]


def test_second_worker_on_the_same_step_does_nothing(roomy: Intake, people: People) -> None:
    batch = taken_in(received(roomy, table(line(1)), people.registrar), people.registrar)
    lines = audit.trail(batch).count()
    actions.apply_rows(batch.pk, batch.attempt, by=people.registrar, at=NOW)
    actions.check_rows(batch.pk, 1, at=NOW)
    assert (Enrolment.objects.count(), audit.trail(batch).count()) == (1, lines)


def test_moves_that_are_over_are_refused(roomy: Intake, people: People) -> None:
    batch = received(roomy, table(line(1)), people.registrar)
    stale = Batch.objects.get(pk=batch.pk)
    taken_in(batch, people.registrar)
    with pytest.raises(AlreadyDone):
        actions.apply(stale, "skip", by=people.registrar, at=NOW)
    batch.refresh_from_db()
    with pytest.raises(IllegalMove):
        actions.drop(batch, by=people.registrar, at=NOW)


def test_who_has_come_is_kept_when_an_import_is_undone(roomy: Intake, people: People) -> None:
    batch = taken_in(received(roomy, table(line(1), line(2)), people.registrar), people.registrar)
    came = Enrolment.objects.get(pk=batch.rows.get(number=2).made["enrolment"])
    guardian = Guardian.objects.create(
        student=came.student, full_name="-", relation="father", mobile="+989000000001"
    )
    record_seen_consent(came, guardian, channel="in_person", scan=None, by=people.registrar, at=NOW)
    came.refresh_from_db()
    enrol(came, by=people.registrar, at=NOW)
    batch = undone(batch, people.registrar)
    assert outcomes(batch) == [Outcome.KEPT, Outcome.UNDONE]
    came.refresh_from_db()
    assert (came.state, came.student.first_name) == (Place.ENROLLED, "نام1")


def test_undo_is_possible_for_a_day(roomy: Intake, people: People) -> None:
    batch = taken_in(received(roomy, table(line(1)), people.registrar), people.registrar)
    with pytest.raises(TooLateToUndo):
        actions.undo(batch, by=people.registrar, at=NOW + timedelta(days=1))


def test_files_are_deleted_after_a_day(
    roomy: Intake, people: People, django_capture_on_commit_callbacks: Any
) -> None:
    batch = received(roomy, table(line(1), line(2, national_code="99")), people.registrar)
    path = batch.table.path
    with django_capture_on_commit_callbacks(execute=True):
        tasks.forget_old_files(NOW + timedelta(hours=23))
    batch.refresh_from_db()
    assert bool(batch.table) is True
    with django_capture_on_commit_callbacks(execute=True):
        tasks.forget_old_files(NOW + timedelta(hours=25))
    batch.refresh_from_db()
    assert (bool(batch.table), batch.table.storage.exists(path)) == (False, False)
    assert batch.rows.get(number=3).faults[0]["typed"] == ""


def test_file_that_never_became_a_batch_is_swept(
    roomy: Intake, people: People, settings: Any, tmp_path: Path
) -> None:
    settings.PRIVATE_ROOT = tmp_path
    batch = received(roomy, table(line(1)), people.registrar)
    lost = Path(batch.table.path).with_name("lost")
    lost.write_bytes(b"x")
    made = datetime(2026, 11, 23, 10, tzinfo=UTC)
    os.utime(lost, (made.timestamp(), made.timestamp()))
    assert actions.sweep_tables(before=made) == 0
    assert actions.sweep_tables(before=made + timedelta(seconds=1)) == 1
    assert (lost.exists(), Path(batch.table.path).exists()) == (False, True)


def test_names_are_forgotten_after_half_a_year(roomy: Intake, people: People) -> None:
    batch = taken_in(received(roomy, table(line(1)), people.registrar), people.registrar)
    tasks.forget_old_names(NOW + timedelta(days=179))
    assert batch.rows.get().label == "نام1 نمونه"
    tasks.forget_old_names(NOW + timedelta(days=181))
    assert (batch.rows.get().label, batch.rows.get().outcome) == ("", Outcome.MADE)


def test_import_after_the_closing_needs_the_list_to_be_called_still(
    bodies: Bodies, version: ProgrammeVersion, people: People
) -> None:
    closed = make_intake(
        bodies.school, version, code="closed", seats=5, closes_at=NOW - timedelta(days=1),
        opens_at=NOW - timedelta(days=9),
    )  # fmt: skip
    batch = taken_in(received(closed, table(line(1)), people.registrar), people.registrar)
    assert outcomes(batch) == [Outcome.MADE]
    place = Enrolment.objects.get(intake=closed)
    trail = audit.trail(place).first()
    assert trail is not None
    assert (trail.by, trail.reason) == (people.registrar, "از فایل هنرستان")


def test_registrar_of_another_school_imports_nothing(
    roomy: Intake, people: People, signed_in: SignIn
) -> None:
    assert upload(signed_in(people.onlooker), roomy, "a.csv", b"x").status_code == 404
    assert upload(signed_in(people.teacher), roomy, "a.csv", b"x").status_code == 403
    batch = received(roomy, table(line(1)), people.registrar)
    assert signed_in(people.onlooker).get(f"/imports/{batch.public_id}/").status_code == 404


def test_number_of_queries_of_a_check_does_not_grow_with_a_portion(
    roomy: Intake, people: People, django_assert_num_queries: Any
) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    def asked(number: int, start: int) -> int:
        found = table(*(line(n) for n in range(start, start + number)))
        batch = actions.receive(
            KIND, str(roomy.public_id), found, file_name="a", by=people.registrar, at=NOW
        )
        with CaptureQueriesContext(connection) as caught:
            actions.check_rows(batch.pk, batch.attempt, at=NOW)
        return len(caught)

    # As many as one INSERT carries on SQLite.
    assert asked(1, 100) == asked(80, 200)


def test_undo_asks_no_dates(roomy: Intake, people: People, clock: SetClock) -> None:
    """Taken in on the last day of the list, taken back on the next."""
    last = datetime.combine(roomy.list_closes_on, NOW.time(), UTC)
    clock(last)
    batch = taken_in(
        received(roomy, table(line(1)), people.registrar, at=last), people.registrar, at=last
    )
    assert outcomes(batch) == [Outcome.MADE]
    batch = undone(batch, people.registrar, at=last + timedelta(hours=20))
    assert (batch.state, outcomes(batch)) == (State.UNDONE, [Outcome.UNDONE])
