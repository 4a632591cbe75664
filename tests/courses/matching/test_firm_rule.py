"""A firm's scoring rule: published once, and everybody's."""

import pytest
from django.urls import reverse

from courses.matching.models import Application, MatchRound, ScoringRule, Standing
from courses.skills.models import Skill
from courses.vacancies.models import Vacancy
from tests.cast import Bodies, People, SetClock, SignIn
from tests.counting import queries
from tests.courses.matching.learning import learn
from tests.courses.matching.paths import applicant_path, applicants_path, rule_path
from tests.courses.matching.small_rounds import RANKING, READY, WISHES_CLOSE, frozen, ruled
from tests.pages import faulty_fields

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_a_rule_is_looked_at_then_published_and_then_stands(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.owner)
    assert 'name="publish"' not in client.get(rule_path(vacancy)).content.decode()
    typed = {"lessons": "۵۰", "quizzes": "30", "nearness": "۲۰"}
    response = client.post(rule_path(vacancy), typed)
    assert (response.status_code, response.context["example"]) == (
        200, {"lessons": 25, "quizzes": 24, "nearness": 13},
    )  # fmt: skip
    assert response.context["example_total"] == 62
    assert 'name="publish"' in response.content.decode()
    assert not ScoringRule.objects.exists()
    for _again in range(2):
        response = client.post(rule_path(vacancy), typed | {"publish": "1"})
        assert (response.status_code, response.url) == (302, rule_path(vacancy))
    assert ScoringRule.objects.get().weights == {"lessons": 50, "quizzes": 30, "nearness": 20}
    other = {"lessons": "100", "quizzes": "0", "nearness": "0", "publish": "1"}
    assert client.post(rule_path(vacancy), other).status_code == 409
    page = client.get(rule_path(vacancy)).content.decode()
    assert 'name="lessons"' not in page


@pytest.mark.parametrize(
    ("typed", "faulty"),
    [
        ({"lessons": "50", "quizzes": "30", "nearness": "21"}, ["id_lessons"]),
        ({"lessons": "0", "quizzes": "0", "nearness": "0"}, ["id_lessons"]),
        ({"lessons": "110", "quizzes": "-10", "nearness": "0"}, ["id_lessons", "id_quizzes"]),
        ({"lessons": "نیم", "quizzes": "30", "nearness": ""}, ["id_lessons", "id_nearness"]),
    ],
)
def test_a_wrong_rule_keeps_what_was_typed(
    typed: dict[str, str], faulty: list[str], match_round: MatchRound, vacancy: Vacancy,
    people: People, signed_in: SignIn,
) -> None:  # fmt: skip
    response = signed_in(people.owner).post(rule_path(vacancy), typed | {"publish": "1"})
    page = response.content.decode()
    assert (response.status_code, faulty_fields(page)) == (422, faulty)
    assert {name: response.context["form"][name].value() for name in typed} == typed
    assert not ScoringRule.objects.exists()


def test_a_rule_comes_too_late_after_the_wishes(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(WISHES_CLOSE)
    client = signed_in(people.owner)
    page = client.get(rule_path(vacancy))
    assert (page.status_code, 'name="lessons"' in page.content.decode()) == (200, False)
    typed = {"lessons": "50", "quizzes": "30", "nearness": "20", "publish": "1"}
    assert client.post(rule_path(vacancy), typed).status_code == 409
    assert not ScoringRule.objects.exists()


def test_with_a_rule_applicants_stand_by_points_and_are_only_turned_away(
    three: list[Application], match_round: MatchRound, vacancy: Vacancy, people: People,
    bodies: Bodies, skills: dict[str, Skill], signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    learn(people.sara, bodies, skills["folding"])
    ruled(vacancy, match_round, people)
    clock(RANKING)
    client = signed_in(people.owner)
    response = client.get(applicants_path(vacancy))
    by_code = {wish.list.student_id: wish for wish in three}
    shown = [row.applicant for row in response.context["rows"]]
    assert shown[0].application == by_code[people.sara.pk]
    assert [(one.points, one.parts) for one in shown] == [
        (80, {"lessons": 50, "quizzes": 30, "nearness": 0}),
        (0, {"lessons": 0, "quizzes": 0, "nearness": 0}),
        (0, {"lessons": 0, "quizzes": 0, "nearness": 0}),
    ]
    assert [one.code for one in shown[1:]] == sorted(one.code for one in shown[1:])
    first, last = shown[0].application, shown[2].application
    typed = {f"{shown[0].code}-place": "1", f"{shown[0].code}-sentence": ""}
    assert client.post(applicants_path(vacancy), typed).status_code == 422, (
        "there are no groups to choose"
    )
    assert client.post(applicant_path(first), {"place": "1"}).status_code == 422
    no = {"place": "distance", "sentence": "دور است"}
    assert client.post(applicant_path(last), no).status_code == 302
    assert [(s.application, s.unsuitable) for s in Standing.objects.all()] == [(last, "distance")]
    context = client.get(applicants_path(vacancy)).context
    assert [one.application for one in context["aside"]] == [last]
    frozen(match_round, people)
    clock(READY)
    shown = [row.applicant for row in client.get(applicants_path(vacancy)).context["rows"]]
    assert [one.points for one in shown] == [80, 0]


def test_the_rule_is_everybodys_on_the_vacancys_page(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    detail = reverse("vacancies:vacancy_detail", args=[vacancy.public_id])
    assert 'id="by-rule"' not in signed_in(None).get(detail).content.decode()
    before = queries(signed_in(None), detail)
    ruled(vacancy, match_round, people)
    for who in (None, people.aylin, people.rival, people.officer):
        page = signed_in(who).get(detail).content.decode()
        assert page.count('id="by-rule"') == 1
    assert queries(signed_in(None), detail) == before
