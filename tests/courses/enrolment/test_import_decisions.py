"""What a registrar says of a line that may be somebody: once, seen, and written down."""

import re
from datetime import timedelta

import pytest

from courses.enrolment.import_kinds import students
from courses.enrolment.models import Enrolment, Intake
from courses.imports import actions
from courses.imports.kinds import fault
from courses.imports.models import Row
from courses.imports.refusals import AnsweredOtherwise, HasToBeAskedAgain, NoSuchAnswer, RowsWait
from courses.imports.states import Outcome, State
from courses.kit import audit
from courses.kit.refusal import AlreadyDone, Refusal
from courses.organisations.actions import grant_role
from courses.people.actions import register_person
from tests.cast import NOW, People, SignIn
from tests.courses.enrolment.recognition import NUMBER, account, answered, keys, row_of
from tests.courses.enrolment.spreadsheets import (
    line,
    outcomes,
    received,
    table,
    taken_in,
)
from tests.pages import said

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


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


def test_page_counts_what_is_left_and_leads_to_the_lines_and_on(
    roomy: Intake, people: People, signed_in: SignIn
) -> None:
    """Before, five decided lines still "needed a look", and nothing led on from the report."""
    known = account(name=("ژاله", "نمونه"), proven=True)
    batch = received(roomy, table(line(1, mobile=NUMBER), line(2)), people.registrar)
    client = signed_in(people.registrar)
    path = f"/imports/{batch.public_id}/"

    asked = client.get(path).content.decode()
    answered(batch, f"unnamed:{known.pk}", people.registrar)
    decided = client.get(path).content.decode()
    taken_in(batch, people.registrar)
    report = client.get(path).content.decode()

    assert 'href="?only=look#rows"' in asked
    assert 'id="rows"' in asked
    assert said("who is it? look") in asked
    assert said("who is it? look") not in decided
    assert said("who it is has been decided") in decided
    assert said("See who stands there now") in report
    assert report.count(f'href="/intakes/{roomy.public_id}/roster/"') == 2


def test_unknown_word_is_refused_with_the_known_ones(roomy: Intake, people: People) -> None:
    batch = received(roomy, table(line(1, sex="هنرجو")), people.registrar)

    [fault_found] = row_of(batch).faults

    assert fault_found["fa"].endswith("یکی از این‌ها را بنویسید: دختر، پسر.")
    assert fault_found["en"].endswith("Write one of these: دختر, پسر.")
