"""What a firm is given of a round: who comes, a table, a reminder."""

from datetime import timedelta

import pytest

from courses.kit.tables import read_table
from courses.matching import tasks
from courses.matching.actions.answers import accept_place, decline_place
from courses.matching.actions.rounds import remind_firms
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish
from courses.matching.models import Application, MatchRound
from courses.matching.next_steps import next_steps
from courses.matching.queries import result_of
from courses.matching.states import Unsuitable
from courses.notices.models import Message, Notice
from courses.skills.models import Skill
from courses.vacancies.actions import post_vacancy, publish_vacancy
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People, SetClock, SignIn, unsaved_vacancy
from tests.courses.matching.learning import learn
from tests.courses.matching.paths import applicant_path, applicants_path, table_path
from tests.courses.matching.small_rounds import (
    RANKING,
    RANKING_CLOSES,
    READY,
    delivered,
    frozen,
    proposed,
    ruled,
    student_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SECOND = timedelta(seconds=1)


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
    assert "Aylin" not in client.get(applicants_path(own)).content.decode()
    delivered(match_round, people)
    aylin, other = result_of(people.aylin, match_round), result_of(tara, match_round)
    assert aylin
    assert other
    accept_place(aylin, by=people.aylin, at=READY)
    decline_place(other, by=tara, at=READY)
    response = client.get(applicants_path(own))
    assert {o.list.student: o.answer for o in response.context["results"]} == {
        people.aylin: "accepted", tara: "declined",
    }  # fmt: skip
    page = response.content.decode()
    assert [page.count(name) for name in ("Aylin", "Tara", "Sara")] == [1, 1, 0]
    assert client.get(applicants_path(others)).status_code == 404
    rival = signed_in(people.rival).get(applicants_path(others)).content.decode()
    assert [rival.count(name) for name in ("Aylin", "Tara", "Sara")] == [0, 0, 1]
    # The applicants themselves are not asked about any more.
    wish = Application.objects.select_related("list", "vacancy").filter(vacancy=own)[0]
    assert [client.get(path).status_code for path in (applicant_path(wish), table_path(own))] == [
        404,
        409,
    ]


def test_the_table_holds_what_the_page_shows(
    three: list[Application], match_round: MatchRound, vacancy: Vacancy, people: People,
    bodies: Bodies, skills: dict[str, Skill], signed_in: SignIn, clock: SetClock,
) -> None:  # fmt: skip
    learn(people.sara, bodies, skills["folding"])
    sara = next(wish for wish in three if wish.list.student_id == people.sara.pk)
    rest = [wish for wish in three if wish != sara]
    no = Verdict(unsuitable=Unsuitable.HOURS, sentence="ساعت")
    rank_applicants(
        vacancy, match_round, {sara: Verdict(tier=3), rest[0]: no}, by=people.owner, at=RANKING
    )
    clock(RANKING)
    client = signed_in(people.owner)
    for form in ("csv", "xlsx"):
        answer = client.get("/en" + table_path(vacancy, form))
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
    ruled(vacancy, match_round, people)
    clock(RANKING)
    table = read_table("t.csv", signed_in(people.owner).get(table_path(vacancy)).content)
    assert [cells for _line, cells in table.rows] == [(wish.list.pseudonym, "", "0", "0", "0")]


def test_firms_with_waiting_applicants_are_reminded_once(
    three: list[Application], match_round: MatchRound, vacancy: Vacancy, people: People,
    make_vacancy: MakeVacancy,
) -> None:  # fmt: skip
    by_rule, done, unasked = make_vacancy(), make_vacancy(), make_vacancy()
    match_round.vacancies.add(by_rule, done, unasked)
    ruled(by_rule, match_round, people)
    add_wish(match_round, by_rule, by=people.aylin, at=NOW)
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
        (people.owner, applicants_path(vacancy), 2), (people.mentor, applicants_path(vacancy), 2),
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
    assert [step.path for step in next_steps(people.owner, RANKING)] == [applicants_path(vacancy)]
    ruled(vacancy, match_round, people)
    assert next_steps(people.owner, RANKING) == []
