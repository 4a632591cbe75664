"""What is frozen: the snapshot of a round's rows, and the market it becomes."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from courses.enrolment.actions import apply_to
from courses.enrolment.models import Intake
from courses.matching import market
from courses.matching.actions.answers import decline_place
from courses.matching.actions.scoring import publish_scoring_rule
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import add_wish, pseudonym_of
from courses.matching.market import UNRANKED, numbers_of, placement_in, snapshot_of
from courses.matching.models import Application, FrozenMarket, MatchOutcome, MatchRound
from courses.matching.queries import result_of
from courses.matching.reasons import explained
from courses.matching.solver import oracle
from courses.matching.solver.lottery import draw
from courses.matching.solver.market import Market, Reserve
from courses.matching.solver.packed import NOT_RANKED
from courses.matching.solver.snapshot import Place, Snapshot
from courses.matching.states import Unsuitable
from courses.notices.models import Notice
from courses.organisations.actions import grant_role
from courses.organisations.models import Role
from courses.people.models import User
from courses.vacancies.actions import reserve_seats, take_back_vacancy
from courses.vacancies.models import ReserveKind, Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People
from tests.courses.matching.small_rounds import (
    ANSWERED,
    RANKING,
    READY,
    SEED,
    drafted,
    frozen,
    open_round,
    opened,
    published,
    refused_wishes,
    snapshot_now,
    student_of,
)

pytestmark = pytest.mark.django_db


def _lists(snapshot: Snapshot) -> dict[str, list[tuple[str, int]]]:
    """Return each student's wishes with their tiers."""
    starts = snapshot.starts.tolist()
    return {
        student: [
            (snapshot.vacancies[vacancy].code, tier)
            for vacancy, tier in zip(
                snapshot.vacancy[first:end].tolist(), snapshot.tier[first:end].tolist(),
                strict=True,
            )
        ]
        for student, first, end in zip(snapshot.students, starts, starts[1:], strict=False)
    }  # fmt: skip


def _groups(snapshot: Snapshot) -> dict[str, list[str]]:
    market_ = snapshot.market()
    return {student: sorted(market_.groups[student]) for student in snapshot.students}


