"""Firms put their applicants into tiers, or say in a sentence why one is not suitable."""

from datetime import datetime, timedelta

import pytest

from courses.kit import audit
from courses.kit.refusal import NotAllowed
from courses.matching.actions.rounds import set_deadlines
from courses.matching.actions.standings import AReasonIsOwed, Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish
from courses.matching.models import Application, MatchRound, Standing
from courses.matching.queries import applicants
from courses.matching.refusals import RankingIsClosed
from courses.matching.states import State, Unsuitable
from courses.skills.models import Skill
from courses.vacancies.actions import post_vacancy, publish_vacancy
from courses.vacancies.models import Vacancy
from tests.cast import NOW, Bodies, People, unsaved_vacancy
from tests.courses.matching.small_rounds import (
    RANKING,
    RANKING_CLOSES,
    READY,
    WISHES_CLOSE,
    frozen,
    opened,
    student_of,
)

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


@pytest.fixture
def asked(
    match_round: MatchRound, vacancy: Vacancy, people: People, bodies: Bodies
) -> list[Application]:
    """Four students asked for the vacancy, in the order of their pseudonyms."""
    students = [people.aylin, people.sara, *(student_of(bodies.school, n) for n in ("tara", "nil"))]
    for student in students:
        add_wish(match_round, vacancy, by=student, at=NOW)
    return list(Application.objects.order_by("list__pseudonym"))


def _standings() -> list[tuple[int, int | None, str, str]]:
    return list(
        Standing.objects.order_by("application__list__pseudonym").values_list(
            "application_id", "tier", "unsuitable", "sentence"
        )
    )


def test_applicants_are_put_into_tiers(
    match_round: MatchRound, vacancy: Vacancy, asked: list[Application], people: People
) -> None:
    one, two, three, four = asked
    written = rank_applicants(
        vacancy,
        match_round,
        {
            one: Verdict(tier=2),
            two: Verdict(tier=1),
            three: Verdict(tier=2),
            four: Verdict(unsuitable=Unsuitable.HOURS, sentence="  سه‌شنبه‌ها كلاس دارد "),
        },
        by=people.owner,
        at=RANKING,
    )
    assert _standings() == [
        (one.pk, 2, "", ""),
        (two.pk, 1, "", ""),
        (three.pk, 2, "", ""),
        (four.pk, None, "hours", "سه‌شنبه‌ها کلاس دارد"),
    ]
    assert {(s.given_by, s.given_at) for s in written} == {(people.owner, RANKING)}
    line = audit.trail(vacancy).last()
    assert line is not None
    assert (line.verb, line.by, line.at, line.facts) == (
        "rank_applicants",
        people.owner,
        RANKING,
        {
            "round": "r-1",
            "standings": [
                [one.list.pseudonym, 2, ""],
                [two.list.pseudonym, 1, ""],
                [three.list.pseudonym, 2, ""],
                [four.list.pseudonym, None, "hours"],
            ],
        },
    )


def test_a_mentor_ranks_too(
    match_round: MatchRound, vacancy: Vacancy, asked: list[Application], people: People
) -> None:
    rank_applicants(vacancy, match_round, {asked[0]: Verdict(tier=1)}, by=people.mentor, at=RANKING)
    assert Standing.objects.get().given_by == people.mentor


def test_ranking_again_replaces_and_neither_takes_back(
    match_round: MatchRound, vacancy: Vacancy, asked: list[Application], people: People
) -> None:
    one, two, three, _four = asked
    first = {
        one: Verdict(tier=3),
        two: Verdict(unsuitable=Unsuitable.SKILLS, sentence="چرخ‌کاری"),
        three: Verdict(tier=1),
    }
    rank_applicants(vacancy, match_round, first, by=people.owner, at=RANKING)
    again = {
        one: Verdict(unsuitable=Unsuitable.OTHER, sentence="دیگر"),
        two: Verdict(tier=1, sentence="forgotten"),
        three: Verdict(),
    }
    rank_applicants(vacancy, match_round, again, by=people.mentor, at=RANKING + SECOND)
    expected = [(one.pk, None, "other", "دیگر"), (two.pk, 1, "", "")]
    assert _standings() == expected
    assert set(Standing.objects.values_list("given_by__username", "given_at")) == {
        ("mentor", RANKING + SECOND)
    }
    rank_applicants(vacancy, match_round, again, by=people.mentor, at=RANKING + SECOND)
    assert _standings() == expected


def test_what_is_said_again_stays_its_first_speakers(
    match_round: MatchRound, vacancy: Vacancy, asked: list[Application], people: People
) -> None:
    one, two, three, four = asked
    no = Verdict(unsuitable=Unsuitable.HOURS, sentence="سه‌شنبه‌ها")
    said = {one: Verdict(tier=1), two: no, three: Verdict(), four: Verdict(tier=4)}
    rank_applicants(vacancy, match_round, said, by=people.owner, at=RANKING)
    lines = audit.trail(vacancy).filter(verb="rank_applicants")
    assert lines.count() == 1
    later = RANKING + SECOND
    assert rank_applicants(vacancy, match_round, said, by=people.mentor, at=later) == []
    assert lines.count() == 1
    reworded = Verdict(unsuitable=Unsuitable.HOURS, sentence="سه‌شنبه‌ها و چهارشنبه‌ها")
    written = rank_applicants(
        vacancy, match_round, said | {two: reworded, four: Verdict()}, by=people.mentor, at=later
    )
    assert [standing.application for standing in written] == [two]
    given = Standing.objects.order_by("application__list__pseudonym")
    assert list(given.values_list("application", "given_by", "given_at", "sentence")) == [
        (one.pk, people.owner.pk, RANKING, ""),
        (two.pk, people.mentor.pk, later, "سه‌شنبه‌ها و چهارشنبه‌ها"),
    ]
    assert [(line.by, line.facts["standings"]) for line in lines.order_by("pk")] == [
        (people.owner, [[one.list.pseudonym, 1, ""], [two.list.pseudonym, None, "hours"],
                        [four.list.pseudonym, 4, ""]]),
        (people.mentor, [[two.list.pseudonym, None, "hours"], [four.list.pseudonym, None, ""]]),
    ]  # fmt: skip


