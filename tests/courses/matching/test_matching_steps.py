"""What the present round asks of a person, and the button on a vacancy's page."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation

from courses.kit.steps import Step
from courses.matching.actions.answers import accept_place, decline_place
from courses.matching.actions.objections import note_talk
from courses.matching.actions.rounds import open_round
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish
from courses.matching.models import MatchRound
from courses.matching.next_steps import next_steps
from courses.matching.queries import result_of, unplaced_of
from courses.matching.templatetags.matching import wish_button
from courses.people.models import User
from courses.vacancies.actions import take_back_vacancy
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People, SetClock
from tests.courses.matching.small_rounds import (
    ANSWERED,
    RANKING,
    RANKING_CLOSES,
    READY,
    SEED,
    WISHES_CLOSE,
    drafted,
    opened,
    published,
    student_of,
)

pytestmark = pytest.mark.django_db

ROUND = reverse("matching:round_detail", args=["r-1"])
RESULT = reverse("matching:result_detail", args=["r-1"])
WISHES = reverse("matching:wish_list")


def _asked(steps: list[Step]) -> list[tuple[str, object]]:
    return [(step.path, step.due) for step in steps]


def test_a_student_is_asked_to_choose_and_then_told_the_result(
    people: People, vacancy: Vacancy
) -> None:
    match_round = opened(people)
    assert _asked(next_steps(people.aylin, NOW)) == [(WISHES, WISHES_CLOSE)]
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    assert _asked(next_steps(people.aylin, NOW)) == [(WISHES, WISHES_CLOSE)]
    assert next_steps(people.aylin, RANKING) == []
    published(match_round, people)
    assert _asked(next_steps(people.aylin, READY)) == [(RESULT, READY + timedelta(days=5))]
    for who in (people.sara, people.stranger, people.rival, AnonymousUser()):
        assert next_steps(who, READY) == []  # type: ignore[arg-type]


def test_a_firm_is_asked_to_rank_whom_it_has_not(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    wish = add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    path = reverse("matching:applicant_list", args=["r-1", vacancy.public_id])
    assert _asked(next_steps(people.mentor, NOW)) == [(path, WISHES_CLOSE)]
    assert _asked(next_steps(people.mentor, RANKING)) == [(path, RANKING_CLOSES)]
    rank_applicants(vacancy, match_round, {wish: Verdict(tier=1)}, by=people.owner, at=RANKING)
    assert next_steps(people.mentor, RANKING) == []
    published(match_round, people)
    assert _asked(next_steps(people.mentor, READY)) == [(path, None)]


def test_an_officer_is_led_to_the_round(people: People, vacancy: Vacancy) -> None:
    drafted(people, "draft")
    everything = reverse("matching:round_list")
    assert _asked(next_steps(people.officer, NOW)) == [(everything, None)]
    opened(people)
    assert _asked(next_steps(people.officer, NOW)) == [(ROUND, WISHES_CLOSE)]
    assert _asked(next_steps(people.officer, RANKING)) == [(ROUND, None)]


@pytest.fixture
def answered(people: People, make_vacancy: MakeVacancy) -> MatchRound:
    """A published round that gave Aylin and Sara a place each."""
    match_round = opened_with(people, [make_vacancy(), make_vacancy()])
    return published(match_round, people)


def opened_with(people: People, vacancies: list[Vacancy]) -> MatchRound:
    """Open a round in which Aylin and Sara wish a vacancy each."""
    match_round = opened(people)
    for student, vacancy in zip((people.aylin, people.sara), vacancies, strict=True):
        add_wish(match_round, vacancy, by=student, at=NOW)
    return match_round


def test_the_wishes_are_counted_in_words(people: People, make_vacancy: MakeVacancy) -> None:
    vacancies = [make_vacancy(), make_vacancy()]
    match_round = opened(people)
    with translation.override("en"):
        for vacancy, said in zip(
            vacancies,
            ("You have 1 wish; you can change it until the deadline.",
             "You have 2 wishes; you can change them until the deadline."),
            strict=True,
        ):  # fmt: skip
            add_wish(match_round, vacancy, by=people.aylin, at=NOW)
            assert [step.text for step in next_steps(people.aylin, NOW)] == [said]


def test_an_answer_changes_what_is_asked(answered: MatchRound, people: People) -> None:
    aylin, sara = (result_of(who, answered) for who in (people.aylin, people.sara))
    assert aylin
    assert sara
    accept_place(aylin, by=people.aylin, at=READY)
    decline_place(sara, by=people.sara, at=READY)
    for who in (people.aylin, people.sara):
        assert _asked(next_steps(who, READY)) == [(RESULT, None)]
    with translation.override("en"):
        titles = [next_steps(who, READY)[0].title for who in (people.aylin, people.sara)]
    assert titles == ["Your place", "The result is out"]


def test_a_place_that_was_taken_back_is_said(answered: MatchRound, people: People) -> None:
    outcome = result_of(people.aylin, answered)
    assert outcome
    assert outcome.vacancy
    take_back_vacancy(outcome.vacancy, by=people.owner, reason="-", at=READY)
    assert _asked(next_steps(people.aylin, READY)) == [(RESULT, None)]
    with translation.override("en"):
        titles = [step.title for step in next_steps(people.aylin, READY)]
    assert titles == ["The workshop has taken this vacancy back"]


def test_a_supplementary_round_asks_only_who_may_enter(
    answered: MatchRound, people: People, bodies: Bodies
) -> None:
    aylin, sara = (result_of(who, answered) for who in (people.aylin, people.sara))
    assert aylin
    assert sara
    accept_place(aylin, by=people.aylin, at=READY)
    decline_place(sara, by=people.sara, at=READY)
    closes = ANSWERED + timedelta(days=5)
    supplement = drafted(
        people, "r-1s", supplements=answered, wishes_close_at=closes,
        ranking_closes_at=closes + timedelta(days=1),
    )  # fmt: skip
    open_round(supplement, by=people.officer, at=ANSWERED, seed=SEED)
    newcomer = student_of(bodies.school, "tara")
    assert _asked(next_steps(newcomer, ANSWERED)) == [(WISHES, closes)]
    # Who holds a place is led to it; who gave one up is not asked for what would be refused.
    assert _asked(next_steps(people.aylin, ANSWERED)) == [(RESULT, None)]
    assert next_steps(people.sara, ANSWERED) == []


def test_a_counsellor_is_told_of_whom_nobody_has_spoken_with(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    vacancy = make_vacancy(seats=1)
    match_round = opened(people)
    tara = student_of(bodies.school, "tara")
    for student in (people.aylin, people.sara, tara):
        add_wish(match_round, vacancy, by=student, at=NOW)
    assert next_steps(people.registrar, NOW) == []
    published(match_round, people)
    path = reverse("matching:unplaced_list", args=["r-1", bodies.school.public_id])
    left = unplaced_of(bodies.school, match_round)
    assert len(left) == 2
    for outcome in left:
        assert _asked(next_steps(people.registrar, READY)) == [(path, None)]
        note_talk(outcome, note="گفت‌وگو شد", by=people.registrar, at=READY)
    for who in (people.registrar, people.onlooker, people.teacher):
        assert next_steps(who, READY) == []


def _button(vacancy: Vacancy, user: User | AnonymousUser) -> dict[str, object]:
    request = RequestFactory().get("/")
    request.user = user
    shown = wish_button({"request": request}, vacancy)
    return {key: shown[key] for key in ("round", "is_student", "on_list") if key in shown} | {
        "reasons": [reason.code for reason in shown.get("reasons", ())]
    }


def test_the_button_says_what_is_possible(
    people: People, make_vacancy: MakeVacancy, clock: SetClock
) -> None:
    vacancy, press = make_vacancy(), make_vacancy(skill="press", minimum_age=18)
    assert _button(vacancy, people.aylin) == {"round": None, "reasons": []}
    match_round = opened(people)
    outside = {"round": match_round, "is_student": False, "reasons": []}
    assert _button(vacancy, AnonymousUser()) == outside
    assert _button(vacancy, people.stranger) == outside
    student = outside | {"is_student": True, "on_list": False}
    assert _button(vacancy, people.aylin) == student
    assert _button(press, people.aylin) == student | {
        "reasons": ["hazardous:press", "below_minimum"]
    }
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    assert _button(vacancy, people.aylin) == student | {"on_list": True}
    clock(RANKING)
    assert _button(vacancy, people.aylin) == {"round": None, "reasons": []}
