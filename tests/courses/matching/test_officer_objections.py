"""An officer's objections: overdue first, answered with a reason, by another than ran the round."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from courses.matching.actions.objections import raise_objection
from courses.matching.models import Application, MatchOutcome, MatchRound, Objection, PreferenceList
from courses.matching.queries import result_of
from courses.matching.states import Ruling
from courses.people.models import User
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, People, SetClock, SignIn
from tests.counting import queries
from tests.courses.matching.small_rounds import READY, published, student_of
from tests.pages import answers, faulty_fields, said, sent_to_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


OBJECTIONS = reverse("matching:objection_list")
SECOND_OFFICER = "You ran this round, so another officer answers objections to it."


@pytest.fixture
def objection(wish: Application, match_round: MatchRound, people: People) -> Objection:
    """Aylin's objection to a result that `officer` ran."""
    published(match_round, people)
    outcome = result_of(people.aylin, match_round)
    assert outcome is not None
    return raise_objection(outcome, text="گروه من چرا این است؟", by=people.aylin, at=READY)


def _objection(objection: Objection) -> str:
    return reverse("matching:objection_detail", args=[objection.public_id])


def test_objections_are_listed_for_officers_overdue_first(
    objection: Objection, people: People, bodies: Bodies, vacancy: Vacancy, signed_in: SignIn,
    clock: SetClock,
) -> None:  # fmt: skip
    late = Objection.objects.create(
        outcome=_another_outcome(objection, bodies), text="-", raised_at=NOW,
        due_at=objection.due_at - timedelta(days=9),
    )  # fmt: skip
    clock(objection.due_at - timedelta(days=1))
    client = signed_in(people.officer_2)
    response = client.get(OBJECTIONS)
    assert [one.pk for one in response.context["waiting"]] == [late.pk, objection.pk]
    assert response.content.decode().count('<span class="tag bad">') == 1
    who: list[User | None] = [people.stranger, people.aylin, people.onlooker, people.owner]
    assert answers(signed_in, who, OBJECTIONS) == [403] * 4
    assert sent_to_sign_in(signed_in(None).get(OBJECTIONS), OBJECTIONS)
    assert answers(signed_in, [people.officer], OBJECTIONS, "post") == [405]


def _another_outcome(objection: Objection, bodies: Bodies) -> MatchOutcome:
    """Return one more outcome of the same run, as if the student had taken part."""
    first = objection.outcome
    student = student_of(bodies.school, f"more-{MatchOutcome.objects.count()}")
    listed = PreferenceList.objects.create(
        round=first.run.round, student=student, changed_at=NOW,
        pseudonym=f"P{MatchOutcome.objects.count():07d}",
    )  # fmt: skip
    return MatchOutcome.objects.create(
        run=first.run, list=listed, ticket=9, wishes=b"", answer="unplaced"
    )


def test_the_list_of_objections_takes_the_same_queries_for_one_and_thirty(
    objection: Objection, people: People, bodies: Bodies, signed_in: SignIn
) -> None:
    client = signed_in(people.officer_2)
    answered = Objection.objects.create(
        outcome=_another_outcome(objection, bodies), text="-", raised_at=NOW, due_at=NOW,
        state=Ruling.REJECTED, answer="-", answered_by=people.officer_2, answered_at=NOW,
    )  # fmt: skip
    one = queries(client, OBJECTIONS)
    assert client.get(OBJECTIONS).content.decode().count(_objection(answered)) == 1
    for number in range(60):
        Objection.objects.create(
            outcome=_another_outcome(objection, bodies), text="-", raised_at=NOW, due_at=NOW,
            **({"state": Ruling.UPHELD, "answer": "-", "answered_by": people.officer_2,
                "answered_at": NOW} if number % 2 else {}),
        )  # fmt: skip
    assert queries(client, OBJECTIONS) == one
    page = client.get(OBJECTIONS, {"page": 2}).content.decode()
    assert page.count(_objection(answered)) == 1


@pytest.mark.parametrize(
    ("ruling", "state"), [("uphold", Ruling.UPHELD), ("reject", Ruling.REJECTED)]
)
def test_an_objection_is_answered_with_a_reason(
    ruling: str, state: Ruling, objection: Objection, vacancy: Vacancy, people: People,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    clock(READY)
    client, path = signed_in(people.officer_2), _objection(objection)
    response = client.get(path)
    assert [wish.code for wish in response.context["wishes"]] == ["placed"]
    page = response.content.decode()
    assert page.count("گروه من چرا این است؟") == 1
    assert page.count("Aylin") == 0
    for typed, faulty in (
        ({"ruling": ""}, ["ruling", "answer"]),
        ({"ruling": ruling, "answer": " "}, ["answer"]),
        ({"ruling": "maybe", "answer": "ب"}, ["ruling"]),
    ):
        wrong = client.post(path, typed)
        assert wrong.status_code == 422
        assert faulty_fields(wrong.content.decode()) == [f"id_{name}" for name in faulty]
    answer = client.post(path, {"ruling": ruling, "answer": "دیدیم"})
    assert (answer.status_code, answer.url) == (302, OBJECTIONS)
    objection.refresh_from_db()
    assert (objection.state, objection.answer, objection.answered_by) == (
        state, "دیدیم", people.officer_2,
    )  # fmt: skip
    page = client.get(path).content.decode()
    assert (page.count("دیدیم"), page.count('name="answer"')) == (1, 0)
    assert client.post(path, {"ruling": ruling, "answer": "باز"}).status_code == 409


def test_who_ran_the_round_does_not_answer_objections_to_it(
    objection: Objection, people: People, signed_in: SignIn
) -> None:
    client, path = signed_in(people.officer), _objection(objection)
    page = client.get(path).content.decode()
    assert (page.count('name="answer"'), page.count(said(SECOND_OFFICER))) == (0, 1)
    assert client.post(path, {"ruling": "reject", "answer": "نه"}).status_code == 409
    objection.refresh_from_db()
    assert objection.state == Ruling.OPEN


def test_an_objection_is_for_officers_alone(
    objection: Objection, people: People, signed_in: SignIn
) -> None:
    who: list[User | None] = [people.stranger, people.sara, people.onlooker, people.owner]
    for method in ("get", "post"):
        assert answers(signed_in, who, _objection(objection), method) == [404] * 4
        assert answers(signed_in, [None], _objection(objection), method) == [404]
    nowhere = reverse("matching:objection_detail", args=[uuid.uuid4()])
    assert answers(signed_in, [people.officer], nowhere) == [404]
    assert answers(signed_in, [people.officer], _objection(objection), "put") == [405]
