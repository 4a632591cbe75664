"""The firm's pages: who may, when what is seen, and what is never seen."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from courses.curricula.actions import freeze_programme
from courses.curricula.models import ModulePage, ProgrammePage
from courses.enrolment.actions import apply_to
from courses.kit import audit
from courses.kit.tables import read_table
from courses.learning.actions import attempt_quiz
from courses.matching import tasks
from courses.matching.actions.answers import accept_place, decline_place
from courses.matching.actions.rounds import remind_firms, set_deadlines
from courses.matching.actions.scoring import publish_scoring_rule
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish, pseudonym_of, set_wishes
from courses.matching.models import Application, MatchRound, ScoringRule, Standing
from courses.matching.queries import next_steps, result_of
from courses.matching.states import Unsuitable
from courses.matching.views.firms import time_left
from courses.notices.models import Message, Notice
from courses.organisations.models import Organisation
from courses.people.models import PersonalRecord, User
from courses.skills.models import Skill
from courses.vacancies.actions import post_vacancy, publish_vacancy
from courses.vacancies.models import Vacancy
from tests.cast import (
    NOW,
    Bodies,
    MakeVacancy,
    People,
    SetClock,
    SignIn,
    make_intake,
    make_programme,
    unsaved_vacancy,
)
from tests.counting import queries
from tests.courses.matching.small_rounds import (
    RANKING,
    RANKING_CLOSES,
    READY,
    WISHES_CLOSE,
    delivered,
    drafted,
    frozen,
    opened,
    proposed,
    published,
    student_of,
)
from tests.pages import answers, faulty_fields

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SECOND = timedelta(seconds=1)
# What differs from answer to answer by itself.
NOISE = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"')


@pytest.fixture
def three(
    match_round: MatchRound, vacancy: Vacancy, wish: Application, people: People, bodies: Bodies
) -> list[Application]:
    """Three wishes in the order of their codes."""
    for student in (people.sara, student_of(bodies.school, "tara")):
        add_wish(match_round, vacancy, by=student, at=NOW)
    return list(Application.objects.select_related("list").order_by("list__pseudonym"))


def _path(name: str, *args: object) -> str:
    """Return a Persian address, whatever language the last page was read in."""
    with override("fa"):
        return reverse(f"matching:{name}", args=args)


def _list(vacancy: Vacancy, code: str = "r-1") -> str:
    return _path("applicant_list", code, vacancy.public_id)


def _one(wish: Application, code: str = "r-1") -> str:
    return _path("applicant_rank", code, wish.vacancy.public_id, wish.list.pseudonym)


def _rule(vacancy: Vacancy, code: str = "r-1") -> str:
    return _path("scoring_rule", code, vacancy.public_id)


def _table(vacancy: Vacancy, form: str = "csv", code: str = "r-1") -> str:
    return _path("applicant_export", code, vacancy.public_id, form)


def _publish(vacancy: Vacancy, match_round: MatchRound, people: People) -> ScoringRule:
    return publish_scoring_rule(
        vacancy, match_round, lessons=50, quizzes=30, nearness=20, by=people.owner, at=NOW
    )


def _text(response: Any) -> str:
    return NOISE.sub("", response.content.decode())


# Who may


def test_the_firms_pages_are_its_own_business(
    wish: Application, vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(RANKING)
    who: list[User | None] = [
        None, people.stranger, people.aylin, people.teacher, people.onlooker, people.rival,
        people.officer, people.admin,
    ]  # fmt: skip
    for path in (_list(vacancy), _one(wish), _rule(vacancy)):
        for method in ("get", "post"):
            assert answers(signed_in, who, path, method) == [404] * 8, path
        assert answers(signed_in, [people.owner, people.mentor], path) == [200, 200], path
        assert answers(signed_in, [people.owner], path, "put") == [405], path
    assert answers(signed_in, who, _table(vacancy)) == [404] * 8
    assert answers(signed_in, [people.owner, people.mentor], _table(vacancy)) == [200, 200]
    assert answers(signed_in, [people.owner], _table(vacancy), "post") == [405]
    assert not Standing.objects.exists()


def test_other_rounds_vacancies_and_codes_are_404(
    match_round: MatchRound, wish: Application, vacancy: Vacancy, make_vacancy: MakeVacancy,
    people: People, signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    drafted(people, "draft")
    later = make_vacancy()
    clock(RANKING)
    client = signed_in(people.owner)
    for address in (_list, _rule, _table):
        paths = [address(vacancy, code="draft"), address(vacancy, code="none"), address(later)]
        assert [client.get(path).status_code for path in paths] == [404] * 3
    nobody = pseudonym_of(people.sara, match_round)
    path = _one(wish).replace(wish.list.pseudonym, nobody)
    assert [client.get(p).status_code for p in (_one(wish, "draft"), path)] == [404, 404]
    assert client.get(_table(vacancy, "pdf")).status_code == 404


# When what is seen (RELIABILITY T2)


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
    response = client.get(_list(vacancy))
    assert response.status_code == 200
    page = response.content.decode()
    assert [code in page for code in codes] == [seen] * 3
    assert response.context["vacancy"].asked == 3
    assert [client.get(_one(wish)).status_code for wish in three] == [200 if seen else 404] * 3
    tables = [client.get(_table(vacancy, form)) for form in ("csv", "xlsx")]
    assert [table.status_code for table in tables] == [200 if seen else 409] * 2
    typed = {f"{codes[0]}-place": "1"}
    assert client.post(_list(vacancy), typed).status_code == (302 if seen else 409)
    assert client.post(_one(three[1]), {"place": "1"}).status_code == (302 if seen else 404)
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
    page = signed_in(people.owner).get(_list(vacancy)).content.decode()
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
        response = client.get(_list(vacancy))
        assert (response.status_code, response.context["may_rank"]) == (200, False)
        assert '<select name="' not in response.content.decode()
        for wish in three:
            assert 'type="radio"' not in client.get(_one(wish)).content.decode()
            assert client.post(_one(wish), {"place": "1"}).status_code == 409
        typed = {f"{three[2].list.pseudonym}-place": "1"}
        assert client.post(_list(vacancy), typed).status_code == 409
    assert Standing.objects.count() == 2


# What is never seen (T34)


def _shown_to_the_firm(client: Client, vacancy: Vacancy, wish: Application, code: str) -> list[str]:
    """Return every page and table of the firm, without what is noise."""
    pages = [
        client.get(prefix + path)
        for prefix in ("", "/en")
        for path in (_list(vacancy, code), _one(wish, code), _rule(vacancy, code))
    ]
    assert [page.status_code for page in pages] == [200] * 6
    tables = [
        read_table(f"table.{form}", client.get(_table(vacancy, form, code)).content)
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
    rows = signed_in(people.owner).get(_list(vacancy)).context["rows"]
    assert [row.applicant.application for row in rows] == [
        wishes[n] for n in (5, 0, 3, 1, 2, 4)
    ]  # fmt: skip


# The list


def test_applicants_are_ranked(
    three: list[Application], vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(RANKING)
    client = signed_in(people.mentor)
    one, two, _left = (wish.list.pseudonym for wish in three)
    typed = {
        f"{one}-place": "1", f"{one}-sentence": "",
        f"{two}-place": "hours", f"{two}-sentence": "سه‌شنبه‌ها كلاس دارد",
    }  # fmt: skip
    for _again in range(2):
        response = client.post(_list(vacancy), typed)
        assert (response.status_code, response.url) == (302, _list(vacancy))
    rows = Standing.objects.order_by("application__list__pseudonym").values_list(
        "application_id", "tier", "unsuitable", "sentence", "given_by", "given_at"
    )
    assert list(rows) == [
        (three[0].pk, 1, "", "", people.mentor.pk, RANKING),
        (three[1].pk, None, "hours", "سه‌شنبه‌ها کلاس دارد", people.mentor.pk, RANKING),
    ]
    line = audit.trail(vacancy).last()
    assert line is not None
    assert (line.verb, line.by) == ("rank_applicants", people.mentor)
    response = client.get(_list(vacancy))
    context = response.context
    assert [row.applicant.application for row in context["rows"]] == [three[0], three[2]]
    assert [one.application for one in context["aside"]] == [three[1]]
    assert (context["answered"], context["total"]) == (2, 3)
    page = response.content.decode()
    assert page.count("سه‌شنبه‌ها کلاس دارد") == 1
    assert page.count('<i class="on">') == 2
    # A row that is not sent is left alone; an empty one is taken back.
    client.post(_list(vacancy), {f"{one}-place": "", f"{one}-sentence": ""})
    assert [standing.application for standing in Standing.objects.all()] == [three[1]]


def test_a_wrong_ranking_keeps_everything_and_points_at_every_field(
    three: list[Application], vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(RANKING)
    one, two, last = (wish.list.pseudonym for wish in three)
    response = signed_in(people.owner).post(
        _list(vacancy),
        {
            f"{one}-place": "skills", f"{one}-sentence": "",
            f"{two}-place": "10", f"{two}-sentence": "«یادداشت»",
            f"{last}-place": "4", f"{last}-sentence": "",
        },
    )  # fmt: skip
    assert response.status_code == 422
    page = response.content.decode()
    assert sorted(faulty_fields(page)) == sorted([f"id_{one}-sentence", f"id_{two}-place"])
    kept = {row.applicant.code: row["place"].value() for row in response.context["rows"]}
    assert kept == {one: "skills", two: "10", last: "4"}
    assert page.count("«یادداشت»") == 1
    assert len(re.findall(r'<option value="(skills|4)" selected', page)) == 2
    assert not Standing.objects.exists()


def test_who_is_set_aside_is_corrected_in_the_list_while_wrong(
    three: list[Application], match_round: MatchRound, vacancy: Vacancy, people: People,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    no = Verdict(unsuitable=Unsuitable.HOURS, sentence="ساعت")
    rank_applicants(vacancy, match_round, {three[0]: no}, by=people.owner, at=RANKING)
    clock(RANKING)
    code = three[0].list.pseudonym
    typed = {f"{code}-place": "other", f"{code}-sentence": ""}
    response = signed_in(people.owner).post(_list(vacancy), typed)
    assert response.status_code == 422
    assert faulty_fields(response.content.decode()) == [f"id_{code}-sentence"]
    assert Standing.objects.get().sentence == "ساعت"


def test_the_list_shows_programmes_lessons_and_skills(
    wish: Application, vacancy: Vacancy, people: People, bodies: Bodies, skills: dict[str, Skill],
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    _learn(people.aylin, bodies, skills["folding"])
    clock(RANKING)
    client = signed_in(people.owner)
    for path in (_list(vacancy), _one(wish)):
        page = client.get(path).content.decode()
        assert "الگوسازی learnt" in page
        assert page.count('<span class="tag">folding</span>') == 1


def _learn(student: User, bodies: Bodies, skill: Skill) -> None:
    """Let a student finish a programme of one lesson that teaches a skill."""
    programme = make_programme("learnt", lessons=1)
    module = ModulePage.objects.descendant_of(programme).get()
    module.skills.set([skill])
    module.save()
    version = freeze_programme(ProgrammePage.objects.get(pk=programme.pk), by=None, at=NOW)
    seat = apply_to(make_intake(bodies.school, version, code="learnt"), by=student, at=NOW)
    answers = {str(number): 2 for number in range(1, 6)}
    attempt_quiz(seat, version.lessons[0]["key"], answers, by=student, at=NOW)


def test_a_vacancy_nobody_asked_for_says_so(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(RANKING)
    response = signed_in(people.owner).get(_list(vacancy))
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


# One applicant at a time


def test_save_and_next_leads_through_who_waits_and_then_to_the_list(
    three: list[Application], vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(RANKING)
    client = signed_in(people.owner)
    page = client.get(_list(vacancy)).content.decode()
    assert _one(three[0]) in page
    answers = [
        client.post(_one(three[0]), {"place": "1", "sentence": "", "next": "1"}).url,
        client.post(_one(three[1]), {"place": "4", "sentence": ""}).url,
        client.post(_one(three[2]), {"place": "", "sentence": "", "next": "1"}).url,
    ]
    assert answers == [_one(three[1]), _list(vacancy), _list(vacancy)]
    client.post(_one(three[2]), {"place": "skills", "sentence": "چرخ‌کاری", "next": "1"})
    assert client.post(_one(three[0]), {"place": "2", "next": "1"}).url == _list(vacancy)
    found = Standing.objects.order_by("application__list__pseudonym")
    assert [(s.tier, s.unsuitable, s.sentence) for s in found] == [
        (2, "", ""), (4, "", ""), (None, "skills", "چرخ‌کاری"),
    ]  # fmt: skip


def test_one_applicant_says_how_many_there_are(
    three: list[Application], people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(RANKING)
    context = signed_in(people.owner).get(_one(three[1])).context
    assert (context["number"], context["total"]) == (2, 3)
    assert (context["before"], context["after"]) == (
        three[0].list.pseudonym, three[2].list.pseudonym,
    )  # fmt: skip


def test_a_wrong_answer_about_one_keeps_what_was_typed(
    three: list[Application], people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(RANKING)
    client = signed_in(people.owner)
    response = client.post(_one(three[0]), {"place": "hours", "sentence": " "})
    page = response.content.decode()
    assert (response.status_code, faulty_fields(page)) == (422, ["id_sentence"])
    assert len(re.findall(r'value="hours"[^>]*checked', page)) == 1
    response = client.post(_one(three[0]), {"place": "12", "sentence": "«یادداشت»"})
    page = response.content.decode()
    assert (response.status_code, faulty_fields(page)) == (422, ["id_place"])
    assert page.count("«یادداشت»") == 1
    assert client.post(_one(three[0]), {"place": "hours", "sentence": "ب" * 301}).status_code == 422
    assert not Standing.objects.exists()


def test_one_applicant_can_be_brought_back(
    three: list[Application], match_round: MatchRound, vacancy: Vacancy, people: People,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    no = Verdict(unsuitable=Unsuitable.HOURS, sentence="ساعت")
    rank_applicants(vacancy, match_round, {three[0]: no}, by=people.owner, at=RANKING)
    clock(RANKING)
    client = signed_in(people.owner)
    assert _one(three[0]) in client.get(_list(vacancy)).content.decode()
    page = client.get(_one(three[0])).content.decode()
    assert len(re.findall(r'value="hours"[^>]*checked', page)) == 1
    client.post(_one(three[0]), {"place": "", "sentence": "ساعت"})
    assert not Standing.objects.exists()


# The scoring rule


def test_a_rule_is_looked_at_then_published_and_then_stands(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    client = signed_in(people.owner)
    assert 'name="publish"' not in client.get(_rule(vacancy)).content.decode()
    typed = {"lessons": "۵۰", "quizzes": "30", "nearness": "۲۰"}
    response = client.post(_rule(vacancy), typed)
    assert (response.status_code, response.context["example"]) == (
        200, {"lessons": 25, "quizzes": 24, "nearness": 13},
    )  # fmt: skip
    assert response.context["example_total"] == 62
    assert 'name="publish"' in response.content.decode()
    assert not ScoringRule.objects.exists()
    for _again in range(2):
        response = client.post(_rule(vacancy), typed | {"publish": "1"})
        assert (response.status_code, response.url) == (302, _rule(vacancy))
    assert ScoringRule.objects.get().weights == {"lessons": 50, "quizzes": 30, "nearness": 20}
    other = {"lessons": "100", "quizzes": "0", "nearness": "0", "publish": "1"}
    assert client.post(_rule(vacancy), other).status_code == 409
    page = client.get(_rule(vacancy)).content.decode()
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
    response = signed_in(people.owner).post(_rule(vacancy), typed | {"publish": "1"})
    page = response.content.decode()
    assert (response.status_code, faulty_fields(page)) == (422, faulty)
    assert {name: response.context["form"][name].value() for name in typed} == typed
    assert not ScoringRule.objects.exists()


def test_a_rule_comes_too_late_after_the_wishes(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(WISHES_CLOSE)
    client = signed_in(people.owner)
    page = client.get(_rule(vacancy))
    assert (page.status_code, 'name="lessons"' in page.content.decode()) == (200, False)
    typed = {"lessons": "50", "quizzes": "30", "nearness": "20", "publish": "1"}
    assert client.post(_rule(vacancy), typed).status_code == 409
    assert not ScoringRule.objects.exists()


def test_with_a_rule_applicants_stand_by_points_and_are_only_turned_away(
    three: list[Application], match_round: MatchRound, vacancy: Vacancy, people: People,
    bodies: Bodies, skills: dict[str, Skill], signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    _learn(people.sara, bodies, skills["folding"])
    _publish(vacancy, match_round, people)
    clock(RANKING)
    client = signed_in(people.owner)
    response = client.get(_list(vacancy))
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
    assert client.post(_list(vacancy), typed).status_code == 422, "there are no groups to choose"
    assert client.post(_one(first), {"place": "1"}).status_code == 422
    no = {"place": "distance", "sentence": "دور است"}
    assert client.post(_one(last), no).status_code == 302
    assert [(s.application, s.unsuitable) for s in Standing.objects.all()] == [(last, "distance")]
    context = client.get(_list(vacancy)).context
    assert [one.application for one in context["aside"]] == [last]
    frozen(match_round, people)
    clock(READY)
    shown = [row.applicant for row in client.get(_list(vacancy)).context["rows"]]
    assert [one.points for one in shown] == [80, 0]


def test_the_rule_is_everybodys_on_the_vacancys_page(
    match_round: MatchRound, vacancy: Vacancy, people: People, signed_in: SignIn
) -> None:
    detail = reverse("vacancies:vacancy_detail", args=[vacancy.public_id])
    assert 'id="by-rule"' not in signed_in(None).get(detail).content.decode()
    before = queries(signed_in(None), detail)
    _publish(vacancy, match_round, people)
    for who in (None, people.aylin, people.rival, people.officer):
        page = signed_in(who).get(detail).content.decode()
        assert page.count('id="by-rule"') == 1
    assert queries(signed_in(None), detail) == before


# The result


def test_who_comes_is_shown_by_name_once_published(
    match_round: MatchRound, people: People, bodies: Bodies, skills: dict[str, Skill],
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    own = match_round.vacancies.get()
    others = post_vacancy(
        unsaved_vacancy(bodies.other_firm, own.occupation), skills=[skills["skiving"]],
        by=people.rival, at=NOW,
    )  # fmt: skip
    publish_vacancy(others, by=people.rival, at=NOW)
    match_round.vacancies.add(others)
    add_wish(match_round, own, by=people.aylin, at=NOW)
    tara = student_of(bodies.school, "tara")
    add_wish(match_round, own, by=tara, at=NOW)
    add_wish(match_round, others, by=people.sara, at=NOW)
    proposed(frozen(match_round, people), people)
    clock(READY)
    client = signed_in(people.owner)
    assert "Aylin" not in client.get(_list(own)).content.decode()
    delivered(match_round, people)
    aylin, other = result_of(people.aylin, match_round), result_of(tara, match_round)
    assert aylin
    assert other
    accept_place(aylin, by=people.aylin, at=READY)
    decline_place(other, by=tara, at=READY)
    response = client.get(_list(own))
    assert {o.list.student: o.answer for o in response.context["results"]} == {
        people.aylin: "accepted", tara: "declined",
    }  # fmt: skip
    page = response.content.decode()
    assert [page.count(name) for name in ("Aylin", "Tara", "Sara")] == [1, 1, 0]
    assert client.get(_list(others)).status_code == 404
    rival = signed_in(people.rival).get(_list(others)).content.decode()
    assert [rival.count(name) for name in ("Aylin", "Tara", "Sara")] == [0, 0, 1]
    # The applicants themselves are not asked about any more.
    wish = Application.objects.select_related("list", "vacancy").filter(vacancy=own)[0]
    assert [client.get(path).status_code for path in (_one(wish), _table(own))] == [404, 409]


# The table


def test_the_table_holds_what_the_page_shows(
    three: list[Application], match_round: MatchRound, vacancy: Vacancy, people: People,
    bodies: Bodies, skills: dict[str, Skill], signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    _learn(people.sara, bodies, skills["folding"])
    sara = next(wish for wish in three if wish.list.student_id == people.sara.pk)
    rest = [wish for wish in three if wish != sara]
    no = Verdict(unsuitable=Unsuitable.HOURS, sentence="ساعت")
    rank_applicants(
        vacancy, match_round, {sara: Verdict(tier=3), rest[0]: no}, by=people.owner, at=RANKING
    )
    clock(RANKING)
    client = signed_in(people.owner)
    for form in ("csv", "xlsx"):
        answer = client.get("/en" + _table(vacancy, form))
        assert f".{form}" in answer["Content-Disposition"]
        table = read_table(f"t.{form}", answer.content)
        assert table.headers == ("Applicant", "Programme", "Lessons finished", "of", "Group")
        assert [cells for _line, cells in table.rows] == [
            (sara.list.pseudonym, "الگوسازی learnt", "1", "1", "3"),
            (rest[1].list.pseudonym, "", "0", "0", ""),
            (rest[0].list.pseudonym, "", "0", "0", "not suitable"),
        ]


def test_the_table_of_a_rule_holds_points(
    wish: Application, match_round: MatchRound, vacancy: Vacancy, people: People,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    _publish(vacancy, match_round, people)
    clock(RANKING)
    table = read_table("t.csv", signed_in(people.owner).get(_table(vacancy)).content)
    assert [cells for _line, cells in table.rows] == [(wish.list.pseudonym, "", "0", "0", "0")]


# Reminders and the next step


def test_firms_with_waiting_applicants_are_reminded_once(
    three: list[Application], match_round: MatchRound, vacancy: Vacancy, people: People,
    make_vacancy: MakeVacancy,
) -> None:  # fmt: skip
    ruled, done, unasked = make_vacancy(), make_vacancy(), make_vacancy()
    match_round.vacancies.add(ruled, done, unasked)
    _publish(ruled, match_round, people)
    add_wish(match_round, ruled, by=people.aylin, at=NOW)
    ranked = add_wish(match_round, done, by=people.aylin, at=NOW)
    rank_applicants(done, match_round, {ranked: Verdict(tier=1)}, by=people.owner, at=RANKING)
    rank_applicants(vacancy, match_round, {three[0]: Verdict(tier=1)}, by=people.owner, at=RANKING)
    tasks.remind_firms_to_rank(RANKING_CLOSES - timedelta(days=1, seconds=1))
    assert not _reminders()
    for _again in range(2):
        tasks.remind_firms_to_rank(RANKING_CLOSES - timedelta(days=1))
        remind_firms(match_round, at=RANKING_CLOSES - SECOND)
    tasks.remind_firms_to_rank(RANKING_CLOSES)
    assert [(n.recipient, n.path, n.values["count"]) for n in _reminders()] == [
        (people.owner, _list(vacancy), 2), (people.mentor, _list(vacancy), 2),
    ]  # fmt: skip


def test_nobody_is_reminded_when_everybody_was_answered(
    wish: Application, match_round: MatchRound, vacancy: Vacancy, people: People
) -> None:
    no = Verdict(unsuitable=Unsuitable.OTHER, sentence="-")
    rank_applicants(vacancy, match_round, {wish: no}, by=people.owner, at=RANKING)
    tasks.remind_firms_to_rank(RANKING_CLOSES - SECOND)
    assert not _reminders()
    assert not Message.objects.filter(key__startswith="matching.ranking_closes_soon").exists()


def _reminders() -> list[Notice]:
    return list(Notice.objects.filter(kind="matching.ranking_closes_soon").order_by("recipient_id"))


def test_a_firm_with_a_rule_is_not_asked_to_rank(
    three: list[Application], match_round: MatchRound, vacancy: Vacancy, people: People
) -> None:
    assert [step.path for step in next_steps(people.owner, RANKING)] == [_list(vacancy)]
    _publish(vacancy, match_round, people)
    assert next_steps(people.owner, RANKING) == []


# How many queries


def test_the_firms_pages_take_the_same_queries_for_one_and_thirty(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy, skills: dict[str, Skill],
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    sizes = {"few": 1, "many": 30, "few-ruled": 1, "many-ruled": 30}
    vacancies = {name: make_vacancy(seats=40) for name in sizes}
    match_round = opened(people)
    learnt = student_of(bodies.school, "learnt")
    _learn(learnt, bodies, skills["folding"])
    firsts = {}
    for name, size in sizes.items():
        crowd = [learnt, *(student_of(bodies.school, f"{name}-{n}") for n in range(size - 1))]
        wishes = [add_wish(match_round, vacancies[name], by=who, at=NOW) for who in crowd]
        firsts[name] = wishes[0]
        if name.endswith("ruled"):
            _publish(vacancies[name], match_round, people)
        else:
            rank_applicants(
                vacancies[name], match_round, {wishes[0]: Verdict(tier=1)}, by=people.owner,
                at=RANKING,
            )  # fmt: skip
    client = signed_in(people.owner)
    pages: list[Callable[[str], str]] = [
        lambda name: _list(vacancies[name]), lambda name: _one(firsts[name]),
        lambda name: _table(vacancies[name]), lambda name: _rule(vacancies[name]),
    ]  # fmt: skip
    for at in (NOW, RANKING):
        clock(at)
        for page in pages if at == RANKING else [pages[0], pages[3]]:
            for few, many in (("few", "many"), ("few-ruled", "many-ruled")):
                assert queries(client, page(few)) == queries(client, page(many))
    published(match_round, people)
    clock(READY)
    assert queries(client, pages[0]("few")) == queries(client, pages[0]("many"))


def test_thirty_are_ranked_with_the_queries_of_one(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    vacancies = [make_vacancy(), make_vacancy()]
    match_round = opened(people)
    counted = []
    for vacancy, size in zip(vacancies, (2, 30), strict=True):
        wishes = [
            add_wish(match_round, vacancy, by=student_of(bodies.school, f"s{size}-{n}"), at=NOW)
            for n in range(size)
        ]
        verdicts = {wish: Verdict(tier=1 + n % 9) for n, wish in enumerate(wishes)}
        verdicts[wishes[0]] = Verdict()
        with CaptureQueriesContext(connection) as captured:
            rank_applicants(vacancy, match_round, verdicts, by=people.owner, at=RANKING)
        counted.append(len(captured))
        assert Standing.objects.filter(application__vacancy=vacancy).count() == size - 1
    assert counted[0] == counted[1]
