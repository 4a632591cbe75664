"""What a partnership's reserve did: solved without it, the hurt ones named with their chain."""

import pytest
from django.utils import translation

from courses.matching import effects
from courses.matching.actions.standings import Verdict, rank_applicants
from courses.matching.actions.wishes import set_wishes
from courses.matching.models import MatchRound, ReserveEffect
from courses.matching.queries import applicants, effects_of
from courses.people.models import User
from courses.vacancies.actions import reserve_seats
from courses.vacancies.models import ReserveKind, Vacancy
from tests.cast import NOW, Bodies, MakeVacancy, People
from tests.courses.matching.small_rounds import (
    RANKING,
    frozen,
    opened,
    proposed,
    student_of,
)


def _rank(match_round: MatchRound, vacancy: Vacancy, order: list[User], by: User) -> None:
    place = {student.pk: number for number, student in enumerate(order, start=1)}
    rank_applicants(
        vacancy, match_round,
        {wish: Verdict(tier=place[wish.list.student_id])
         for wish in applicants(vacancy, match_round)},
        by=by, at=RANKING,
    )  # fmt: skip


@pytest.mark.django_db
def test_a_reserve_that_helps_is_counted(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    kept = make_vacancy(code="kept", seats=1)
    reserve_seats(kept, bodies.school, 1, by=None, at=NOW)
    match_round = opened(people)
    boy = student_of(bodies.other_school, "boy")
    for student in (people.aylin, boy):
        set_wishes(match_round, [kept], by=student, at=NOW)
    _rank(match_round, kept, [boy, people.aylin], people.owner)
    proposed(frozen(match_round, people), people)
    effect = ReserveEffect.objects.get()
    assert (
        effect.school, effect.firm, effect.seats, effect.placed_with, effect.placed_without,
        effect.better, effect.worse,
    ) == (bodies.school, bodies.firm, 1, 1, 0, 1, [])  # fmt: skip


@pytest.mark.django_db
def test_each_partnership_has_its_own_effect(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    for number in range(2):
        reserve_seats(make_vacancy(code=f"v{number}"), bodies.school, 1, by=None, at=NOW)
    both = make_vacancy(code="both", seats=3)
    reserve_seats(both, bodies.school, 1, by=None, at=NOW)
    reserve_seats(both, bodies.other_school, 2, by=None, kind=ReserveKind.HARD, at=NOW)
    match_round = proposed(frozen(opened(people), people), people)
    found = [(e.school.code, e.firm.code, e.seats) for e in effects_of(match_round.runs.get())]
    assert found == [("other-school", "firm", 2), ("school", "firm", 3)]


@pytest.mark.django_db
def test_whom_a_reserve_hurts_is_named_with_the_chain_of_refusals(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    """Aylin takes the boy's seat at `a`, he takes Sara's at `b`: one helped, one hurt."""
    a, b = make_vacancy(code="a", seats=1), make_vacancy(code="b", seats=1)
    reserve_seats(a, bodies.school, 1, by=None, at=NOW)
    match_round = opened(people)
    boy = student_of(bodies.other_school, "boy")
    for student, wishes in ((people.aylin, [a]), (boy, [a, b]), (people.sara, [b])):
        set_wishes(match_round, wishes, by=student, at=NOW)
    _rank(match_round, a, [boy, people.aylin], people.owner)
    _rank(match_round, b, [boy, people.sara], people.owner)
    names = dict(match_round.lists.values_list("student__username", "pseudonym"))
    proposed(frozen(match_round, people), people)
    effect = ReserveEffect.objects.get()
    assert (effect.placed_with, effect.placed_without, effect.better) == (1, 1, 1)
    assert effect.worse == [
        {
            "student": names["sara"], "with": None, "without": "b",
            "chain": [
                {"student": names["boy"], "lost": "a", "by": names["aylin"], "to": "b"},
                {"student": names["sara"], "lost": "b", "by": names["boy"], "to": None},
            ],
        }
    ]  # fmt: skip
    assert effects.codes_in([effect]) == {"a", "b"}
    with translation.override("en"):
        assert effects.told(effect.worse[0], {"a": "Bags", "b": "Shoes"}) == [
            f"{names['sara']} has no place; without the reserve it would be “Shoes”.",
            f"{names['boy']} had to leave “Bags” for {names['aylin']}.",
            f"{names['boy']} then went to “Shoes”.",
            f"{names['sara']} had to leave “Shoes” for {names['boy']}.",
            f"{names['sara']} was then left without a place.",
        ]


@pytest.mark.django_db
def test_a_hard_seat_that_stays_empty_hurts_by_nobody(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy
) -> None:
    """The seat kept hard for the girls sends the boy to Sara's place, though no girl wants it."""
    a, b = make_vacancy(code="a", seats=1), make_vacancy(code="b", seats=1)
    reserve_seats(a, bodies.school, 1, by=None, kind=ReserveKind.HARD, at=NOW)
    match_round = opened(people)
    boy = student_of(bodies.other_school, "boy")
    for student, wishes in ((boy, [a, b]), (people.sara, [b])):
        set_wishes(match_round, wishes, by=student, at=NOW)
    _rank(match_round, b, [boy, people.sara], people.owner)
    names = dict(match_round.lists.values_list("student__username", "pseudonym"))
    proposed(frozen(match_round, people), people)
    (row,) = ReserveEffect.objects.get().worse
    assert row["chain"] == [
        {"student": names["boy"], "lost": "a", "by": None, "to": "b"},
        {"student": names["sara"], "lost": "b", "by": names["boy"], "to": None},
    ]
    with translation.override("en"):
        said = effects.told(row, {})
    assert said[1] == f"{names['boy']} had to leave “a” because its reserved seat stays empty."


def test_who_keeps_some_place_is_told_both() -> None:
    row = {"student": "P", "with": "a", "without": "b", "chain": []}
    with translation.override("en"):
        assert effects.told(row, {"a": "Bags"}) == [
            "P has “Bags”; without the reserve it would be “b”."
        ]


@pytest.mark.django_db
def test_how_it_came_is_told_of_so_many_at_most_and_all_are_named(
    people: People, bodies: Bodies, make_vacancy: MakeVacancy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "MOST_CHAINS", 0)
    a, b = make_vacancy(code="a", seats=1), make_vacancy(code="b", seats=1)
    reserve_seats(a, bodies.school, 1, by=None, kind=ReserveKind.HARD, at=NOW)
    match_round = opened(people)
    boy = student_of(bodies.other_school, "boy")
    for student, wishes in ((boy, [a, b]), (people.sara, [b])):
        set_wishes(match_round, wishes, by=student, at=NOW)
    _rank(match_round, b, [boy, people.sara], people.owner)
    proposed(frozen(match_round, people), people)
    (line,) = ReserveEffect.objects.get().worse
    assert (line["with"], line["without"], line["chain"]) == (None, "b", [])