def test_a_snapshot_holds_wishes_tiers_seats_and_groups(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    b, a = make_vacancy(code="b", seats=3), make_vacancy(code="a", seats=1)
    reserve_seats(b, bodies.school, 2, by=None, at=NOW)
    reserve_seats(b, bodies.other_school, 1, by=None, kind=ReserveKind.HARD, at=NOW)
    match_round = opened(people)
    other = student_of(bodies.other_school, "other")
    wishes = {
        (who, v.code): add_wish(match_round, v, by=who, at=NOW)
        for who, v in (
            (people.aylin, b), (people.aylin, a), (people.sara, b), (other, b), (other, a),
        )
    }  # fmt: skip
    rank_applicants(
        b,
        match_round,
        {
            wishes[people.aylin, "b"]: Verdict(tier=4),
            wishes[people.sara, "b"]: Verdict(tier=2),
            wishes[other, "b"]: Verdict(tier=4),
        },
        by=people.owner,
        at=RANKING,
    )
    rank_applicants(
        a,
        match_round,
        {wishes[other, "a"]: Verdict(unsuitable=Unsuitable.HOURS, sentence="-")},
        by=people.owner,
        at=RANKING,
    )
    aylin, sara, third = (
        pseudonym_of(who, match_round) for who in (people.aylin, people.sara, other)
    )
    snapshot = snapshot_now(match_round)
    assert (snapshot.round, snapshot.rules, snapshot.students) == (
        "r-1", market.RULES, tuple(sorted([aylin, sara, third])),
    )  # fmt: skip
    assert snapshot.vacancies == (
        Place("a", 1),
        Place("b", 3, (Reserve("school", 2, "soft"), Reserve("other-school", 1, "hard"))),
    )
    assert _lists(snapshot) == {
        aylin: [("b", 3), ("a", UNRANKED)],
        sara: [("b", 1)],
        third: [("b", 3), ("a", NOT_RANKED)],
    }
    assert (snapshot.groups, _groups(snapshot)) == (
        ("other-school", "school"),
        {aylin: ["school"], sara: ["school"], third: ["other-school"]},
    )
    assert (snapshot.refusals, refused_wishes(snapshot), list(snapshot.faults())) == ((), {}, [])
    assert Snapshot.from_bytes(snapshot.to_bytes()).to_bytes() == snapshot.to_bytes()


def test_who_is_not_ranked_is_acceptable_in_the_last_tier(
    people: People, bodies: Bodies, vacancy: Vacancy
) -> None:
    match_round = opened(people)
    students = [people.aylin, people.sara, student_of(bodies.school, "tara")]
    first, *rest = (add_wish(match_round, vacancy, by=who, at=NOW) for who in students)
    rank_applicants(vacancy, match_round, {first: Verdict(tier=9)}, by=people.owner, at=RANKING)
    assert snapshot_now(match_round).market().vacancies[vacancy.code].order == (
        (first.list.pseudonym,),
        tuple(sorted(wish.list.pseudonym for wish in rest)),
    )


def test_with_a_scoring_rule_the_tier_is_what_is_missing_to_all_points(
    people: People, vacancy: Vacancy
) -> None:
    match_round = opened(people)
    publish_scoring_rule(
        vacancy, match_round, lessons=100, quizzes=0, nearness=0, by=people.owner, at=NOW
    )
    wish = add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    frozen(match_round, people)
    wish.refresh_from_db()
    snapshot = Snapshot.from_bytes(bytes(match_round.frozen.content))
    assert snapshot.tier.tolist() == [100 - wish.score.points]


def test_the_snapshot_names_nobody(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    text = snapshot_now(match_round).to_bytes().decode(errors="replace")
    for private in ("aylin", "Aylin", "Sample", "girl", str(people.aylin.public_id), SEED.hex()):
        assert private.lower() not in text.lower()


def test_vacancies_stand_in_the_order_of_their_signs_whatever_the_database_thinks(
    people: People, make_vacancy: MakeVacancy
) -> None:
    for code in ("ab", "a-c", "B", "a"):
        make_vacancy(code=code)
    snapshot = snapshot_now(opened(people))
    assert [place.code for place in snapshot.vacancies] == ["B", "a", "a-c", "ab"]
    assert list(snapshot.faults()) == []


@given(st.lists(st.integers(0, 50)), st.lists(st.integers(0, 50), unique=True))
def test_numbers_are_places_in_the_list_of_known_keys(keys: list[int], known: list[int]) -> None:
    expected = [known.index(key) if key in known else -1 for key in keys]
    assert numbers_of(np.array(keys, np.int64), known).tolist() == expected


def test_a_student_of_two_schools_is_in_both_groups(
    people: People, bodies: Bodies, vacancy: Vacancy, intake: Intake
) -> None:
    grant_role(people.sara, bodies.other_school, Role.STUDENT, by=None, at=NOW)
    apply_to(intake, by=people.stranger, at=NOW)
    for school in (bodies.school, bodies.other_school):
        reserve_seats(vacancy, school, 1, by=None, at=NOW)
    match_round = opened(people)
    names = [
        add_wish(match_round, vacancy, by=who, at=NOW).list.pseudonym
        for who in (people.sara, people.stranger)
    ]
    assert _groups(snapshot_now(match_round)) == {
        names[0]: ["other-school", "school"],
        names[1]: ["school"],
    }


def test_a_school_without_a_reserve_in_the_round_is_nobodys_business(
    people: People, vacancy: Vacancy
) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    snapshot = snapshot_now(match_round)
    assert (snapshot.groups, snapshot.group.tolist(), snapshot.belongs.tolist()) == ((), [], [0])


def test_a_vacancy_taken_back_before_the_freeze_is_dropped(
    people: People, make_vacancy: MakeVacancy
) -> None:
    gone, stays = make_vacancy(code="gone", seats=5), make_vacancy(code="stays")
    match_round = opened(people)
    for vacancy in (gone, stays):
        add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    add_wish(match_round, gone, by=people.sara, at=NOW)
    take_back_vacancy(gone, by=people.owner, reason="کارگاه بسته شد", at=NOW)
    aylin, sara = (pseudonym_of(who, match_round) for who in (people.aylin, people.sara))
    snapshot = snapshot_now(match_round)
    assert _lists(snapshot) == {aylin: [("stays", UNRANKED)], sara: []}
    assert [place.code for place in snapshot.vacancies] == ["stays"]
    published(match_round, people)
    placed, unplaced = (result_of(who, match_round) for who in (people.aylin, people.sara))
    assert placed is not None
    assert unplaced is not None
    assert (placed.vacancy, placed.rank, [w.vacancy for w in explained(placed)]) == (
        stays,
        1,
        [stays],
    )
    assert (unplaced.vacancy, unplaced.rank, explained(unplaced)) == (None, None, [])
    assert set(
        Notice.objects.filter(kind="matching.published").values_list(
            "recipient__username", flat=True
        )
    ) == {"aylin", "sara"}


def test_an_emptied_list_does_not_enter_the_market(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    Application.objects.all().delete()
    assert snapshot_now(match_round).students == ()


def test_wishes_of_another_round_do_not_enter(people: People, vacancy: Vacancy) -> None:
    match_round, other = opened(people), opened(people, "r-2")
    add_wish(other, vacancy, by=people.aylin, at=NOW)
    assert snapshot_now(match_round).students == ()
    assert snapshot_now(other).students == (pseudonym_of(people.aylin, other),)


def test_full_lists_are_counted_before_vacancies_are_dropped(
    people: People, make_vacancy: MakeVacancy
) -> None:
    gone, stays = make_vacancy(), make_vacancy()
    match_round = opened(people, longest_list=2)
    for vacancy in (gone, stays):
        add_wish(match_round, vacancy, by=people.aylin, at=NOW)
    add_wish(match_round, stays, by=people.sara, at=NOW)
    take_back_vacancy(gone, by=people.owner, reason="-", at=NOW)
    assert snapshot_of(match_round).full_lists == 1


def test_a_supplementary_round_has_the_seats_that_are_left_and_no_settled_student(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    vacancy = make_vacancy(seats=3)
    reserve_seats(vacancy, bodies.school, 2, by=None, at=NOW)
    main = opened(people)
    for student in (people.aylin, people.sara):
        add_wish(main, vacancy, by=student, at=NOW)
    published(main, people)
    declined = result_of(people.sara, main)
    assert declined is not None
    decline_place(declined, by=people.sara, at=READY)
    supplement = open_round(
        drafted(people, "s", supplements=main, wishes_close_at=ANSWERED + timedelta(days=1),
                ranking_closes_at=ANSWERED + timedelta(days=2)),
        by=people.officer, at=ANSWERED, seed=SEED,
    )  # fmt: skip
    late = ANSWERED + timedelta(hours=1)
    tara = student_of(bodies.school, "tara")
    names = [add_wish(supplement, vacancy, by=who, at=late).list.pseudonym for who in (tara,)]
    # Aylin's list in the new round is made behind the rules' back: the freeze still refuses it.
    listed = supplement.lists.create(student=people.aylin, pseudonym="zz", changed_at=late)
    Application.objects.create(list=listed, vacancy=vacancy, rank=1)
    snapshot = snapshot_now(supplement)
    # Aylin holds one of the two reserved seats, so one is left to be kept.
    assert snapshot.vacancies == (Place(vacancy.code, 2, (Reserve("school", 1, "soft"),)),)
    assert refused_wishes(snapshot) == {("zz", vacancy.code): ("place:accepted",)}
    assert _lists(snapshot)[names[0]] == [(vacancy.code, UNRANKED)]


def test_reserves_are_cut_to_the_seats_that_are_left(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    vacancy = make_vacancy(seats=3)
    reserve_seats(vacancy, bodies.school, 2, by=None, at=NOW)
    reserve_seats(vacancy, bodies.other_school, 1, by=None, kind=ReserveKind.HARD, at=NOW)
    for left, kept in (
        (3, [("school", 2), ("other-school", 1)]), (2, [("school", 2)]), (1, [("school", 1)]),
        (0, []),
    ):  # fmt: skip
        found = market._reserves(vacancy, left, {})
        assert [(reserve.group, reserve.seats) for reserve in found] == kept
    found = market._reserves(vacancy, 2, {"school": 1, "other-school": 1})
    assert [(reserve.group, reserve.seats) for reserve in found] == [("school", 1)]


def test_the_snapshot_takes_the_same_queries_for_one_and_for_many(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    def fill(code: str, vacancies: list[Vacancy], students: list[User]) -> MatchRound:
        match_round = opened(people, code)
        for vacancy in vacancies:
            for student in students:
                add_wish(match_round, vacancy, by=student, at=NOW)
        return match_round

    vacancies = [make_vacancy()]
    reserve_seats(vacancies[0], bodies.school, 1, by=None, at=NOW)
    small = fill("small", vacancies, [people.aylin])
    vacancies += [make_vacancy() for _n in range(3)]
    for vacancy in vacancies[1:]:
        reserve_seats(vacancy, bodies.school, 1, by=None, at=NOW)
    students = [student_of(bodies.school, f"s{n}") for n in range(10)]
    large = fill("large", vacancies, students)
    counted = []
    for match_round, lists in ((small, 1), (large, 10)):
        with CaptureQueriesContext(connection) as captured:
            assert len(snapshot_now(match_round).students) == lists
        counted.append(len(captured))
    assert counted[0] == counted[1]


def _market_of(match_round: MatchRound) -> Market:
    """Return the frozen market of a round with its lottery drawn."""
    snapshot = Snapshot.from_bytes(bytes(FrozenMarket.objects.get(round=match_round).content))
    names = list(snapshot.students)
    return snapshot.market(draw(SEED, match_round.public_value, match_round.code, names))


def test_the_frozen_market_draws_its_lottery_from_seed_and_public_value(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    vacancy = make_vacancy(seats=1)
    match_round = opened(people)
    names = [
        add_wish(match_round, vacancy, by=who, at=NOW).list.pseudonym
        for who in (people.aylin, people.sara, *(student_of(bodies.school, f"s{n}") for n in "ab"))
    ]
    published(match_round, people)
    drawn = draw(SEED, "7 12 31", "r-1", names)
    assert oracle.solve(_market_of(match_round)) == dict.fromkeys(names) | {drawn[0]: vacancy.code}
    got = MatchOutcome.objects.get(vacancy=vacancy)
    assert got.list.pseudonym == drawn[0]
    tickets = {o.list.pseudonym: o.ticket for o in MatchOutcome.objects.select_related("list")}
    assert tickets == {name: place for place, name in enumerate(drawn)}
    snapshot = Snapshot.from_bytes(bytes(match_round.frozen.content))
    place = placement_in(snapshot, bytes(match_round.runs.get().result.result))
    assert [snapshot.students[n] for n in np.flatnonzero(place >= 0)] == [drawn[0]]


def test_what_changes_after_the_freeze_changes_no_result(people: People, vacancy: Vacancy) -> None:
    match_round = opened(people)
    name = add_wish(match_round, vacancy, by=people.aylin, at=NOW).list.pseudonym
    frozen(match_round, people)
    Vacancy.objects.filter(pk=vacancy.pk).update(seats=0)
    assert oracle.solve(_market_of(match_round)) == {name: vacancy.code}
