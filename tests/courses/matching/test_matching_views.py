"""Every address of the room: who may, what changes, what a wrong answer looks like."""

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from courses.kit import audit
from courses.kit.calendars import TEHRAN, jalali_digits
from courses.law.models import Confidence, Holiday
from courses.matching.actions import runs
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish, pseudonym_of
from courses.matching.models import Application, MatchRound, MatchRun, PreferenceList, Standing
from courses.matching.states import State
from courses.organisations.models import Organisation
from courses.people.models import User
from courses.vacancies.actions import take_back_vacancy
from courses.vacancies.models import Vacancy
from tests.cast import NOW, TODAY, Bodies, MakeVacancy, People, SignIn
from tests.counting import queries
from tests.courses.matching.small_rounds import (
    RANKING,
    READY,
    WISHES_CLOSE,
    drafted,
    frozen,
    in_state,
    opened,
    proposed,
    published,
    running,
    student_of,
    work_off,
)

pytestmark = pytest.mark.django_db

SetClock = Callable[[datetime], None]
WISHES = reverse("matching:wish_list")
ROUNDS = reverse("matching:round_list")
NEW = reverse("matching:round_draft")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Let the site believe that it is NOW, or another moment."""

    def turn(at: datetime) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: at)

    turn(NOW)
    return turn


@pytest.fixture
def match_round(people: People, vacancy: Vacancy) -> MatchRound:
    """An open round with one vacancy."""
    return opened(people)


@pytest.fixture
def wish(match_round: MatchRound, vacancy: Vacancy, people: People) -> Application:
    """Aylin's wish."""
    return add_wish(match_round, vacancy, by=people.aylin, at=NOW)


def _round(name: str, code: str = "r-1") -> str:
    return reverse(f"matching:{name}", args=[code])


def _applicants(vacancy: Vacancy, code: str = "r-1") -> str:
    return reverse("matching:applicant_list", args=[code, vacancy.public_id])


def _add(vacancy: Vacancy) -> str:
    return reverse("matching:wish_add", args=[vacancy.public_id])


def _change(wish: Application) -> str:
    return reverse("matching:wish_change", args=[wish.public_id])


def _order(student: User) -> list[str]:
    return list(
        Application.objects.filter(list__student=student).values_list("vacancy__code", flat=True)
    )


def _answers(
    signed_in: SignIn, who: list[User | None], path: str, method: str = "get"
) -> list[int]:
    return [getattr(signed_in(user), method)(path).status_code for user in who]


def _sent_to_sign_in(response: Any, path: str) -> bool:
    return (response.status_code, response.url) == (302, f"{reverse('account_login')}?next={path}")


def _faulty_fields(page: str) -> list[str]:
    """Return the ids the one error summary links to; every one must stand in the page once."""
    assert page.count('id="errors"') == 1
    summary = re.search(r'id="errors".*?</ul>', page, re.DOTALL)
    assert summary is not None
    linked = re.findall(r'href="#([^"]+)"', summary[0])
    assert [page.count(f'id="{target}"') for target in linked] == [1] * len(linked)
    return linked


# A student's list


