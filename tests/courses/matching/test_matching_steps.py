"""What the present round asks of a person, and the button on a vacancy's page."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import reverse

from courses.kit.steps import Step
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish
from courses.matching.queries import next_steps
from courses.matching.templatetags.matching import wish_button
from courses.people.models import User
from courses.vacancies.models import Vacancy
from tests.cast import NOW, MakeVacancy, People
from tests.courses.matching.small_rounds import (
    RANKING,
    RANKING_CLOSES,
    READY,
    WISHES_CLOSE,
    drafted,
    opened,
    published,
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


def _button(vacancy: Vacancy, user: User | AnonymousUser) -> dict[str, object]:
    request = RequestFactory().get("/")
    request.user = user
    shown = wish_button({"request": request}, vacancy)
    return {key: shown[key] for key in ("round", "is_student", "on_list") if key in shown} | {
        "reasons": [reason.code for reason in shown.get("reasons", ())]
    }


def test_the_button_says_what_is_possible(
    people: People, make_vacancy: MakeVacancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
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
    monkeypatch.setattr("django.utils.timezone.now", lambda: RANKING)
    assert _button(vacancy, people.aylin) == {"round": None, "reasons": []}
