"""Who a line of a file is: recognised surely, asked about, or new; nothing merges by itself.

The first test fails on the code of before: a line was given to whoever had typed its mobile.
"""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.enrolment.import_kinds import students
from courses.enrolment.models import Enrolment, Intake
from courses.imports import actions
from courses.imports.kinds import fault
from courses.imports.models import Batch, Row
from courses.imports.refusals import AnsweredOtherwise, HasToBeAskedAgain, NoSuchAnswer, RowsWait
from courses.imports.states import Outcome, State, Verdict
from courses.kit import audit
from courses.kit.refusal import AlreadyDone, Refusal
from courses.kit.tables import read_table
from courses.organisations.actions import grant_role
from courses.people.actions import Facts, register_person
from courses.people.models import Guardian, User
from tests.cast import NOW, Bodies, People, SignIn, make_intake
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

NUMBER, BORN = "09141111111", date(2010, 5, 1)
GUARDIAN = (*HEADERS, "نام ولی", "نسبت", "همراه ولی")


def account(
    username: str = "zqother", *, name: tuple[str, str] = ("نام1", "نمونه"), code: str = "",
    proven: bool = False, born: date = BORN, mobile: str | None = "+989141111111",
) -> User:  # fmt: skip
    """Make an account as somebody makes their own: with a mobile, typed or proven."""
    user = register_person(
        username=username, first_name=name[0], last_name=name[1], by=None,
        facts=Facts(born, "girl", code), mobile=mobile, at=NOW,
    )  # fmt: skip
    if proven:
        user.mobile_proven_at = NOW
        user.save()
    return user


def row_of(batch: Batch, number: int = 2) -> Row:
    return batch.rows.get(number=number)


def keys(row: Row) -> list[str]:
    return [one["key"] for one in row.question["answers"]]


def answered(batch: Batch, key: str, by: User, *, number: int = 2, instead_of: str = "") -> Row:
    return actions.answer_row(
        row_of(batch, number), key, instead_of=instead_of, by=by, at=NOW
    )  # fmt: skip


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


def test_same_person_gets_the_place_and_it_is_written_down_who_said_so(
    roomy: Intake, people: People, signed_in: SignIn
) -> None:
    known = account(name=("ژاله", "نمونه"), proven=True)
    batch = received(roomy, table(line(1, mobile=NUMBER)), people.registrar)
    path = f"/imports/{batch.public_id}/lines/2/"
    client = signed_in(people.registrar)
    for _press in range(2):
        answer = client.post(path, {"answer": f"unnamed:{known.pk}", "instead_of": ""})
        assert answer.status_code == 302
    row = row_of(batch)
    assert (row.answer, row.answered_by, row.answered_at) == (
        f"unnamed:{known.pk}", people.registrar, NOW,
    )  # fmt: skip
    decided = [one for one in audit.trail(batch) if one.verb == "answer_row"]
    assert [(one.by, one.facts) for one in decided] == [
        (people.registrar, {"line": 2, "answer": f"unnamed:{known.pk}", "instead_of": ""})
    ]
    batch.refresh_from_db()
    taken_in(batch, people.registrar)
    assert Enrolment.objects.get(intake=roomy).student == known
    (told,) = [one for one in audit.trail(known) if one.verb == "recognise"]
    assert (told.by, told.facts) == (people.registrar, {"intake": str(roomy.public_id)})


def test_another_person_gets_an_account_and_shares_the_telephone(
    roomy: Intake, people: People
) -> None:
    known = account(name=("ژاله", "نمونه"), proven=True)
    batch = received(roomy, table(line(1, mobile=NUMBER)), people.registrar)
    answered(batch, "other", people.registrar)
    taken_in(batch, people.registrar)
    student = Enrolment.objects.get(intake=roomy).student
    assert student != known
    assert (student.mobile, student.mobile_proven_at) == ("+989141111111", None)


def test_line_left_out_stays_outside_and_does_not_stop_all_or_none(
    roomy: Intake, people: People
) -> None:
    account(name=("ژاله", "نمونه"), proven=True)
    batch = received(roomy, table(line(1, mobile=NUMBER), line(2)), people.registrar)
    with pytest.raises(RowsWait):
        actions.apply(batch, "all", by=people.registrar, at=NOW)
    batch.refresh_from_db()
    answered(batch, "out", people.registrar)
    batch = taken_in(batch, people.registrar, policy="all")
    assert (batch.state, outcomes(batch)) == (State.APPLIED, [Outcome.SKIPPED, Outcome.MADE])


def test_two_registrars_cannot_decide_against_each_other_unseen(
    roomy: Intake, people: People
) -> None:
    account(name=("ژاله", "نمونه"), proven=True)
    batch = received(roomy, table(line(1, mobile=NUMBER)), people.registrar)
    second = register_person(
        username="second", first_name="دوم", last_name="مسئول", by=None, at=NOW
    )
    grant_role(second, roomy.school, "registrar", by=None, at=NOW)
    answered(batch, "other", people.registrar)
    with pytest.raises(AnsweredOtherwise) as refused:
        answered(batch, "out", second)
    assert "Registrar" in str(refused.value)
    assert row_of(batch).answer == "other"
    # Who has seen the first one's decision may change it.
    answered(batch, "out", second, instead_of="other")
    assert (row_of(batch).answer, row_of(batch).answered_by) == ("out", second)


