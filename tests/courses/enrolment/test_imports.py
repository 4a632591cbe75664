"""Students from a school's spreadsheet: what is understood, what is refused, taken in, undone."""

import io
import os
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl.styles import Font

from courses.curricula.models import ProgrammeVersion
from courses.enrolment import import_kinds
from courses.enrolment.actions import enrol, record_seen_consent
from courses.enrolment.import_kinds.refusals import SomebodyElses
from courses.enrolment.models import Enrolment, Intake, SeatPool
from courses.enrolment.states import State as Place
from courses.imports import actions, tasks
from courses.imports.actions import steps
from courses.imports.kinds import KINDS
from courses.imports.models import Batch, Row
from courses.imports.refusals import RowsAreBad, TooLateToUndo
from courses.imports.states import Outcome, State, Verdict
from courses.kit import audit
from courses.kit.identity import check_digit
from courses.kit.persian import to_persian_digits
from courses.kit.refusal import AlreadyDone, IllegalMove
from courses.kit.tables import Table
from courses.people.models import Guardian, PersonalRecord, User
from tests.cast import NOW, Bodies, People, SignIn, make_intake, person
from tests.working import work_off

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

KIND = KINDS["enrolment.students"]
HEADERS = ("نام", "نام خانوادگی", "کد ملی", "تاریخ تولد", "جنسیت", "موبایل")


@pytest.fixture
def roomy(bodies: Bodies, version: ProgrammeVersion) -> Intake:
    """An open intake of the girls' school with twenty seats."""
    return make_intake(bodies.school, version, seats=20, code="roomy")


def code_of(number: int) -> str:
    """Return a valid national code; low numbers begin with zeros."""
    nine = f"{number:09d}"
    return f"{nine}{check_digit(nine)}"


def line(number: int, **changes: Any) -> tuple[str, ...]:
    """Return a good line of a table under HEADERS."""
    values = {
        "first_name": f"نام{number}", "last_name": "نمونه", "national_code": code_of(number),
        "birth_date": "1389/02/11", "sex": "دختر", "mobile": "",
    }  # fmt: skip
    return tuple(str(value) for value in (values | changes).values())


def table(*lines: tuple[str, ...], headers: tuple[str, ...] = HEADERS) -> Table:
    """Return a table as it comes out of a file; line 1 holds the headers."""
    return Table(headers, tuple(enumerate(lines, start=2)))


def received(intake: Intake, found: Table, by: User, *, at: datetime = NOW) -> Batch:
    """Give a table and let the check run."""
    batch = actions.receive(
        KIND, str(intake.public_id), found, file_name="students.xlsx", by=by, at=at
    )
    actions.check_rows(batch.pk, batch.attempt, at=at)
    batch.refresh_from_db()
    return batch


def taken_in(batch: Batch, by: User, *, policy: str = "skip", at: datetime = NOW) -> Batch:
    """Take a checked batch in and let the work run."""
    batch = actions.apply(batch, policy, by=by, at=at)
    actions.apply_rows(batch.pk, batch.attempt, by=by, at=at)
    batch.refresh_from_db()
    return batch


def undone(batch: Batch, by: User, *, at: datetime = NOW) -> Batch:
    """Undo a batch and let the work run."""
    batch = actions.undo(batch, by=by, at=at)
    actions.undo_rows(batch.pk, batch.attempt, by=by, at=at)
    batch.refresh_from_db()
    return batch


def verdicts(batch: Batch) -> list[str]:
    return list(batch.rows.values_list("verdict", flat=True))


def outcomes(batch: Batch) -> list[str]:
    return list(batch.rows.values_list("outcome", flat=True))


