"""A firm ranks its applicants, in the list and one at a time."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses.kit import audit
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish
from courses.matching.models import Application, MatchRound, Standing
from courses.matching.states import Unsuitable
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People, SetClock, SignIn
from tests.courses.matching.paths import applicant_path, applicants_path
from tests.courses.matching.small_rounds import RANKING, opened, student_of
from tests.pages import faulty_fields

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


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
        response = client.post(applicants_path(vacancy), typed)
        assert (response.status_code, response.url) == (302, applicants_path(vacancy))
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
    response = client.get(applicants_path(vacancy))
    context = response.context
    assert [row.applicant.application for row in context["rows"]] == [three[0], three[2]]
    assert [one.application for one in context["aside"]] == [three[1]]
    assert (context["answered"], context["total"]) == (2, 3)
    page = response.content.decode()
    assert page.count("سه‌شنبه‌ها کلاس دارد") == 1
    assert page.count('<i class="on">') == 2
    # A row that is not sent is left alone; an empty one is taken back.
    client.post(applicants_path(vacancy), {f"{one}-place": "", f"{one}-sentence": ""})
    assert [standing.application for standing in Standing.objects.all()] == [three[1]]


def test_a_wrong_ranking_keeps_everything_and_points_at_every_field(
    three: list[Application], vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(RANKING)
    one, two, last = (wish.list.pseudonym for wish in three)
    response = signed_in(people.owner).post(
        applicants_path(vacancy),
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
    response = signed_in(people.owner).post(applicants_path(vacancy), typed)
    assert response.status_code == 422
    assert faulty_fields(response.content.decode()) == [f"id_{code}-sentence"]
    assert Standing.objects.get().sentence == "ساعت"


def test_save_and_next_leads_through_who_waits_and_then_to_the_list(
    three: list[Application], vacancy: Vacancy, people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(RANKING)
    client = signed_in(people.owner)
    page = client.get(applicants_path(vacancy)).content.decode()
    assert applicant_path(three[0]) in page
    answers = [
        client.post(applicant_path(three[0]), {"place": "1", "sentence": "", "next": "1"}).url,
        client.post(applicant_path(three[1]), {"place": "4", "sentence": ""}).url,
        client.post(applicant_path(three[2]), {"place": "", "sentence": "", "next": "1"}).url,
    ]
    assert answers == [applicant_path(three[1]), applicants_path(vacancy), applicants_path(vacancy)]
    client.post(applicant_path(three[2]), {"place": "skills", "sentence": "چرخ‌کاری", "next": "1"})
    assert client.post(
        applicant_path(three[0]), {"place": "2", "next": "1"}
    ).url == applicants_path(vacancy)
    found = Standing.objects.order_by("application__list__pseudonym")
    assert [(s.tier, s.unsuitable, s.sentence) for s in found] == [
        (2, "", ""), (4, "", ""), (None, "skills", "چرخ‌کاری"),
    ]  # fmt: skip


def test_one_applicant_says_how_many_there_are(
    three: list[Application], people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(RANKING)
    context = signed_in(people.owner).get(applicant_path(three[1])).context
    assert (context["number"], context["total"]) == (2, 3)
    assert (context["before"], context["after"]) == (
        three[0].list.pseudonym, three[2].list.pseudonym,
    )  # fmt: skip


def test_a_wrong_answer_about_one_keeps_what_was_typed(
    three: list[Application], people: People, signed_in: SignIn, clock: SetClock
) -> None:
    clock(RANKING)
    client = signed_in(people.owner)
    response = client.post(applicant_path(three[0]), {"place": "hours", "sentence": " "})
    page = response.content.decode()
    assert (response.status_code, faulty_fields(page)) == (422, ["id_sentence"])
    assert len(re.findall(r'value="hours"[^>]*checked', page)) == 1
    response = client.post(applicant_path(three[0]), {"place": "12", "sentence": "«یادداشت»"})
    page = response.content.decode()
    assert (response.status_code, faulty_fields(page)) == (422, ["id_place"])
    assert page.count("«یادداشت»") == 1
    assert (
        client.post(applicant_path(three[0]), {"place": "hours", "sentence": "ب" * 301}).status_code
        == 422
    )
    assert not Standing.objects.exists()


def test_one_applicant_can_be_brought_back(
    three: list[Application], match_round: MatchRound, vacancy: Vacancy, people: People,
    signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    no = Verdict(unsuitable=Unsuitable.HOURS, sentence="ساعت")
    rank_applicants(vacancy, match_round, {three[0]: no}, by=people.owner, at=RANKING)
    clock(RANKING)
    client = signed_in(people.owner)
    assert applicant_path(three[0]) in client.get(applicants_path(vacancy)).content.decode()
    page = client.get(applicant_path(three[0])).content.decode()
    assert len(re.findall(r'value="hours"[^>]*checked', page)) == 1
    client.post(applicant_path(three[0]), {"place": "", "sentence": "ساعت"})
    assert not Standing.objects.exists()


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
