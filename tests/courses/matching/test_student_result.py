"""A student's result: its reasons, the answer, an objection, and the round after."""

from datetime import timedelta

import pytest
from django.urls import reverse

from courses.kit import audit
from courses.matching import queries as match_queries
from courses.matching.actions.answers import accept_place, decline_place
from courses.matching.actions.rounds import open_round
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish
from courses.matching.models import Application, Explanation, MatchOutcome, MatchRound
from courses.matching.states import Answer
from courses.notices.models import Notice
from courses.people.models import User
from courses.vacancies.actions import take_back_vacancy
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People, SetClock, SignIn
from tests.counting import queries
from tests.courses.matching.paths import round_path
from tests.courses.matching.small_rounds import (
    ANSWERED,
    RANKING,
    READY,
    SEED,
    drafted,
    opened,
    published,
    student_of,
)
from tests.pages import answers, faulty_fields

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

WISHES = reverse("matching:wish_list")


def test_result_shows_the_place_with_its_reasons(
    wish: Application, match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    published(match_round, people)
    for prefix in ("", "/en"):
        response = signed_in(people.aylin).get(prefix + round_path("result_detail"))
        assert response.status_code == 200
        assert [(w.vacancy, w.won) for w in response.context["wishes"]] == [(vacancy, True)]


def test_result_is_for_the_student_alone(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    path = round_path("result_detail")
    assert signed_in(people.aylin).get(path).status_code == 404, "nothing is published yet"
    published(match_round, people)
    who: list[User | None] = [
        None, people.stranger, people.sara, people.onlooker, people.owner, people.officer,
        people.admin,
    ]  # fmt: skip
    assert answers(signed_in, who, path) == [404] * 7
    assert answers(signed_in, [people.aylin], path, "post") == [405]
    assert answers(signed_in, [people.aylin], round_path("result_detail", "none")) == [404]


def test_result_takes_the_same_queries_for_one_and_thirty_wishes(
    people: People, make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    vacancies = [make_vacancy(skill="press", minimum_age=18) for _n in range(30)]
    match_round = opened(people, longest_list=30)
    add_wish(match_round, vacancies[0], by=people.aylin, at=NOW)
    for vacancy in vacancies:
        add_wish(match_round, vacancy, by=people.sara, at=NOW)
    published(match_round, people)
    path = round_path("result_detail")
    counted = [queries(signed_in(who), path) for who in (people.aylin, people.sara)]
    assert counted[0] == counted[1]


@pytest.fixture
def result(match_round: MatchRound, wish: Application, people: People) -> MatchOutcome:
    """Aylin's published place."""
    published(match_round, people)
    return MatchOutcome.objects.get(list=wish.list)


def test_a_place_is_accepted_with_one_press_and_only_once(
    result: MatchOutcome, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(READY)
    client = signed_in(people.aylin)
    page = client.get(round_path("result_detail")).content.decode()
    assert 'value="accept"' in page
    for _press in range(3):
        answer = client.post(round_path("result_answer"), {"answer": "accept"})
        assert (answer.status_code, answer.url) == (302, round_path("result_detail"))  # type: ignore[attr-defined]
    result.refresh_from_db()
    assert result.answer == Answer.ACCEPTED
    assert audit.trail(result).filter(verb="accept_place").count() == 1
    assert Notice.objects.filter(kind="matching.place_accepted").count() == 2
    assert 'value="accept"' not in client.get(round_path("result_detail")).content.decode()


def test_an_accepted_place_is_given_back_after_a_question(
    result: MatchOutcome, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(READY)
    client, path = signed_in(people.aylin), round_path("result_give_up")
    client.post(round_path("result_answer"), {"answer": "accept"})
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 302
    result.refresh_from_db()
    assert result.answer == Answer.WITHDRAWN
    assert client.get(path).status_code == 404


def test_answers_end_with_the_window(
    result: MatchOutcome, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(ANSWERED)
    client = signed_in(people.aylin)
    assert 'value="accept"' not in client.get(round_path("result_detail")).content.decode()
    client.post(round_path("result_answer"), {"answer": "accept"})
    result.refresh_from_db()
    assert result.answer == Answer.OFFERED


def test_an_answer_is_the_students_own_business(
    result: MatchOutcome, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(READY)
    others = [None, people.stranger, people.sara, people.owner, people.officer, people.registrar]
    for name in ("result_answer", "result_give_up", "objection_raise"):
        assert answers(signed_in, others, round_path(name), "post") == [404] * len(others)


def test_an_objection_waits_for_a_human_with_a_clock(
    result: MatchOutcome, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(READY)
    client, path = signed_in(people.aylin), round_path("objection_raise")
    empty = client.post(path, {"text": "  "})
    assert empty.status_code == 422
    assert faulty_fields(empty.content.decode()) == ["id_text"]
    assert client.post(path, {"text": "کارگاه مرا نمی‌شناسد"}).status_code == 302
    objection = result.objections.get()
    assert (objection.state, objection.text) == ("open", "کارگاه مرا نمی‌شناسد")
    # READY is a Tuesday: Wednesday, Saturday and Sunday are its three working days.
    assert objection.due_at == READY + timedelta(days=5)
    page = client.get(round_path("result_detail")).content.decode()
    assert objection.text in page
    assert path not in page
    # A second one waits for the answer to the first.
    client.post(path, {"text": "باز هم"})
    assert result.objections.count() == 1


def test_a_lost_wish_says_what_would_have_had_to_be_different(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(READY)
    Vacancy.objects.filter(pk=vacancy.pk).update(seats=1)
    for student in (people.aylin, people.sara):
        add_wish(match_round, vacancy, by=student, at=NOW)
    rank_applicants(
        vacancy, match_round,
        {wish: Verdict(tier=2 if wish.list.student == people.sara else 3)
         for wish in match_queries.applicants(vacancy, match_round)},
        by=people.owner, at=RANKING,
    )  # fmt: skip
    published(match_round, people)
    path = reverse("matching:result_wish", args=["r-1", 1])
    client = signed_in(people.aylin)
    assert path in client.get(round_path("result_detail")).content.decode()
    response = client.get(path)
    assert [(one["kind"], one["wish"]) for one in Explanation.objects.get().needed] == [
        ("tier", 1), ("seats", 1),
    ]  # fmt: skip
    assert len(response.context["sentences"]) == 2
    # Asked again it is read, not solved; a wish that was won, or is not there, has no such page.
    assert client.get(path).status_code == 200
    assert Explanation.objects.count() == 1
    assert signed_in(people.sara).get(path).status_code == 404
    assert client.get(reverse("matching:result_wish", args=["r-1", 2])).status_code == 404
    assert client.get(reverse("matching:result_wish", args=["r-1", 0])).status_code == 404


def test_a_place_that_was_taken_back_is_not_offered(
    result: MatchOutcome, vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(READY)
    take_back_vacancy(vacancy, by=people.owner, reason="-", at=READY)
    client = signed_in(people.aylin)
    page = client.get(round_path("result_detail"))
    assert page.context["taken_back"] is True
    assert 'value="accept"' not in page.content.decode()
    assert client.post(round_path("result_answer"), {"answer": "accept"}).status_code == 409
    result.refresh_from_db()
    assert result.answer == Answer.OFFERED


def _supplement(match_round: MatchRound, people: People) -> MatchRound:
    closes = ANSWERED + timedelta(days=5)
    draft = drafted(
        people, "r-1s", supplements=match_round, wishes_close_at=closes,
        ranking_closes_at=closes + timedelta(days=1),
    )  # fmt: skip
    return open_round(draft, by=people.officer, at=ANSWERED, seed=SEED)


def test_a_supplementary_round_says_who_may_enter_and_which_seats_are_left(
    match_round: MatchRound, vacancy: Vacancy, wish: Application, people: People, bodies: Bodies,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    other = student_of(bodies.school, "other")
    add_wish(match_round, vacancy, by=other, at=NOW)
    Vacancy.objects.filter(pk=vacancy.pk).update(seats=3)
    published(match_round, people)
    accepted = MatchOutcome.objects.get(list=wish.list)
    accept_place(accepted, by=people.aylin, at=READY)
    decline_place(MatchOutcome.objects.get(list__student=other), by=other, at=READY)
    supplement = _supplement(match_round, people)
    clock(ANSWERED)
    page = signed_in(people.aylin).get(WISHES)
    assert (page.context["kept_out"], page.context["held"]) == (Answer.ACCEPTED, accepted)
    assert round_path("result_detail") in page.content.decode()
    page = signed_in(other).get(WISHES)
    assert (page.context["kept_out"], page.context["held"]) == (Answer.DECLINED, None)
    assert reverse("matching:wish_withdraw") not in page.content.decode()
    # Of the three seats one is taken for good.
    add_wish(supplement, vacancy, by=people.sara, at=ANSWERED)
    page = signed_in(people.sara).get(WISHES)
    assert (page.context["kept_out"], page.context["seats"]) == (None, {vacancy.pk: 2})