# --- the messy file ------------------------------------------------------------------------------
def messy() -> bytes:
    """Return thirty lines as a school office keeps them; three of them are wrong."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "لیست"
    sheet.append([
        "رديف", "نام  ", "نام خانوادگي", "كد ملّي (۱۰ رقم)", "تاريخ تولد", "جنسیت", "تلفن همراه",
        "پایه", "نام ولی", "نسبت", "همراه ولی", "ملاحظات",
    ])  # fmt: skip
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for number in range(1, 31):
        code: object = code_of(number)
        born: object = "۱۳۸۹/۰۲/۱۱"
        mobile: object = f"0914{number:07d}"
        match number % 6:
            case 0:
                code = int(code_of(20_000_000 + number))  # a number that lost its zeros
            case 1:
                born = date(2010, 5, 1)  # a date cell
            case 2:
                born, mobile = "1389-2-11", 9140000000 + number  # a mobile as a number
            case 3:
                code = f" {to_persian_digits(code_of(number))} "
            case 4:
                born, mobile = "۱۱ اردیبهشت ۱۳۸۹", "+98 914 " + f"{number:07d}"
            case 5:
                born, mobile = "2010-05-01", ""
        sheet.append([
            number, f"فاطمه‌{number} ", "كريمي", code, born, "دختر", mobile, "دهم",
            "علي نمونه" if number % 2 else None, "پدر" if number % 2 else None,
            f"0935{number:07d}" if number % 2 else None, "-",
        ])  # fmt: skip
    sheet["D9"] = "1234567890"  # a wrong check digit
    sheet["E15"] = "1389/13/40"  # no such day
    sheet["D22"] = sheet["D21"].value  # one person, two lines
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def upload(client: Client, intake: Intake, name: str, data: bytes) -> Any:
    return client.post(
        f"/imports/new/enrolment.students/{intake.public_id}/",
        {"file": SimpleUploadedFile(name, data)},
    )


def test_messy_file_of_thirty_takes_27_in_says_why_for_3_and_is_undone_by_one_press(
    bodies: Bodies, version: ProgrammeVersion, people: People, signed_in: SignIn
) -> None:
    intake = make_intake(bodies.school, version, seats=20, code="messy")
    client = signed_in(people.registrar)
    before = User.objects.count()
    given = upload(client, intake, "هنرجویان.xlsx", messy())
    assert given.status_code == 302
    work_off()
    page = client.get(given.headers["Location"]).content.decode()
    batch = Batch.objects.get()
    assert (batch.state, batch.total, batch.done) == (State.CHECKED, 30, 30)
    bad = {row.number: row.faults for row in batch.rows.filter(verdict=Verdict.BAD)}
    assert {number: faults[0]["column"] for number, faults in bad.items()} == {
        9: "national_code", 15: "birth_date", 22: "national_code",
    }  # fmt: skip
    assert bad[9][0]["typed"] == "1234567890"
    for faults in bad.values():
        assert faults[0]["fa"] in page
    assert User.objects.count() == before, "a preview writes nobody"

    client.post(f"/imports/{batch.public_id}/apply/", {"policy": "skip"})
    work_off()
    batch.refresh_from_db()
    assert batch.state == State.APPLIED
    assert outcomes(batch).count(Outcome.MADE) == 27
    assert outcomes(batch).count(Outcome.SKIPPED) == 3
    places = Enrolment.objects.filter(intake=intake)
    # Nobody has consented yet: twenty seats are kept, seven wait.
    assert places.filter(state=Place.HELD).count() == 20
    assert list(places.filter(state=Place.WAITLISTED).values_list("sequence", flat=True)) == [
        *range(1, 8)
    ]
    assert User.objects.count() == before + 27
    assert {r.birth_date for r in PersonalRecord.objects.filter(user__enrolments__in=places)} == {
        date(2010, 5, 1)
    }
    one = User.objects.get(record__national_code_end=code_of(1)[-4:], enrolments__in=places)
    assert (one.first_name, one.last_name, one.mobile) == ("فاطمه‌1", "کریمی", "+989140000001")
    assert (one.record.grade, one.guardians.get().relation) == (10, "father")
    assert {audit.trail(p).first().by for p in places} == {people.registrar}  # type: ignore[union-attr]

    client.post(f"/imports/{batch.public_id}/undo/")
    work_off()
    batch.refresh_from_db()
    assert batch.state == State.UNDONE
    assert outcomes(batch).count(Outcome.UNDONE) == 27
    assert set(places.values_list("state", flat=True)) == {Place.WITHDRAWN}
    assert SeatPool.objects.get(intake=intake).taken == 0
    emptied = User.objects.filter(enrolments__in=places)
    assert set(emptied.values_list("first_name", "mobile", "is_active")) == {("", None, False)}
    assert not PersonalRecord.objects.filter(user__in=emptied).exists()
    assert not Guardian.objects.filter(student__in=emptied).exists()


def test_rerun_changes_nothing(roomy: Intake, people: People) -> None:
    found = table(*(line(n) for n in range(5)))
    taken_in(received(roomy, found, people.registrar), people.registrar)
    counts = [m.objects.count() for m in (User, Enrolment, Guardian, PersonalRecord)]
    again = received(roomy, found, people.registrar)
    assert verdicts(again) == [Verdict.KNOWN] * 5
    again = taken_in(again, people.registrar)
    assert outcomes(again) == [Outcome.UNCHANGED] * 5
    assert [m.objects.count() for m in (User, Enrolment, Guardian, PersonalRecord)] == counts
    undone(again, people.registrar)
    assert Enrolment.objects.filter(intake=roomy, state=Place.HELD).count() == 5


def test_import_after_an_undone_one_takes_them_in_again(roomy: Intake, people: People) -> None:
    found = table(line(1))
    undone(taken_in(received(roomy, found, people.registrar), people.registrar), people.registrar)
    again = taken_in(received(roomy, found, people.registrar), people.registrar)
    assert outcomes(again) == [Outcome.MADE]
    assert Enrolment.objects.filter(intake=roomy, state=Place.HELD).count() == 1


def test_same_file_twice_is_one_batch(roomy: Intake, people: People) -> None:
    found = table(line(1))
    first = received(roomy, found, people.registrar)
    assert received(roomy, found, people.registrar) == first
    assert Batch.objects.count() == 1


def test_known_people_are_recognised_and_not_changed(
    roomy: Intake, people: People, bodies: Bodies
) -> None:
    known = taken_in(received(roomy, table(line(1, mobile="09141111111")), people.registrar),
                     people.registrar)  # fmt: skip
    student = Enrolment.objects.get(pk=known.rows.get().made["enrolment"]).student
    other = make_intake(bodies.school, roomy.version, code="other")
    by_code = line(1, first_name="دیگر")
    by_mobile = line(1, national_code="", mobile="09141111111")
    by_reference = (*line(1, national_code=""), str(student.public_id))
    for cells, headers in (
        (by_code, HEADERS), (by_mobile, HEADERS), (by_reference, (*HEADERS, "کد جوار")),
    ):  # fmt: skip
        batch = taken_in(
            received(other, table(cells, headers=headers), people.registrar), people.registrar
        )
        place = Enrolment.objects.get(pk=batch.rows.get().made["enrolment"])
        assert (place.student, place.student.first_name) == (student, "نام1")
        undone(batch, people.registrar)
    student.refresh_from_db()
    assert (student.is_active, student.first_name) == (True, "نام1"), "the first import's account"


FAULTS = [
    ({"first_name": ""}, "first_name"),
    ({"national_code": "123"}, "national_code"),
    ({"birth_date": ""}, "birth_date"),
    ({"birth_date": "1389"}, "birth_date"),
    ({"sex": "?"}, "sex"),
    ({"mobile": "12"}, "mobile"),
    ({"national_code": "", "mobile": ""}, "national_code"),
    ({"birth_date": "1400/01/01"}, ""),  # too young for the intake
    ({"sex": "پسر"}, ""),  # a girls' school
]


@pytest.mark.parametrize(("change", "column"), FAULTS)
def test_what_is_wrong_with_a_line_is_said_in_two_languages(
    roomy: Intake, people: People, change: dict[str, str], column: str
) -> None:
    batch = received(roomy, table(line(1), line(2, **change)), people.registrar)
    assert verdicts(batch) == [Verdict.NEW, Verdict.BAD]
    (fault,) = batch.rows.get(number=3).faults
    assert fault["column"] == column
    assert "" not in {fault["fa"], fault["en"]}
    assert fault["fa"] != fault["en"]


def test_somebody_elses_number_and_another_birth_date_are_faults(
    roomy: Intake, people: People
) -> None:
    taken_in(received(roomy, table(line(1, mobile="09141111111")), people.registrar),
             people.registrar)  # fmt: skip
    batch = received(
        roomy,
        table(line(2, mobile="09141111111"), line(1, birth_date="1388/01/01")),
        people.registrar,
    )
    assert [row.faults[0]["column"] for row in batch.rows.all()] == ["mobile", "birth_date"]


def test_code_of_this_site_counts_within_the_own_school_only(roomy: Intake, people: People) -> None:
    foreign = person("foreign", age=16)
    cells = (*line(1, national_code=""), str(foreign.public_id))
    batch = received(roomy, table(cells, headers=(*HEADERS, "کد جوار")), people.registrar)
    assert batch.rows.get().faults[0]["column"] == "national_code", "nobody is recognised"


def test_guardian_is_whole_or_absent(roomy: Intake, people: People) -> None:
    headers = (*HEADERS, "نام ولی", "نسبت", "همراه ولی")
    batch = received(
        roomy,
        table(
            (*line(1), "علی", "پدر", ""),
            (*line(2, mobile="09141111111"), "علی", "پدر", "09141111111"),
            (*line(3), "", "", ""), (*line(4), "علی", "پدر", "09142222222"), headers=headers,
        ),
        people.registrar,
    )  # fmt: skip
    assert verdicts(batch) == [Verdict.BAD, Verdict.BAD, Verdict.NEW, Verdict.NEW]


def test_columns_are_guessed_or_named(roomy: Intake, people: People) -> None:
    headers = ("الف", "نام خانوادگی", "کد ملی", "تاریخ تولد", "جنسیت", "موبایل")
    batch = received(roomy, table(line(1), headers=headers), people.registrar)
    assert (batch.state, batch.rows.count(), "first_name" in batch.columns) == (
        State.CHECKED, 0, False,
    )  # fmt: skip
    batch = actions.choose_columns(
        batch, batch.columns | {"first_name": 0}, by=people.registrar, at=NOW
    )
    actions.check_rows(batch.pk, batch.attempt, at=NOW)
    assert verdicts(batch) == [Verdict.NEW]


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

    assert asked(1, 100) == asked(120, 200)


# --- hostile files -------------------------------------------------------------------------------
def wounded(luck: random.Random, data: bytes) -> bytes:
    """Return a file with some of its bytes changed, cut out, doubled or cut off."""
    hurt = bytearray(data)
    for _wound in range(luck.choice([1, 1, 3, 20])):
        where = luck.randrange(len(hurt) or 1)
        match luck.randrange(5):
            case 0:
                hurt[where : where + 1] = bytes([luck.randrange(256)])
            case 1:
                del hurt[where : where + luck.randrange(1, 60)]
            case 2:
                hurt[where:where] = hurt[where : where + luck.randrange(1, 200)]
            case 3:
                hurt[where:where] = luck.choice(
                    [b"\x00", b"\xff\xfe", b'"', b"\r", b"=1+1", "ي".encode()]
                )
            case _:
                del hurt[len(hurt) - luck.randrange(1, 40) :]
        if not hurt:
            hurt += b"x"
    return bytes(hurt)


def test_fuzzed_files_never_break_the_site(
    roomy: Intake, people: People, signed_in: SignIn
) -> None:
    import os  # noqa: PLC0415

    client = signed_in(people.registrar)
    rows = [",".join(HEADERS), *(",".join(line(n)) for n in range(8))]
    whole = {"a.csv": "\r\n".join(rows).encode("utf-8-sig"), "a.xlsx": messy()}
    luck = random.Random("fuzz")
    answers = set()
    for _file in range(2000 if os.environ.get("JAVAR_DEEP") == "1" else 120):
        name = luck.choice(sorted(whole))
        given = upload(client, roomy, name, wounded(luck, whole[name]))
        answers.add(given.status_code)
        if given.status_code == 302:
            work_off()
            assert client.get(given.headers["Location"]).status_code == 200
            batch = Batch.objects.latest("pk")
            assert batch.state == State.CHECKED
    assert answers == {302, 422}
    assert Enrolment.objects.count() == 0
