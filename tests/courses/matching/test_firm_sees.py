"""What a firm sees of its applicants: when, who, and what never."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils.translation import override

from courses.kit.tables import read_table
from courses.matching import tasks
from courses.matching.actions.rounds import set_deadlines
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish, pseudonym_of, set_wishes
from courses.matching.models import Application, MatchRound, Standing
from courses.matching.states import Unsuitable
from courses.matching.views.firms import time_left
from courses.notices.models import Notice
from courses.organisations.models import Organisation
from courses.people.models import PersonalRecord, User
from courses.skills.models import Skill
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People, SetClock, SignIn
from tests.counting import queries
from tests.courses.matching.learning import learn
from tests.courses.matching.paths import applicant_path, applicants_path, rule_path, table_path
from tests.courses.matching.small_rounds import (
    RANKING,
    READY,
    WISHES_CLOSE,
    drafted,
    frozen,
    opened,
    proposed,
    published,
    ruled,
    student_of,
)
from tests.pages import answers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SECOND = timedelta(seconds=1)


# What differs from answer to answer by itself.
NOISE = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"')


def _text(response: Any) -> str:
    return NOISE.sub("", response.content.decode())


def test_the_firms_pages_are_its_own_business(
    wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(RANKING)
    who: list[User | None] = [
        None, people.stranger, people.aylin, people.teacher, people.onlooker, people.rival,
        people.officer, people.admin,
    ]  # fmt: skip
    for path in (applicants_path(vacancy), applicant_path(wish), rule_path(vacancy)):
        for method in ("get", "post"):
            assert answers(signed_in, who, path, method) == [404] * 8, path
        assert answers(signed_in, [people.owner, people.mentor], path) == [200, 200], path
        assert answers(signed_in, [people.owner], path, "put") == [405], path
    assert answers(signed_in, who, table_path(vacancy)) == [404] * 8
    assert answers(signed_in, [people.owner, people.mentor], table_path(vacancy)) == [200, 200]
    assert answers(signed_in, [people.owner], table_path(vacancy), "post") == [405]
    assert not Standing.objects.exists()


def test_other_rounds_vacancies_and_codes_are_404(
    match_round: MatchRound, wish: Application, vacancy: Vacancy, make_vacancy: MakeVacancy,
    people: People, signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    drafted(people, "draft")
    later = make_vacancy()
    clock(RANKING)
    client = signed_in(people.owner)
    for address in (applicants_path, rule_path, table_path):
        paths = [address(vacancy, code="draft"), address(vacancy, code="none"), address(later)]
        assert [client.get(path).status_code for path in paths] == [404] * 3
    nobody = pseudonym_of(people.sara, match_round)
    path = applicant_path(wish).replace(wish.list.pseudonym, nobody)
    assert [client.get(p).status_code for p in (applicant_path(wish, "draft"), path)] == [404, 404]
    assert client.get(table_path(vacancy, "pdf")).status_code == 404


@pytest.mark.parametrize(
    ("at", "seen"), [(WISHES_CLOSE - SECOND, False), (WISHES_CLOSE, True),
                     (WISHES_CLOSE + SECOND, True)],
)  # fmt: skip
def test_before_wishes_close_a_firm_sees_a_number_and_nothing_else(
    at: datetime, seen: bool, three: list[Application], vacancy: Vacancy, people: People,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    clock(at)
    client = signed_in(people.owner)
    codes = [wish.list.pseudonym for wish in three]
    response = client.get(applicants_path(vacancy))
    assert response.status_code == 200
    page = response.content.decode()
    assert [code in page for code in codes] == [seen] * 3
    assert response.context["vacancy"].asked == 3
    assert [client.get(applicant_path(wish)).status_code for wish in three] == [
        200 if seen else 404
    ] * 3
    tables = [client.get(table_path(vacancy, form)) for form in ("csv", "xlsx")]
    assert [table.status_code for table in tables] == [200 if seen else 409] * 2
    typed = {f"{codes[0]}-place": "1"}
    assert client.post(applicants_path(vacancy), typed).status_code == (302 if seen else 409)
    assert client.post(applicant_path(three[1]), {"place": "1"}).status_code == (
        302 if seen else 404
    )
    assert Standing.objects.count() == (2 if seen else 0)


@pytest.mark.parametrize(
    ("at", "told"), [(WISHES_CLOSE - SECOND, 0), (WISHES_CLOSE, 2), (WISHES_CLOSE + SECOND, 2)]
)
def test_firms_are_called_when_wishes_close_and_once(
    at: datetime, told: int, three: list[Application], people: People
) -> None:
    for _again in range(2):
        tasks.call_firms_to_rank(at)
        notices = Notice.objects.filter(kind="matching.ranking_opened")
        assert {n.recipient for n in notices} == ({people.owner, people.mentor} if told else set())
        assert notices.count() == told
    assert not mail.outbox


def test_reopened_wishes_hide_the_applicants_again(
    three: list[Application], match_round: MatchRound, vacancy: Vacancy, people: People,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    set_deadlines(
        match_round, wishes_close_at=READY, ranking_closes_at=READY + SECOND, reason="-",
        by=people.officer, at=RANKING,
    )  # fmt: skip
    clock(RANKING)
    page = signed_in(people.owner).get(applicants_path(vacancy)).content.decode()
    assert [wish.list.pseudonym in page for wish in three] == [False] * 3


def test_after_the_deadline_the_order_is_read_only(
    three: list[Application], match_round: MatchRound, vacancy: Vacancy, people: People,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    no = Verdict(unsuitable=Unsuitable.HOURS, sentence="ساعت")
    rank_applicants(
        vacancy, match_round, {three[0]: Verdict(tier=2), three[1]: no}, by=people.owner,
        at=RANKING,
    )  # fmt: skip
    client = signed_in(people.owner)
    for turn in (lambda: None, lambda: frozen(match_round, people)):
        turn()
        clock(READY)
        response = client.get(applicants_path(vacancy))
        assert (response.status_code, response.context["may_rank"]) == (200, False)
        assert '<select name="' not in response.content.decode()
        for wish in three:
            assert 'type="radio"' not in client.get(applicant_path(wish)).content.decode()
            assert client.post(applicant_path(wish), {"place": "1"}).status_code == 409
        typed = {f"{three[2].list.pseudonym}-place": "1"}
        assert client.post(applicants_path(vacancy), typed).status_code == 409
    assert Standing.objects.count() == 2


def _shown_to_the_firm(client: Client, vacancy: Vacancy, wish: Application, code: str) -> list[str]:
    """Return every page and table of the firm, without what is noise."""
    pages = [
        client.get(prefix + path)
        for prefix in ("", "/en")
        for path in (
            applicants_path(vacancy, code),
            applicant_path(wish, code),
            rule_path(vacancy, code),
        )
    ]
    assert [page.status_code for page in pages] == [200] * 6
    tables = [
        read_table(f"table.{form}", client.get(table_path(vacancy, form, code)).content)
        for form in ("csv", "xlsx")
    ]
    return [_text(page) for page in pages] + [repr(table) for table in tables]


CANARIES = ("Kanari", "کاناری", "Canary", "قناری", "Ghanari")


def test_no_page_and_no_table_names_the_student_before_publication(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy, signed_in: SignIn, clock: SetClock
) -> None:
    """The same student with another name, sex, age, school and list is the same to the firm."""
    vacancies = [make_vacancy() for _n in range(4)]
    vacancy, others = vacancies[0], vacancies[1:]
    match_round = opened(people)
    set_wishes(match_round, [vacancy, *others], by=people.aylin, at=NOW)
    client = signed_in(people.owner)
    wish = Application.objects.get(vacancy=vacancy)

    def shown(at: datetime) -> list[str]:
        clock(at)
        return _shown_to_the_firm(client, vacancy, wish, "r-1")

    plain = {at: shown(at) for at in (RANKING, READY)}
    # Written past the actions: nothing but what a firm may not see is different.
    people.aylin.first_name, people.aylin.last_name = "Kanari", "کاناری"
    people.aylin.username, people.aylin.email = "Canary", "Canary@example.org"
    people.aylin.save()
    PersonalRecord.objects.filter(user=people.aylin).update(
        sex="boy", birth_date=date(2009, 7, 13), home_locality="Ghanari", grade=12,
        prior_field="Canary",
    )  # fmt: skip
    Organisation.objects.filter(pk=bodies.school.pk).update(name_fa="قناری", name_en="Canary")
    Application.objects.filter(pk=wish.pk).update(rank=99)
    Application.objects.filter(vacancy=others[0]).delete()
    for at, pages in plain.items():
        now = shown(at)
        assert [any(bird in page for bird in CANARIES) for page in now] == [False] * 8
        assert now == pages
    proposed(frozen(match_round, people), people)
    for page in shown(READY):
        assert not any(bird in page for bird in CANARIES)
    ticket = re.compile(r"lottery number|شمارهٔ قرعه")
    assert not any(ticket.search(page) for page in shown(READY))


def test_within_a_group_the_order_is_that_of_the_codes(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy, signed_in: SignIn, clock: SetClock
) -> None:
    vacancy, other = make_vacancy(), make_vacancy()
    match_round = opened(people)
    students = [student_of(bodies.school, f"s{n}") for n in range(6)]
    for number, student in enumerate(students):
        wanted = [vacancy, other] if number % 2 else [other, vacancy]
        set_wishes(match_round, wanted, by=student, at=NOW + timedelta(hours=number))
    wishes = list(
        Application.objects.filter(vacancy=vacancy)
        .select_related("list")
        .order_by("list__pseudonym")
    )
    rank_applicants(
        vacancy, match_round,
        {wishes[5]: Verdict(tier=1), wishes[3]: Verdict(tier=2), wishes[0]: Verdict(tier=2)},
        by=people.owner, at=RANKING,
    )  # fmt: skip
    clock(RANKING)
    rows = signed_in(people.owner).get(applicants_path(vacancy)).context["rows"]
    assert [row.applicant.application for row in rows] == [
        wishes[n] for n in (5, 0, 3, 1, 2, 4)
    ]  # fmt: skip


def test_the_list_shows_programmes_lessons_and_skills(
    wish: Application, vacancy: Vacancy, people: People, bodies: Bodies, skills: dict[str, Skill],
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    learn(people.aylin, bodies, skills["folding"])
    clock(RANKING)
    client = signed_in(people.owner)
    for path in (applicants_path(vacancy), applicant_path(wish)):
        page = client.get(path).content.decode()
        assert "الگوسازی learnt" in page
        assert page.count('<span class="tag">folding</span>') == 1


def test_a_vacancy_nobody_asked_for_says_so(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(RANKING)
    response = signed_in(people.owner).get(applicants_path(vacancy))
    assert (response.status_code, response.context["total"]) == (200, 0)
    assert "<form class=" not in response.content.decode().split("<main")[1].split("</main>")[0]


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=2, hours=5, minutes=59), "2 days and 5 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=1, minutes=30), "1 hour"),
        (timedelta(minutes=7), "7 minutes"),
        (timedelta(seconds=-5), "0 minutes"),
    ],
)
def test_time_left_is_said_in_days_and_hours(left: timedelta, words: str) -> None:
    with override("en"):
        assert time_left(NOW + left, NOW) == words


def test_the_firms_pages_take_the_same_queries_for_one_and_thirty(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy, skills: dict[str, Skill],
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    sizes = {"few": 1, "many": 30, "few-ruled": 1, "many-ruled": 30}
    vacancies = {name: make_vacancy(seats=40) for name in sizes}
    match_round = opened(people)
    learnt = student_of(bodies.school, "learnt")
    learn(learnt, bodies, skills["folding"])
    firsts = {}
    for name, size in sizes.items():
        crowd = [learnt, *(student_of(bodies.school, f"{name}-{n}") for n in range(size - 1))]
        wishes = [add_wish(match_round, vacancies[name], by=who, at=NOW) for who in crowd]
        firsts[name] = wishes[0]
        if name.endswith("ruled"):
            ruled(vacancies[name], match_round, people)
        else:
            rank_applicants(
                vacancies[name], match_round, {wishes[0]: Verdict(tier=1)}, by=people.owner,
                at=RANKING,
            )  # fmt: skip
    client = signed_in(people.owner)
    pages: list[Callable[[str], str]] = [
        lambda name: applicants_path(vacancies[name]), lambda name: applicant_path(firsts[name]),
        lambda name: table_path(vacancies[name]), lambda name: rule_path(vacancies[name]),
    ]  # fmt: skip
    for at in (NOW, RANKING):
        clock(at)
        for page in pages if at == RANKING else [pages[0], pages[3]]:
            for few, many in (("few", "many"), ("few-ruled", "many-ruled")):
                assert queries(client, page(few)) == queries(client, page(many))
    published(match_round, people)
    clock(READY)
    assert queries(client, pages[0]("few")) == queries(client, pages[0]("many"))
