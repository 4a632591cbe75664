"""Students from a school's spreadsheet: what is understood, what is refused."""

import io
import os
import random
from datetime import date

import openpyxl
import pytest
from openpyxl.styles import Font

from courses.curricula.models import ProgrammeVersion
from courses.enrolment.models import Enrolment, Intake, SeatPool
from courses.enrolment.states import State as Place
from courses.imports import actions
from courses.imports.models import Batch
from courses.imports.states import Outcome, State, Verdict
from courses.kit import audit
from courses.kit.persian import to_persian_digits
from courses.people.models import Guardian, PersonalRecord, User
from tests.cast import NOW, Bodies, People, SignIn, make_intake, person
from tests.courses.enrolment.spreadsheets import (
    HEADERS,
    code_of,
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
    User.objects.filter(pk=student.pk).update(mobile_proven_at=NOW)
    other = make_intake(bodies.school, roomy.version, code="other")
    by_code = line(1, first_name="نام 1", last_name="نمونه")
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