@pytest.mark.parametrize("key", ["", "named:1", "unnamed:x", "other;", "x" * 300])
def test_answer_that_was_not_offered_is_refused(roomy: Intake, people: People, key: str) -> None:
    account(name=("ژاله", "نمونه"), proven=True)
    batch = received(roomy, table(line(1, mobile=NUMBER), line(2)), people.registrar)
    with pytest.raises(NoSuchAnswer):
        answered(batch, key, people.registrar)
    with pytest.raises(NoSuchAnswer):
        answered(batch, "other", people.registrar, number=3)


def test_nothing_is_decided_once_the_file_is_being_taken_in(roomy: Intake, people: People) -> None:
    account(name=("ژاله", "نمونه"), proven=True)
    batch = received(roomy, table(line(1, mobile=NUMBER), line(2)), people.registrar)
    actions.apply(batch, "skip", by=people.registrar, at=NOW)
    with pytest.raises(AlreadyDone):
        answered(batch, "other", people.registrar)


@pytest.mark.parametrize("policy", ["skip", "all"])
def test_decision_about_somebody_else_is_asked_again_when_it_is_taken_in(
    roomy: Intake, people: People, policy: str
) -> None:
    """Between the decision and the taking in a second account proves the same number."""
    known = account(name=("ژاله", "نمونه"), proven=True)
    batch = received(roomy, table(line(1, mobile=NUMBER)), people.registrar)
    answered(batch, f"unnamed:{known.pk}", people.registrar)
    account("newer", name=("تازه", "نمونه"), proven=True)
    batch = taken_in(batch, people.registrar, policy=policy)
    assert Enrolment.objects.filter(intake=roomy).count() == 0
    if policy == "all":
        assert (batch.state, row_of(batch).answer) == (State.CHECKED, "")
        assert keys(row_of(batch)) == ["other", "out"]
    else:
        assert outcomes(batch) == [Outcome.SKIPPED]
        assert row_of(batch).faults == [fault("", HasToBeAskedAgain())]


def test_few_people_from_outside_may_be_called_the_same_in_a_day(
    roomy: Intake, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The roster shows names: one decision at a time is a list of names, too."""
    monkeypatch.setattr(students, "MOST_STRANGERS_A_DAY", 2)
    known = [
        account(f"u{n}", name=("ژاله", "نمونه"), proven=True, mobile=f"+98914000000{n}")
        for n in range(3)
    ]
    found = table(*(line(n, mobile=f"0914000000{n}") for n in range(3)))
    batch = received(roomy, found, people.registrar)
    for n in range(2):
        answered(batch, f"unnamed:{known[n].pk}", people.registrar, number=n + 2)
    with pytest.raises(Refusal, match="2"):
        answered(batch, f"unnamed:{known[2].pk}", people.registrar, number=4)
    answered(batch, "other", people.registrar, number=4)
    Row.objects.filter(batch=batch).exclude(answer="").update(answered_at=NOW - timedelta(days=1))
    answered(batch, f"unnamed:{known[2].pk}", people.registrar, number=4, instead_of="other")


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


def test_strangers_and_onlookers_decide_nothing(
    roomy: Intake, people: People, signed_in: SignIn
) -> None:
    account(name=("ژاله", "نمونه"), proven=True)
    batch = received(roomy, table(line(1, mobile=NUMBER)), people.registrar)
    path = f"/imports/{batch.public_id}/lines/2/"
    answers = [
        signed_in(who).post(path, {"answer": "other"}).status_code
        for who in (None, people.stranger, people.aylin, people.onlooker, people.teacher)
    ]
    assert answers == [404, 404, 404, 404, 403]
    client = signed_in(people.registrar)
    assert client.get(path).status_code == 405
    assert client.post(path.replace("/2/", "/99/"), {"answer": "other"}).status_code == 404
    assert row_of(batch).answer == ""


def test_page_shows_the_question_and_what_the_buttons_do(
    roomy: Intake, people: People, signed_in: SignIn
) -> None:
    known = account(name=("ژاله", "نمونه"), proven=True)
    batch = received(roomy, table(line(1, mobile=NUMBER), line(2)), people.registrar)
    client = signed_in(people.registrar)
    page = client.get(f"/imports/{batch.public_id}/?only=look").content.decode()
    assert re.findall(r'name="answer" value="([^"]+)"', page) == [
        f"unnamed:{known.pk}", "other", "out",
    ]  # fmt: skip
    back = client.post(
        f"/imports/{batch.public_id}/lines/2/",
        {"answer": "other", "instead_of": "", "only": "look", "page": "1"},
    )
    assert back.headers["Location"] == f"/imports/{batch.public_id}/?only=look&page=1#line-2"
    receipt = client.get(f"/imports/{batch.public_id}/receipt.csv").content.decode("utf-8-sig")
    assert "Registrar Sample" in receipt.splitlines()[1]


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
