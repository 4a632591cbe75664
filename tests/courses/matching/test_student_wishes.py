"""A student's wishes: added, moved and taken out one by one."""

import uuid

import pytest
from django.urls import reverse

from courses.kit import audit
from courses.matching.actions.wishes import add_wish
from courses.matching.models import Application, MatchRound, PreferenceList
from courses.people.models import User
from courses.vacancies.actions import take_back_vacancy
from courses.vacancies.models import Vacancy
from tests.cast import NOW, MakeVacancy, People, SetClock, SignIn
from tests.counting import queries
from tests.courses.matching.paths import add_path, change_path
from tests.courses.matching.small_rounds import WISHES_CLOSE, drafted, opened, wishes_of
from tests.pages import answers, sent_to_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

WISHES = reverse("matching:wish_list")


ROUNDS = reverse("matching:round_list")
NEW = reverse("matching:round_draft")


def test_wish_list_shows_the_students_own_wishes(
    wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    page = signed_in(people.aylin).get(WISHES).content.decode()
    assert page.count(change_path(wish)) == 1
    assert page.count(reverse("vacancies:vacancy_detail", args=[vacancy.public_id])) == 1
    assert signed_in(people.sara).get(WISHES).content.decode().count(change_path(wish)) == 0


def test_wish_list_sends_the_anonymous_to_sign_in(signed_in: SignIn, db: None) -> None:
    assert sent_to_sign_in(signed_in(None).get(WISHES), WISHES)


def test_wish_list_is_a_page_for_everybody_with_an_account(
    wish: Application, people: People, signed_in: SignIn
) -> None:
    who: list[User | None] = [people.stranger, people.onlooker, people.owner, people.officer]
    assert answers(signed_in, who, WISHES) == [200] * 4


def test_wish_list_without_a_round(people: People, signed_in: SignIn) -> None:
    drafted(people)
    response = signed_in(people.aylin).get(WISHES)
    assert (response.status_code, response.context["round"], response.context["rows"]) == (
        200,
        None,
        [],
    )


def test_wish_list_only_reads(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.aylin)
    assert [getattr(client, m)(WISHES).status_code for m in ("post", "put", "delete")] == [405] * 3


def test_wish_list_after_the_deadline_has_no_buttons(
    wish: Application, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(WISHES_CLOSE)
    page = signed_in(people.aylin).get(WISHES).content.decode()
    assert page.count(change_path(wish)) == 0


def test_wish_list_says_what_the_law_says(
    people: People, make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    press = make_vacancy(skill="press", minimum_age=18)
    add_wish(opened(people), press, by=people.aylin, at=NOW)
    ((_wish, reasons, _points),) = signed_in(people.aylin).get(WISHES).context["rows"]
    assert [r.code for r in reasons] == ["hazardous:press", "below_minimum"]


def test_wish_list_leads_nowhere_for_a_vacancy_that_was_taken_back(
    wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    take_back_vacancy(vacancy, by=people.owner, reason="-", at=NOW)
    client = signed_in(people.aylin)
    page = client.get(WISHES).content.decode()
    detail = reverse("vacancies:vacancy_detail", args=[vacancy.public_id])
    assert (client.get(detail).status_code, page.count(detail)) == (404, 0)
    assert page.count(change_path(wish)) == 1


def test_wish_list_takes_the_same_queries_for_one_and_thirty(
    people: People, make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    vacancies = [make_vacancy() for _n in range(30)]
    match_round = opened(people, longest_list=30)
    add_wish(match_round, vacancies[0], by=people.aylin, at=NOW)
    for vacancy in vacancies:
        add_wish(match_round, vacancy, by=people.sara, at=NOW)
    counted = [queries(signed_in(who), WISHES) for who in (people.aylin, people.sara)]
    assert counted[0] == counted[1]


def test_wish_add_puts_the_vacancy_on_the_list_once(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.aylin)
    for _again in range(2):
        response = client.post(add_path(vacancy))
        assert (response.status_code, response.url) == (302, WISHES)  # type: ignore[attr-defined]
    assert wishes_of(people.aylin) == [vacancy.code]
    line = audit.trail(PreferenceList.objects.get()).get()
    assert (line.verb, line.by, line.at) == ("add_wish", people.aylin, NOW)


def test_wish_add_sends_the_anonymous_to_sign_in(
    match_round: MatchRound, vacancy: Vacancy, signed_in: SignIn
) -> None:
    assert sent_to_sign_in(signed_in(None).post(add_path(vacancy)), add_path(vacancy))


def test_wish_add_refuses_who_is_no_student_with_a_sentence(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    who: list[User | None] = [people.stranger, people.onlooker, people.owner, people.officer]
    assert answers(signed_in, who, add_path(vacancy), "post") == [409] * 4
    elsewhere = "https://elsewhere.example/"
    back = signed_in(people.stranger).post(add_path(vacancy), headers={"referer": elsewhere})
    assert back.status_code == 409, "an address of another site is not gone back to"
    here = f"http://testserver{WISHES}"
    back = signed_in(people.stranger).post(add_path(vacancy), headers={"referer": here})
    assert (back.status_code, back.url) == (302, here)  # type: ignore[attr-defined]
    assert not Application.objects.exists()


def test_wish_add_knows_published_vacancies_of_a_present_round_only(
    match_round: MatchRound, make_vacancy: MakeVacancy, people: People, signed_in: SignIn,
    clock: SetClock,
) -> None:  # fmt: skip
    client = signed_in(people.aylin)
    draft, later = make_vacancy(draft=True), make_vacancy()
    gone = make_vacancy()
    take_back_vacancy(gone, by=people.owner, reason="-", at=NOW)
    unknown = reverse("matching:wish_add", args=[uuid.uuid4()])
    paths = [add_path(draft), add_path(gone), unknown, add_path(later)]
    assert [client.post(path).status_code for path in paths] == [404, 404, 404, 409]
    clock(WISHES_CLOSE)
    assert client.post(add_path(match_round.vacancies.get())).status_code == 409
    assert not Application.objects.exists()


def test_wish_add_without_a_round_is_404(
    vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    drafted(people)
    assert signed_in(people.aylin).post(add_path(vacancy)).status_code == 404


def test_wish_add_to_a_full_list_is_refused(
    people: People, make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    first, second = make_vacancy(), make_vacancy()
    add_wish(opened(people, longest_list=1), first, by=people.aylin, at=NOW)
    assert signed_in(people.aylin).post(add_path(second)).status_code == 409
    assert wishes_of(people.aylin) == [first.code]


def test_wish_change_moves_and_takes_out(
    people: People, make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    vacancies = [make_vacancy(code=code) for code in "abc"]
    match_round = opened(people)
    rows = {v.code: add_wish(match_round, v, by=people.aylin, at=NOW) for v in vacancies}
    client = signed_in(people.aylin)
    for code, button, order in (
        ("c", "up", "acb"), ("a", "down", "cab"), ("c", "up", "cab"), ("a", "out", "cb"),
    ):  # fmt: skip
        response = client.post(change_path(rows[code]), {button: "1"})
        assert (response.status_code, response.url) == (302, WISHES)  # type: ignore[attr-defined]
        assert wishes_of(people.aylin) == list(order)
    verbs = [line.verb for line in audit.trail(PreferenceList.objects.get())]
    assert verbs == ["add_wish"] * 3 + ["move_wish"] * 3 + ["take_out_wish"]
    assert client.post(change_path(rows["a"]), {"out": "1"}).status_code == 404
    assert wishes_of(people.aylin) == ["c", "b"]


def test_wish_change_without_a_button_changes_nothing(
    wish: Application, people: People, signed_in: SignIn
) -> None:
    assert signed_in(people.aylin).post(change_path(wish), {"sideways": "1"}).status_code == 302
    assert audit.trail(wish.list).count() == 1


def test_wish_change_is_the_students_own_business(
    wish: Application, people: People, signed_in: SignIn
) -> None:
    who: list[User | None] = [
        None, people.stranger, people.sara, people.onlooker, people.owner, people.officer,
    ]  # fmt: skip
    answers = [signed_in(user).post(change_path(wish), {"out": "1"}).status_code for user in who]
    assert answers == [404] * 6
    assert wishes_of(people.aylin) == [wish.vacancy.code]


def test_wishes_are_changed_by_post_only(
    wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.aylin)
    assert [client.get(path).status_code for path in (change_path(wish), add_path(vacancy))] == [
        405,
        405,
    ]


def test_wish_change_after_the_deadline_is_refused(
    wish: Application, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(WISHES_CLOSE)
    client = signed_in(people.aylin)
    answers = [client.post(change_path(wish), {b: "1"}).status_code for b in ("up", "down", "out")]
    assert answers == [409] * 3
    assert wishes_of(people.aylin) == [wish.vacancy.code]
