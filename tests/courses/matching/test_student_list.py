"""A student's whole list: set at once, brought along, looked over before the flight."""

import re

import pytest
from django.urls import reverse

from courses.curricula.models import ProgrammeVersion
from courses.enrolment.actions import apply_to
from courses.matching.actions.scoring import publish_scoring_rule
from courses.matching.actions.wishes import add_wish
from courses.matching.models import Application, MatchRound
from courses.people.actions import record_consent
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People, SetClock, SignIn, make_intake
from tests.courses.matching.paths import applicants_path
from tests.courses.matching.small_rounds import RANKING, opened, wishes_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

WISHES = reverse("matching:wish_list")


def test_the_whole_order_is_written_at_once(
    match_round: MatchRound, make_vacancy: MakeVacancy, people: People, signed_in: SignIn
) -> None:
    vacancies = [make_vacancy() for _number in range(3)]
    match_round.vacancies.add(*vacancies)
    asked = [add_wish(match_round, one, by=people.aylin, at=NOW) for one in vacancies]
    order = [asked[2], asked[0], asked[1]]
    path = reverse("matching:wish_order")
    client = signed_in(people.aylin)
    answer = client.post(path, {"wish": [str(one.public_id) for one in order]})
    assert (answer.status_code, answer.url) == (302, WISHES)  # type: ignore[attr-defined]
    codes = [one.vacancy.code for one in order]
    assert wishes_of(people.aylin) == codes
    # An order of another list changes nothing.
    client.post(path, {"wish": [str(asked[0].public_id)]})
    client.post(path, {"wish": ["x"] * 3})
    assert wishes_of(people.aylin) == codes
    assert signed_in(people.sara).post(path, {"wish": str(asked[0].public_id)}).status_code == 302
    assert wishes_of(people.aylin) == codes


def test_earlier_wishes_are_brought_along(
    match_round: MatchRound, wish: Application, vacancy: Vacancy, make_vacancy: MakeVacancy,
    people: People, signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    other = make_vacancy()
    later = opened(people, "r-2")
    assert later.vacancies.count() == 2
    client, path = signed_in(people.aylin), reverse("matching:wish_carry_over")
    assert reverse("matching:wish_carry_over") in client.get(WISHES).content.decode()
    add_wish(later, other, by=people.aylin, at=NOW)
    client.post(path)
    mine = later.lists.get(student=people.aylin).applications.order_by("rank")
    assert [one.vacancy for one in mine] == [other, vacancy]
    # A second time there is nothing left to bring, and a sentence says so.
    assert client.post(path).status_code == 409
    assert mine.count() == 2
    assert path not in client.get(WISHES).content.decode()


def test_the_list_is_taken_back_after_a_question(
    wish: Application, people: People, signed_in: SignIn
) -> None:
    client, path = signed_in(people.aylin), reverse("matching:wish_withdraw")
    assert client.get(path).status_code == 200
    assert wishes_of(people.aylin) == [wish.vacancy.code]
    assert client.post(path).status_code == 302
    assert wishes_of(people.aylin) == []
    assert signed_in(people.stranger).get(path).status_code == 404


def test_the_preview_shows_what_workshops_see_and_nothing_else(
    wish: Application, people: People, signed_in: SignIn
) -> None:
    path = reverse("matching:wish_preview")
    shown = signed_in(people.aylin).get(path).content.decode()
    main = shown[shown.index("<main") : shown.index("</main>")]
    assert wish.list.pseudonym in main
    assert people.aylin.first_name not in main
    assert wish.vacancy.title_fa not in main
    assert signed_in(people.sara).get(path).status_code == 404


def test_the_flight_check_names_what_is_missing(
    wish: Application, people: People, signed_in: SignIn
) -> None:
    checks = signed_in(people.aylin).get(WISHES).context["checks"]
    assert [check.fine for check in checks] == [False, True, False]
    guardian = people.aylin.guardians.get()
    record_consent(guardian, scope="apprenticeship", channel="paper", by=None, at=NOW)
    checks = signed_in(people.aylin).get(WISHES).context["checks"]
    assert [check.fine for check in checks] == [False, True, True]


def test_the_list_shows_a_workshops_rule_with_todays_points(
    match_round: MatchRound, wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    publish_scoring_rule(
        vacancy, match_round, lessons=60, quizzes=20, nearness=20, by=people.owner, at=NOW
    )
    response = signed_in(people.aylin).get(WISHES)
    ((_wish, _reasons, points),) = response.context["rows"]
    assert (points.total, list(points.parts)) == (0, ["lessons", "quizzes", "nearness"])
    assert [check.fine for check in response.context["checks"]] == [False, True, False, False]


def test_an_empty_list_is_named_by_the_flight_check(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    checks = signed_in(people.aylin).get("/en" + WISHES).context["checks"]
    assert [(check.fine, check.sentence) for check in checks] == [
        (False, "The list is empty: who wishes nothing takes no part."),
        (False, "Your guardian's consent is not on file yet: your school takes it."),
    ]


def test_the_preview_is_what_the_workshops_own_page_shows(
    match_round: MatchRound, vacancy: Vacancy, wish: Application, version: ProgrammeVersion,
    people: People, bodies: Bodies, signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    intake = make_intake(bodies.school, version)
    apply_to(intake, by=people.aylin, at=NOW)
    preview = signed_in(people.aylin).get(reverse("matching:wish_preview")).content.decode()
    clock(RANKING)
    firms = signed_in(people.owner).get(applicants_path(vacancy)).content.decode()
    learnt = re.compile(r'<p class="row tight"><span class="tag teal">.*?</p>', re.DOTALL)
    (shown,) = learnt.findall(preview)
    assert learnt.findall(firms) == [shown]
    assert version.title in shown