def test_wish_list_shows_the_students_own_wishes(
    wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    page = signed_in(people.aylin).get(WISHES).content.decode()
    assert page.count(_change(wish)) == 1
    assert page.count(reverse("vacancies:vacancy_detail", args=[vacancy.public_id])) == 1
    assert signed_in(people.sara).get(WISHES).content.decode().count(_change(wish)) == 0


def test_wish_list_sends_the_anonymous_to_sign_in(signed_in: SignIn, db: None) -> None:
    assert _sent_to_sign_in(signed_in(None).get(WISHES), WISHES)


def test_wish_list_is_a_page_for_everybody_with_an_account(
    wish: Application, people: People, signed_in: SignIn
) -> None:
    who: list[User | None] = [people.stranger, people.onlooker, people.owner, people.officer]
    assert _answers(signed_in, who, WISHES) == [200] * 4


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
    assert page.count(_change(wish)) == 0


def test_wish_list_says_what_the_law_says(
    people: People, make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    press = make_vacancy(skill="press", minimum_age=18)
    add_wish(opened(people), press, by=people.aylin, at=NOW)
    ((_wish, reasons),) = signed_in(people.aylin).get(WISHES).context["rows"]
    assert [r.code for r in reasons] == ["hazardous:press", "below_minimum"]


def test_wish_list_leads_nowhere_for_a_vacancy_that_was_taken_back(
    wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    take_back_vacancy(vacancy, by=people.owner, reason="-", at=NOW)
    client = signed_in(people.aylin)
    page = client.get(WISHES).content.decode()
    detail = reverse("vacancies:vacancy_detail", args=[vacancy.public_id])
    assert (client.get(detail).status_code, page.count(detail)) == (404, 0)
    assert page.count(_change(wish)) == 1


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
        response = client.post(_add(vacancy))
        assert (response.status_code, response.url) == (302, WISHES)
    assert _order(people.aylin) == [vacancy.code]
    line = audit.trail(PreferenceList.objects.get()).get()
    assert (line.verb, line.by, line.at) == ("add_wish", people.aylin, NOW)


def test_wish_add_sends_the_anonymous_to_sign_in(
    match_round: MatchRound, vacancy: Vacancy, signed_in: SignIn
) -> None:
    assert _sent_to_sign_in(signed_in(None).post(_add(vacancy)), _add(vacancy))


def test_wish_add_refuses_who_is_no_student_with_a_sentence(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    who: list[User | None] = [people.stranger, people.onlooker, people.owner, people.officer]
    assert _answers(signed_in, who, _add(vacancy), "post") == [409] * 4
    elsewhere = "https://elsewhere.example/"
    back = signed_in(people.stranger).post(_add(vacancy), headers={"referer": elsewhere})
    assert back.status_code == 409, "an address of another site is not gone back to"
    here = f"http://testserver{WISHES}"
    back = signed_in(people.stranger).post(_add(vacancy), headers={"referer": here})
    assert (back.status_code, back.url) == (302, here)
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
    paths = [_add(draft), _add(gone), unknown, _add(later)]
    assert [client.post(path).status_code for path in paths] == [404, 404, 404, 409]
    clock(WISHES_CLOSE)
    assert client.post(_add(match_round.vacancies.get())).status_code == 409
    assert not Application.objects.exists()


def test_wish_add_without_a_round_is_404(
    vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    drafted(people)
    assert signed_in(people.aylin).post(_add(vacancy)).status_code == 404


def test_wish_add_to_a_full_list_is_refused(
    people: People, make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    first, second = make_vacancy(), make_vacancy()
    add_wish(opened(people, longest_list=1), first, by=people.aylin, at=NOW)
    assert signed_in(people.aylin).post(_add(second)).status_code == 409
    assert _order(people.aylin) == [first.code]


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
        response = client.post(_change(rows[code]), {button: "1"})
        assert (response.status_code, response.url) == (302, WISHES)
        assert _order(people.aylin) == list(order)
    verbs = [line.verb for line in audit.trail(PreferenceList.objects.get())]
    assert verbs == ["add_wish"] * 3 + ["move_wish"] * 3 + ["take_out_wish"]
    assert client.post(_change(rows["a"]), {"out": "1"}).status_code == 404
    assert _order(people.aylin) == ["c", "b"]


def test_wish_change_without_a_button_changes_nothing(
    wish: Application, people: People, signed_in: SignIn
) -> None:
    assert signed_in(people.aylin).post(_change(wish), {"sideways": "1"}).status_code == 302
    assert audit.trail(wish.list).count() == 1


def test_wish_change_is_the_students_own_business(
    wish: Application, people: People, signed_in: SignIn
) -> None:
    who: list[User | None] = [
        None, people.stranger, people.sara, people.onlooker, people.owner, people.officer,
    ]  # fmt: skip
    answers = [signed_in(user).post(_change(wish), {"out": "1"}).status_code for user in who]
    assert answers == [404] * 6
    assert _order(people.aylin) == [wish.vacancy.code]


def test_wishes_are_changed_by_post_only(
    wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.aylin)
    assert [client.get(path).status_code for path in (_change(wish), _add(vacancy))] == [405, 405]


def test_wish_change_after_the_deadline_is_refused(
    wish: Application, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(WISHES_CLOSE)
    client = signed_in(people.aylin)
    answers = [client.post(_change(wish), {b: "1"}).status_code for b in ("up", "down", "out")]
    assert answers == [409] * 3
    assert _order(people.aylin) == [wish.vacancy.code]


# The result


def test_result_shows_the_place_with_its_reasons(
    wish: Application, match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    published(match_round, people)
    for prefix in ("", "/en"):
        response = signed_in(people.aylin).get(prefix + _round("result_detail"))
        assert response.status_code == 200
        assert [(w.vacancy, w.won) for w in response.context["wishes"]] == [(vacancy, True)]


def test_result_is_for_the_student_alone(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    path = _round("result_detail")
    assert signed_in(people.aylin).get(path).status_code == 404, "nothing is published yet"
    published(match_round, people)
    who: list[User | None] = [
        None, people.stranger, people.sara, people.onlooker, people.owner, people.officer,
        people.admin,
    ]  # fmt: skip
    assert _answers(signed_in, who, path) == [404] * 7
    assert _answers(signed_in, [people.aylin], path, "post") == [405]
    assert _answers(signed_in, [people.aylin], _round("result_detail", "none")) == [404]


def test_result_takes_the_same_queries_for_one_and_thirty_wishes(
    people: People, make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    vacancies = [make_vacancy(skill="press", minimum_age=18) for _n in range(30)]
    match_round = opened(people, longest_list=30)
    add_wish(match_round, vacancies[0], by=people.aylin, at=NOW)
    for vacancy in vacancies:
        add_wish(match_round, vacancy, by=people.sara, at=NOW)
    published(match_round, people)
    path = _round("result_detail")
    counted = [queries(signed_in(who), path) for who in (people.aylin, people.sara)]
    assert counted[0] == counted[1]


# A firm's applicants


def test_applicants_are_shown_to_the_firm_after_the_wishes_and_without_names(
    wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    client = signed_in(people.owner)
    code = wish.list.pseudonym
    before = client.get(_applicants(vacancy))
    assert (before.status_code, before.context["rows"]) == (200, [])
    assert before.content.decode().count(code) == 0
    clock(RANKING)
    page = client.get(_applicants(vacancy)).content.decode()
    assert (f'name="{code}-place"' in page, f'name="{code}-sentence"' in page) == (True, True)
    assert [page.count(private) for private in ("Aylin", "aylin", "girls")] == [0, 0, 0]


def test_applicants_are_the_firms_own_business(
    wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(RANKING)
    path = _applicants(vacancy)
    who: list[User | None] = [
        None, people.stranger, people.aylin, people.onlooker, people.rival, people.officer,
        people.admin,
    ]  # fmt: skip
    for method in ("get", "post"):
        assert _answers(signed_in, who, path, method) == [404] * 7
    assert _answers(signed_in, [people.owner, people.mentor], path) == [200, 200]
    assert _answers(signed_in, [people.owner], path, "put") == [405]
    assert not Standing.objects.exists()


def test_applicants_of_a_draft_or_a_round_without_the_vacancy_are_404(
    match_round: MatchRound, vacancy: Vacancy, make_vacancy: MakeVacancy, people: People,
    signed_in: SignIn,
) -> None:  # fmt: skip
    drafted(people, "draft")
    later = make_vacancy()
    paths = [
        _applicants(vacancy, "draft"), _applicants(later), _applicants(vacancy, "none"),
    ]  # fmt: skip
    assert [signed_in(people.owner).get(path).status_code for path in paths] == [404] * 3


def test_applicants_are_ranked(
    match_round: MatchRound, wish: Application, vacancy: Vacancy, people: People,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    other = add_wish(match_round, vacancy, by=people.sara, at=NOW)
    clock(RANKING)
    client = signed_in(people.mentor)
    typed = {
        f"{wish.list.pseudonym}-place": "1",
        f"{wish.list.pseudonym}-sentence": "",
        f"{other.list.pseudonym}-place": "hours",
        f"{other.list.pseudonym}-sentence": "سه‌شنبه‌ها كلاس دارد",
    }
    for _again in range(2):
        response = client.post(_applicants(vacancy), typed)
        assert (response.status_code, response.url) == (302, _applicants(vacancy))
    rows = Standing.objects.order_by("application_id").values_list(
        "application_id", "tier", "unsuitable", "sentence", "given_by", "given_at"
    )
    assert list(rows) == [
        (wish.pk, 1, "", "", people.mentor.pk, RANKING),
        (other.pk, None, "hours", "سه‌شنبه‌ها کلاس دارد", people.mentor.pk, RANKING),
    ]
    line = audit.trail(vacancy).last()
    assert line is not None
    assert (line.verb, line.by) == ("rank_applicants", people.mentor)
    shown = client.get(_applicants(vacancy)).context["rows"]
    assert {row.application: row["place"].value() for row in shown} == {wish: "1", other: "hours"}
    client.post(_applicants(vacancy), dict.fromkeys(typed, ""))
    assert not Standing.objects.exists()


def test_a_wrong_ranking_keeps_everything_and_points_at_every_field(
    match_round: MatchRound, wish: Application, vacancy: Vacancy, people: People, bodies: Bodies,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    second = add_wish(match_round, vacancy, by=people.sara, at=NOW)
    third = add_wish(match_round, vacancy, by=student_of(bodies.school, "tara"), at=NOW)
    clock(RANKING)
    one, two, three = (w.list.pseudonym for w in (wish, second, third))
    response = signed_in(people.owner).post(
        _applicants(vacancy),
        {
            f"{one}-place": "skills", f"{one}-sentence": "",
            f"{two}-place": "10", f"{two}-sentence": "«یادداشت»",
            f"{three}-place": "4", f"{three}-sentence": "",
        },
    )  # fmt: skip
    assert response.status_code == 422
    page = response.content.decode()
    assert sorted(_faulty_fields(page)) == sorted([f"id_{one}-sentence", f"id_{two}-place"])
    kept = {row.application: row["place"].value() for row in response.context["rows"]}
    assert kept == {wish: "skills", second: "10", third: "4"}
    assert page.count("«یادداشت»") == 1
    assert len(re.findall(r'<option value="(skills|4)" selected', page)) == 2
    assert not Standing.objects.exists()


@pytest.mark.parametrize("at", [NOW, READY])
def test_applicants_are_not_ranked_outside_the_time(
    at: datetime, wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn,
    clock: SetClock,
) -> None:  # fmt: skip
    clock(at)
    typed = {f"{wish.list.pseudonym}-place": "1"}
    assert signed_in(people.owner).post(_applicants(vacancy), typed).status_code == 409
    assert not Standing.objects.exists()


def test_who_comes_is_shown_by_name_once_published(
    match_round: MatchRound, wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn,
    clock: SetClock,
) -> None:  # fmt: skip
    proposed(frozen(match_round, people), people)
    clock(READY)
    client = signed_in(people.owner)
    assert client.get(_applicants(vacancy)).content.decode().count("Aylin") == 0
    signed_in(people.officer_2).post(_round("round_publish"))
    response = client.get(_applicants(vacancy))
    assert [o.list.student for o in response.context["results"]] == [people.aylin]
    assert response.content.decode().count("Aylin") == 1


def test_applicant_list_takes_the_same_queries_for_one_and_thirty(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy, signed_in: SignIn, clock: SetClock
) -> None:
    few, many = make_vacancy(), make_vacancy(seats=40)
    match_round = opened(people)
    rows = {
        vacancy: [
            add_wish(match_round, vacancy, by=student, at=NOW)
            for student in _crowd(bodies.school, vacancy, count)
        ]
        for vacancy, count in ((few, 1), (many, 30))
    }
    for vacancy, asked in rows.items():
        rank_applicants(
            vacancy, match_round, {asked[0]: Verdict(tier=1)}, by=people.owner, at=RANKING
        )
    clock(RANKING)
    client = signed_in(people.owner)
    counted = [queries(client, _applicants(vacancy)) for vacancy in (few, many)]
    assert counted[0] == counted[1]
    published(match_round, people)
    counted = [queries(client, _applicants(vacancy)) for vacancy in (few, many)]
    assert counted[0] == counted[1]


def _crowd(school: Organisation, vacancy: Vacancy, count: int) -> list[User]:
    return [student_of(school, f"s{vacancy.pk}-{n}") for n in range(count)]


# An officer's rounds


def test_round_list_is_for_officers(people: People, signed_in: SignIn, vacancy: Vacancy) -> None:
    drafted(people, "one")
    opened(people, "two")
    response = signed_in(people.officer).get(ROUNDS)
    assert response.status_code == 200
    assert [r.code for r in response.context["rounds"]] == ["two", "one"]
    for path in (ROUNDS, NEW):
        assert _sent_to_sign_in(signed_in(None).get(path), path)
        who: list[User | None] = [
            people.stranger, people.aylin, people.onlooker, people.owner, people.admin,
        ]  # fmt: skip
        assert _answers(signed_in, who, path) == [403] * 5
    assert _answers(signed_in, [people.officer], ROUNDS, "post") == [405]
    assert _answers(signed_in, [people.officer], NEW, "put") == [405]


def test_round_list_takes_the_same_queries_for_one_and_thirty(
    people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.officer)
    drafted(people, "r-0")
    one = queries(client, ROUNDS)
    for number in range(1, 30):
        drafted(people, f"r-{number}")
    assert queries(client, ROUNDS) == one


def _typed(**changes: str) -> dict[str, str]:
    plain = {
        "code": "R-1405-2", "title_fa": "دور زمستاني", "title_en": "Winter round",
        "wishes_close_on": jalali_digits(TODAY + timedelta(days=5)),
        "ranking_closes_on": jalali_digits(TODAY + timedelta(days=8)),
        "longest_list": "۱۲",
    }  # fmt: skip
    return plain | changes


def test_round_draft_saves_a_round(people: People, signed_in: SignIn) -> None:
    client = signed_in(people.officer)
    assert client.get(NEW).status_code == 200
    response = client.post(NEW, _typed())
    assert (response.status_code, response.url) == (302, _round("round_detail", "r-1405-2"))
    match_round = MatchRound.objects.get()
    assert (
        match_round.code, match_round.title_fa, match_round.title_en, match_round.longest_list,
        match_round.state,
    ) == ("r-1405-2", "دور زمستانی", "Winter round", 12, State.DRAFT)  # fmt: skip
    assert [
        moment.astimezone(TEHRAN).isoformat()[:16]
        for moment in (match_round.wishes_close_at, match_round.ranking_closes_at)
    ] == [f"{TODAY + timedelta(days=n)}T20:00" for n in (5, 8)]
    line = audit.trail(match_round).get()
    assert (line.verb, line.by) == ("draft_round", people.officer)
    again = client.post(NEW, _typed())
    assert (again.status_code, MatchRound.objects.count()) == (422, 1)
    assert _faulty_fields(again.content.decode()) == ["id_code"]


def test_round_draft_is_refused_to_others(people: People, signed_in: SignIn) -> None:
    for who in (people.stranger, people.onlooker, people.owner, people.admin):
        assert signed_in(who).post(NEW, _typed()).status_code == 403
    assert _sent_to_sign_in(signed_in(None).post(NEW, _typed()), NEW)
    assert not MatchRound.objects.exists()


@pytest.mark.parametrize(
    ("changes", "faulty"),
    [
        ({"code": "دور"}, ["code"]),
        ({"code": "", "title_fa": " ", "title_en": ""}, ["code", "title_fa", "title_en"]),
        ({"wishes_close_on": "1405/13/01"}, ["wishes_close_on"]),
        (
            {"wishes_close_on": "", "ranking_closes_on": ""},
            ["wishes_close_on", "ranking_closes_on"],
        ),
        ({"ranking_closes_on": jalali_digits(TODAY + timedelta(days=5))}, ["ranking_closes_on"]),
        ({"ranking_closes_on": jalali_digits(TODAY)}, ["ranking_closes_on"]),
        ({"longest_list": "0"}, ["longest_list"]),
        ({"longest_list": "۵۱"}, ["longest_list"]),
        ({"longest_list": "many"}, ["longest_list"]),
    ],
)
def test_a_wrong_draft_keeps_what_was_typed(
    changes: dict[str, str], faulty: list[str], people: People, signed_in: SignIn
) -> None:
    typed = _typed(**changes)
    response = signed_in(people.officer).post(NEW, typed)
    assert response.status_code == 422
    assert _faulty_fields(response.content.decode()) == [f"id_{name}" for name in faulty]
    form = response.context["form"]
    assert {name: form[name].value() for name in typed} == typed
    assert not MatchRound.objects.exists()


def test_a_deadline_does_not_fall_on_a_holiday(people: People, signed_in: SignIn) -> None:
    for days, confidence in ((5, Confidence.HIGH), (8, Confidence.VERIFY)):
        Holiday.objects.create(
            day=TODAY + timedelta(days=days), confidence=confidence, name_fa="عید", name_en="Feast"
        )
    response = signed_in(people.officer).post(NEW, _typed())
    assert response.status_code == 422
    assert _faulty_fields(response.content.decode()) == ["id_wishes_close_on"]
    assert not MatchRound.objects.exists()


@pytest.mark.parametrize("state", list(State))
def test_round_detail_shows_an_officer_every_state(
    state: State, people: People, vacancy: Vacancy, signed_in: SignIn, clock: SetClock
) -> None:
    in_state(state, people)
    clock(READY)
    path = _round("round_detail")
    next_step = {
        State.DRAFT: "round_open", State.OPEN: "round_freeze", State.FROZEN: "round_run",
        State.PROPOSED: "round_publish", State.PUBLISHED: "round_close",
    }  # fmt: skip
    page = signed_in(people.officer_2).get(path).content.decode()
    offered = [name for name in next_step.values() if f'action="{_round(name)}"' in page]
    assert offered == ([next_step[state]] if state in next_step else [])
    hidden = 404 if state == State.DRAFT else 403
    who: list[User | None] = [people.stranger, people.aylin, people.onlooker, people.owner]
    assert _answers(signed_in, who, path) == [hidden] * 4
    assert _answers(signed_in, [None], path) == [404]
    assert _answers(signed_in, [people.officer], path, "post") == [405]


def test_round_detail_does_not_offer_publishing_to_who_ran_it(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    proposed(frozen(match_round, people), people)
    pages = [
        signed_in(who).get(_round("round_detail")).content.decode()
        for who in (people.officer, people.officer_2)
    ]
    assert [page.count(_round("round_publish")) for page in pages] == [0, 1]


def test_round_detail_shows_what_the_verifier_found(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    run = running(frozen(match_round, people), people)
    with monkeypatch.context() as broken:
        broken.setattr(runs, "placement_of", lambda market: dict.fromkeys(market.students))
        runs.finish_run(run, at=READY)
    response = signed_in(people.officer).get(_round("round_detail"))
    assert (response.context["withheld"], response.context["run"]) == (run, None)
    assert response.content.decode().count(run.violations[0]) == 1


def test_round_detail_never_shows_the_seed(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    page = signed_in(people.officer).get(_round("round_detail")).content.decode()
    assert page.count(match_round.commitment) == 1
    assert page.count(bytes(match_round.seed or b"").hex()) == 0


def test_round_detail_takes_the_same_queries_for_one_and_thirty_lists(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy, signed_in: SignIn
) -> None:
    make_vacancy()
    small = opened(people, "small")
    vacancies = [*small.vacancies.all(), make_vacancy(), make_vacancy()]
    large = opened(people, "large")
    add_wish(small, vacancies[0], by=people.aylin, at=NOW)
    for number in range(30):
        student = student_of(bodies.school, f"s{number}")
        for vacancy in vacancies:
            add_wish(large, vacancy, by=student, at=NOW)
    client = signed_in(people.officer)
    counted = [queries(client, _round("round_detail", code)) for code in ("small", "large")]
    assert counted[0] == counted[1]
    for match_round in (small, large):
        published(match_round, people)
    counted = [queries(client, _round("round_detail", code)) for code in ("small", "large")]
    assert counted[0] == counted[1]


MOVES = [
    ("round_open", State.DRAFT, State.OPEN, "open_round"),
    ("round_freeze", State.OPEN, State.FROZEN, "freeze_round"),
    ("round_run", State.FROZEN, State.RUNNING, "start_run"),
    ("round_publish", State.PROPOSED, State.PUBLISHED, "publish_round"),
    ("round_close", State.PUBLISHED, State.CLOSED, "close_round"),
]


@pytest.mark.parametrize(("name", "before", "after", "verb"), MOVES)
def test_a_move_is_posted_by_an_officer_once(
    name: str, before: State, after: State, verb: str, people: People, vacancy: Vacancy,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    match_round = in_state(before, people)
    # A round is opened before its deadlines, moved on after them.
    moment = NOW if before == State.DRAFT else READY
    clock(moment)
    client = signed_in(people.officer_2)
    response = client.post(_round(name))
    assert (response.status_code, response.url) == (302, _round("round_detail"))
    match_round.refresh_from_db()
    line = audit.trail(match_round).last()
    assert line is not None
    assert (match_round.state, line.verb, line.by, line.at) == (
        after,
        verb,
        people.officer_2,
        moment,
    )
    lines = audit.trail(match_round).count()
    assert client.post(_round(name)).status_code == 409
    match_round.refresh_from_db()
    assert (match_round.state, audit.trail(match_round).count()) == (after, lines)


@pytest.mark.parametrize(("name", "before", "after", "verb"), MOVES)
def test_a_move_is_refused_to_everybody_else(
    name: str, before: State, after: State, verb: str, people: People, vacancy: Vacancy,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    match_round = in_state(before, people)
    clock(READY)
    path = _round(name)
    hidden = 404 if before == State.DRAFT else 403
    who: list[User | None] = [
        people.stranger, people.aylin, people.onlooker, people.owner, people.admin,
    ]  # fmt: skip
    assert _answers(signed_in, who, path, "post") == [hidden] * 5
    assert _answers(signed_in, [None], path, "post") == [404]
    assert _answers(signed_in, [people.officer_2], path) == [405]
    assert _answers(signed_in, [people.officer_2], _round(name, "none"), "post") == [404]
    match_round.refresh_from_db()
    assert match_round.state == before


def test_publishing_ones_own_run_is_refused_and_goes_back_to_the_page(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    proposed(frozen(match_round, people), people)
    here = f"http://testserver{_round('round_detail')}"
    response = signed_in(people.officer).post(_round("round_publish"), headers={"referer": here})
    assert (response.status_code, response.url) == (302, here)
    match_round.refresh_from_db()
    assert match_round.state == State.PROPOSED


def test_freezing_before_the_deadlines_is_refused(
    match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    client = signed_in(people.officer)
    for at in (NOW, RANKING):
        clock(at)
        assert client.post(_round("round_freeze")).status_code == 409
    match_round.refresh_from_db()
    assert match_round.state == State.OPEN


def test_a_run_that_was_started_here_is_finished_in_the_background(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    frozen(match_round, people)
    clock(READY)
    client = signed_in(people.officer)
    answers = [client.post(_round("round_run")).status_code for _again in range(2)]
    assert answers == [302, 409]
    work_off()
    run = MatchRun.objects.get(round=match_round)
    match_round.refresh_from_db()
    assert (run.placed, run.finished_at, match_round.state) == (1, READY, State.PROPOSED)


def test_a_phase_is_ended_with_a_reason(
    match_round: MatchRound, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    client = signed_in(people.officer)
    path = _round("round_end_phase")
    assert client.get(path).status_code == 200
    response = client.post(path, {"reason": "همه آماده‌اند"})
    assert (response.status_code, response.url) == (302, _round("round_detail"))
    match_round.refresh_from_db()
    line = audit.trail(match_round).last()
    assert line is not None
    assert (match_round.wishes_close_at, line.verb, line.by, line.reason) == (
        NOW,
        "set_deadlines",
        people.officer,
        "همه آماده‌اند",
    )
    clock(READY)
    assert client.post(path, {"reason": "دوباره"}).status_code == 409


def test_ending_a_phase_owes_its_reason(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.officer)
    for reason in ("", "  ", "ب" * 301):
        response = client.post(_round("round_end_phase"), {"reason": reason})
        assert response.status_code == 422
        assert _faulty_fields(response.content.decode()) == ["id_reason"]
        assert response.context["form"]["reason"].value() == reason
    match_round.refresh_from_db()
    assert match_round.wishes_close_at == WISHES_CLOSE


def test_ending_a_phase_is_refused_to_everybody_else(
    match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    drafted(people, "draft")
    who: list[User | None] = [people.stranger, people.aylin, people.onlooker, people.owner]
    for method in ("get", "post"):
        assert _answers(signed_in, who, _round("round_end_phase"), method) == [403] * 4
        assert _answers(signed_in, who, _round("round_end_phase", "draft"), method) == [404] * 4
        assert _answers(signed_in, [None], _round("round_end_phase"), method) == [404]
    assert _answers(signed_in, [people.officer], _round("round_end_phase"), "put") == [405]


def test_the_pseudonym_of_a_student_is_not_on_an_officers_pages(
    wish: Application, match_round: MatchRound, people: People, signed_in: SignIn
) -> None:
    published(match_round, people)
    client: Client = signed_in(people.officer)
    page = client.get(_round("round_detail")).content.decode()
    assert page.count(pseudonym_of(people.aylin, match_round)) == 0
    assert page.count("Aylin") == 0
