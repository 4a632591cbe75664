"""Who a line of a file is: recognised surely, asked about, or new; nothing merges by itself.

The first test fails on the code of before: a line was given to whoever had typed its mobile.
"""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.enrolment.import_kinds import students
from courses.enrolment.models import Enrolment, Intake
from courses.imports import actions
from courses.imports.states import Outcome, Verdict
from courses.kit.tables import read_table
from courses.people.models import Guardian
from tests.cast import NOW, Bodies, People, SignIn, make_intake
from tests.courses.enrolment.recognition import GUARDIAN, NUMBER, account, keys, row_of
from tests.courses.enrolment.spreadsheets import (
    HEADERS,
    code_of,
    line,
    outcomes,
    received,
    table,
    taken_in,
    verdicts,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_account_that_only_typed_a_number_gets_neither_the_place_nor_the_guardian(
    roomy: Intake, people: People, signed_in: SignIn
) -> None:
    """Pre-hijacking: sign up with a classmate's mobile and birth date, let her school import."""
    thief = account("thief", name=("Thief", "Q"))
    found = table((*line(1, mobile=NUMBER), "ولی قربانی", "مادر", "09142222222"), headers=GUARDIAN)

    batch = taken_in(received(roomy, found, people.registrar), people.registrar)

    assert (verdicts(batch), outcomes(batch)) == ([Verdict.NEW], [Outcome.MADE])
    victim = Enrolment.objects.get(intake=roomy).student
    assert victim != thief
    assert (victim.mobile, victim.mobile_proven_at) == ("+989141111111", None)
    assert (thief.enrolments.count(), thief.guardians.count()) == (0, 0)
    client = signed_in(thief)
    assert "/enrolments/" not in client.get("/my/places/").content.decode()
    place = victim.enrolments.get()
    assert client.get(f"/enrolments/{place.public_id}/").status_code == 404


def test_thief_who_typed_the_name_too_and_came_to_the_school_is_looked_at(
    roomy: Intake, people: People, bodies: Bodies
) -> None:
    thief = account("thief")
    other = make_intake(bodies.school, roomy.version, code="other")
    Enrolment.objects.create(
        intake=other, student=thief, state="withdrawn", asked_at=NOW, moved_at=NOW
    )
    found = table((*line(1, mobile=NUMBER), "ولی", "مادر", "09142222222"), headers=GUARDIAN)
    batch = taken_in(received(roomy, found, people.registrar), people.registrar)
    assert (verdicts(batch), outcomes(batch)) == ([Verdict.LOOK], [Outcome.SKIPPED])
    assert not Guardian.objects.filter(student=thief).exists()


@pytest.mark.parametrize(
    ("account_is", "typed"),
    [
        ({"proven": True, "code": code_of(1)}, {}),
        ({"proven": True}, {"mobile": NUMBER}),
        ({"proven": True}, {"mobile": NUMBER, "national_code": ""}),
        ({"code": code_of(1), "mobile": None}, {}),
        ({"code": code_of(1), "name": ("نام  1", "نموُنه")}, {}),
        ({"code": code_of(1), "name": ("فاطمه‌سادات", "کریم‌پور")},
         {"first_name": "فاطمه سادات", "last_name": "كريم پور"}),
    ],
)  # fmt: skip
def test_line_that_agrees_in_all_it_says_is_the_person(
    roomy: Intake, people: People, account_is: dict[str, Any], typed: dict[str, str]
) -> None:
    known = account(**account_is)
    batch = taken_in(
        received(roomy, table(line(1, **typed)), people.registrar), people.registrar
    )  # fmt: skip
    assert outcomes(batch) == [Outcome.MADE]
    assert Enrolment.objects.get(intake=roomy).student == known


@pytest.mark.parametrize(
    ("account_is", "typed", "may_be_other"),
    [
        ({"proven": True, "name": ("ژاله", "نمونه")}, {"mobile": NUMBER}, True),
        ({"proven": True, "code": code_of(7)}, {"mobile": NUMBER}, True),
        ({"proven": True, "born": date(2009, 1, 1)}, {"mobile": NUMBER}, True),
        ({"code": code_of(1), "name": ("ژاله", "نمونه")}, {}, False),
        ({"code": code_of(1), "born": date(2009, 1, 1)}, {}, False),
    ],
)  # fmt: skip
def test_line_that_differs_waits_for_a_decision_and_names_nobody(
    roomy: Intake, people: People, signed_in: SignIn, account_is: dict[str, Any],
    typed: dict[str, str], may_be_other: bool,
) -> None:  # fmt: skip
    known = account(**account_is)
    batch = received(roomy, table(line(1, **typed)), people.registrar)
    assert verdicts(batch) == [Verdict.LOOK]
    other = ["other"] if may_be_other else []
    assert keys(row_of(batch)) == [f"unnamed:{known.pk}", *other, "out"]
    page = signed_in(people.registrar).get(f"/imports/{batch.public_id}/").content.decode()
    for secret in ("ژاله", "zqother", "1388"):
        assert secret not in page
    batch = taken_in(batch, people.registrar)
    assert (outcomes(batch), known.enrolments.count()) == ([Outcome.SKIPPED], 0)


@pytest.mark.parametrize("there", [False, True])
def test_unproven_number_and_no_account_look_the_same(
    roomy: Intake, people: People, signed_in: SignIn, there: bool
) -> None:
    if there:
        account(name=("ژاله", "نمونه"))
    batch = received(roomy, table(line(1, mobile=NUMBER)), people.registrar)
    page = signed_in(people.registrar).get(f"/imports/{batch.public_id}/").content.decode()
    row = row_of(batch)
    assert (row.verdict, row.faults, row.question) == (Verdict.NEW, [], None)
    assert 'id="look"' not in page


def test_name_is_said_of_the_schools_own_people(
    roomy: Intake, people: People, bodies: Bodies, signed_in: SignIn
) -> None:
    own = account("own", name=("گلنار", "نمونه"), proven=True)
    other = make_intake(bodies.school, roomy.version, code="other")
    Enrolment.objects.create(
        intake=other, student=own, state="withdrawn", asked_at=NOW, moved_at=NOW
    )
    batch = received(roomy, table(line(1, mobile=NUMBER)), people.registrar)
    assert keys(row_of(batch)) == [f"named:{own.pk}", "other", "out"]
    page = signed_in(people.registrar).get(f"/imports/{batch.public_id}/").content.decode()
    assert "گلنار" in page


def test_family_of_one_proven_number_is_told_apart_by_name(roomy: Intake, people: People) -> None:
    account("sister", name=("آیلا", "نمونه"), proven=True)
    me = account("me", name=("آیدا", "نمونه"), proven=True)
    batch = received(roomy, table(line(1, first_name="ایدا", mobile=NUMBER)), people.registrar)
    taken_in(batch, people.registrar)
    assert Enrolment.objects.get(intake=roomy).student == me


def test_several_unnamed_accounts_of_one_number_cannot_be_chosen(
    roomy: Intake, people: People
) -> None:
    account("one", name=("یک", "نمونه"), proven=True)
    account("two", name=("دو", "نمونه"), proven=True)
    batch = received(roomy, table(line(1, mobile=NUMBER)), people.registrar)
    assert keys(row_of(batch)) == ["other", "out"]


def test_siblings_with_one_mobile_are_two_people(roomy: Intake, people: People) -> None:
    """The file of a real office: two sisters, one telephone, one mother."""
    text = (
        "نام,نام خانوادگی,کد ملی,تاریخ تولد,جنسیت,موبایل,پایه,نام ولی,نسبت ولی,موبایل ولی\n"
        "آیدا,نمونه,0000000019,1389/02/11,دختر,09140000001,دهم,ولی نمونه,مادر,09350000001\n"
        "آیلا,نمونه,0000000027,1390/03/12,دختر,09140000001,دهم,ولی نمونه,مادر,09350000001\n"
    )
    found = read_table("siblings.csv", text.encode("utf-8-sig"))
    batch = taken_in(received(roomy, found, people.registrar), people.registrar)
    assert outcomes(batch) == [Outcome.MADE] * 2
    places = Enrolment.objects.filter(intake=roomy)
    assert {(p.student.first_name, p.student.mobile) for p in places} == {
        ("آیدا", "+989140000001"), ("آیلا", "+989140000001"),
    }  # fmt: skip
    assert set(verdicts(received(roomy, found, people.registrar))) == {Verdict.KNOWN}


def test_file_without_codes_given_twice_doubles_nobody(roomy: Intake, people: People) -> None:
    found = table(*(line(n, national_code="", mobile=f"0914000000{n}") for n in range(3)))
    taken_in(received(roomy, found, people.registrar), people.registrar)
    assert verdicts(received(roomy, found, people.registrar)) == [Verdict.KNOWN] * 3


def test_line_said_twice_is_a_fault_and_a_namesake_is_not(roomy: Intake, people: People) -> None:
    same = line(1, national_code="", mobile=NUMBER)
    sister = line(1, national_code="", mobile=NUMBER, first_name="خواهر")
    batch = received(roomy, table(same, sister, same, line(2), line(2)), people.registrar)
    assert verdicts(batch) == ["new", "new", "bad", "new", "bad"]
    assert [f["column"] for f in row_of(batch, 4).faults] == ["mobile"]


def test_code_and_reference_of_two_people_are_a_fault(
    roomy: Intake, people: People, bodies: Bodies
) -> None:
    account("coded", code=code_of(1))
    own = account("own", name=("گلنار", "نمونه"))
    Enrolment.objects.create(
        intake=roomy, student=own, state="withdrawn", asked_at=NOW, moved_at=NOW
    )
    cells = (*line(1), str(own.public_id))
    batch = received(roomy, table(cells, headers=(*HEADERS, "کد جوار")), people.registrar)
    assert [f["column"] for f in row_of(batch).faults] == ["reference"]


def test_reference_with_another_name_is_looked_at(roomy: Intake, people: People) -> None:
    own = account("own", name=("گلنار", "نمونه"))
    Enrolment.objects.create(
        intake=roomy, student=own, state="withdrawn", asked_at=NOW, moved_at=NOW
    )
    cells = (*line(1), str(own.public_id))
    batch = received(roomy, table(cells, headers=(*HEADERS, "کد جوار")), people.registrar)
    assert keys(row_of(batch)) == [f"named:{own.pk}", "other", "out"]


def test_looking_people_up_takes_the_same_number_of_queries(roomy: Intake, people: People) -> None:
    counts = []
    for many in (1, 30):
        for n in range(many):
            account(f"k{many}-{n}", name=("ژاله", "ن"), proven=True,
                    mobile=f"+98914{many:03d}{n:04d}")  # fmt: skip
        found = table(*(line(100 * many + n, mobile=f"0914{many:03d}{n:04d}")
                        for n in range(many)))  # fmt: skip
        batch = actions.receive(
            students.Students(), str(roomy.public_id), found, file_name="x.csv",
            by=people.registrar, at=NOW,
        )  # fmt: skip
        with CaptureQueriesContext(connection) as counted:
            actions.check_rows(batch.pk, batch.attempt, at=NOW)
        counts.append(len(counted))
    assert counts[0] == counts[1]


def test_marks_nobody_sees_make_no_other_name(roomy: Intake, people: People) -> None:
    known = account("known", code=code_of(3), name=("زهرا", "کریمی"))
    marked = line(3, first_name="\u200fزهرا\u200e", last_name="كریمي\ufeff")
    batch = received(roomy, table(marked), people.registrar)
    taken_in(batch, people.registrar)
    assert Enrolment.objects.get(intake=roomy).student == known