@pytest.mark.parametrize("sentence", ["", "   ", "‌"])
def test_not_suitable_owes_a_sentence_and_nothing_is_written(
    sentence: str, match_round: MatchRound, vacancy: Vacancy, asked: list[Application],
    people: People,
) -> None:  # fmt: skip
    verdicts = {
        asked[0]: Verdict(tier=1),
        asked[1]: Verdict(unsuitable=Unsuitable.DISTANCE, sentence=sentence),
    }
    lines = audit.trail(vacancy).count()
    with pytest.raises(AReasonIsOwed):
        rank_applicants(vacancy, match_round, verdicts, by=people.owner, at=RANKING)
    assert not Standing.objects.exists()
    assert audit.trail(vacancy).count() == lines


def test_only_the_firms_own_people_rank(
    match_round: MatchRound, vacancy: Vacancy, asked: list[Application], people: People
) -> None:
    for who in (
        people.rival, people.aylin, people.stranger, people.teacher, people.onlooker,
        people.officer, people.admin,
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            rank_applicants(vacancy, match_round, {asked[0]: Verdict(tier=1)}, by=who, at=RANKING)
    assert not Standing.objects.exists()


def test_a_firm_does_not_rank_for_another_firms_vacancy(
    people: People, bodies: Bodies, vacancy: Vacancy, skills: dict[str, Skill]
) -> None:
    own = vacancy
    others = unsaved_vacancy(bodies.other_firm, own.occupation)
    post_vacancy(others, skills=[skills["skiving"]], by=people.rival, at=NOW)
    publish_vacancy(others, by=people.rival, at=NOW)
    match_round = opened(people)
    wish = add_wish(match_round, others, by=people.aylin, at=NOW)
    with pytest.raises(NotAllowed):
        rank_applicants(own, match_round, {wish: Verdict(tier=9)}, by=people.owner, at=RANKING)
    assert not Standing.objects.exists()


def test_a_standing_of_another_round_stays(
    match_round: MatchRound, vacancy: Vacancy, asked: list[Application], people: People
) -> None:
    other = opened(people, "r-2")
    foreign = add_wish(other, vacancy, by=people.aylin, at=NOW)
    with pytest.raises(NotAllowed):
        rank_applicants(
            vacancy, match_round, {foreign: Verdict(tier=9)}, by=people.owner, at=RANKING
        )
    assert not Standing.objects.exists()


@pytest.mark.parametrize("at", [NOW, WISHES_CLOSE - SECOND, RANKING_CLOSES, READY])
def test_applicants_are_ranked_between_the_deadlines_only(
    at: datetime, match_round: MatchRound, vacancy: Vacancy, asked: list[Application],
    people: People,
) -> None:  # fmt: skip
    with pytest.raises(RankingIsClosed):
        rank_applicants(vacancy, match_round, {asked[0]: Verdict(tier=1)}, by=people.owner, at=at)
    assert not Standing.objects.exists()


def test_the_first_and_the_last_moment_of_ranking_count(
    match_round: MatchRound, vacancy: Vacancy, asked: list[Application], people: People
) -> None:
    for tier, at in ((1, WISHES_CLOSE), (2, RANKING_CLOSES - SECOND)):
        rank_applicants(
            vacancy, match_round, {asked[0]: Verdict(tier=tier)}, by=people.owner, at=at
        )
    assert Standing.objects.get().tier == 2


def test_a_frozen_round_takes_no_standing_even_from_a_stale_page(
    match_round: MatchRound, vacancy: Vacancy, asked: list[Application], people: People
) -> None:
    stale = MatchRound.objects.get(pk=match_round.pk)
    frozen(match_round, people)
    with pytest.raises(RankingIsClosed):
        rank_applicants(vacancy, stale, {asked[0]: Verdict(tier=1)}, by=people.owner, at=RANKING)
    match_round.refresh_from_db()
    assert (match_round.state, Standing.objects.exists()) == (State.FROZEN, False)


def test_reopened_wishes_keep_what_firms_have_ranked(
    match_round: MatchRound, vacancy: Vacancy, asked: list[Application], people: People
) -> None:
    rank_applicants(vacancy, match_round, {asked[0]: Verdict(tier=1)}, by=people.owner, at=RANKING)
    set_deadlines(
        match_round, wishes_close_at=READY, ranking_closes_at=READY + SECOND, reason="-",
        by=people.officer, at=RANKING,
    )  # fmt: skip
    assert _standings() == [(asked[0].pk, 1, "", "")]


def test_applicants_stand_in_the_firms_order_and_never_in_the_students(
    match_round: MatchRound, vacancy: Vacancy, asked: list[Application], people: People
) -> None:
    one, two, three, four = asked
    assert applicants(vacancy, match_round) == [one, two, three, four]
    rank_applicants(
        vacancy,
        match_round,
        {
            one: Verdict(unsuitable=Unsuitable.HOURS, sentence="-"),
            two: Verdict(tier=2),
            four: Verdict(tier=1),
        },
        by=people.owner,
        at=RANKING,
    )
    assert applicants(vacancy, match_round) == [four, two, three, one]
