"""Cut-offs and reasons: true, checkable, and noticed when wrong."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import event, given

from courses.matching.solver.cutoffs import CODES, Reason, Seats, refused
from courses.matching.solver.deferred_acceptance import placement_of as solve
from courses.matching.solver.market import Market, Reserve, Vacancy
from tests.courses.matching.brute_force import Judge
from tests.courses.matching.explainer import Explainer
from tests.courses.matching.random_markets import markets, thorough


def _clears(market: Market, judge: Judge, kinds: list[Seats], student: str, vacancy: str) -> bool:
    """Whether the student could sit on some kind of seat, judged from its cut-off alone."""
    own = _standing_of(market, student, vacancy)
    return judge.admissible(student, vacancy) and any(
        (not seats.full) or (seats.last is not None and own <= seats.last)
        for seats in kinds
        if seats.kind == "open" or seats.kind in market.groups.get(student, ())
    )


def _standing_of(market: Market, student: str, vacancy: str) -> tuple[int, int]:
    """Return (tier, ticket), counted from 0; far behind where the firm does not accept."""
    order = market.vacancies[vacancy].order
    tier = next((n for n, names in enumerate(order) if student in names), len(order))
    return tier, market.lottery.index(student)


def _reproduces(
    market: Market, placement: Mapping[str, str | None], seats: Mapping[str, list[Seats]]
) -> bool:
    """Whether each student's place is the best wish whose cut-off he or she clears."""
    judge = Judge(market)
    return all(
        placement[student]
        == next((v for v in wishes if _clears(market, judge, seats[v], student, v)), None)
        for student, wishes in market.students.items()
    )


@thorough
@given(markets(students=6))
def test_p17_the_cutoffs_reproduce_the_placement(market: Market) -> None:
    placement = solve(market)
    assert _reproduces(market, placement, Explainer(market, placement).seats)


def _true(market: Market, judge: Judge, said: Reason, student: str, vacancy: str) -> bool:
    """Whether what a refused, admissible student is told is so."""
    placement = solve(market)
    kinds = judge.seats(vacancy, judge.at(placement, vacancy))
    own = _standing_of(market, student, vacancy)
    mine = market.groups[student]
    if (said.own_tier, said.own_ticket) != (own[0] + 1, own[1] + 1):
        return False
    mine_or_open = {
        kind: max(_standing_of(market, s, vacancy) for s in sitting)
        for kind, _, sitting in kinds
        if sitting and (kind == "open" or kind in mine)
    }
    if said.code in ("outranked", "lottery"):
        last = max(
            _standing_of(market, s, vacancy)
            for kind, _, sitting in kinds
            if kind == said.seat
            for s in sitting
        )
        same = last[0] == own[0]
        told = (said.last_tier, said.last_ticket) == (last[0] + 1, last[1] + 1)
        return (
            said.seat in mine_or_open and told and last < own and same == (said.code == "lottery")
        )
    others = [
        _standing_of(market, s, vacancy) for kind, _, sitting in kinds[:-1] for s in sitting
        if kind not in mine
    ]  # fmt: skip
    if said.code == "reserved":
        return any(other > own for other in others) or (not mine_or_open and bool(others))
    return said.code == "no_seats" and not mine_or_open and not others


@thorough
@given(markets(students=6))
def test_p19_every_reason_is_true(market: Market) -> None:
    placement = solve(market)
    judge = Judge(market)
    explainer = Explainer(market, placement)
    for student, wishes in market.students.items():
        for vacancy in wishes:
            said = explainer.reason(student, vacancy)
            event(said.code)
            if placement[student] == vacancy:
                kinds = judge.seats(vacancy, judge.at(placement, vacancy))
                seat = next(kind for kind, _, sitting in kinds if student in sitting)
                tier, ticket = _standing_of(market, student, vacancy)
                assert said == Reason("placed", tier + 1, ticket + 1, seat=seat)
            elif judge.worth(student, vacancy) < judge.worth(student, placement[student]):
                assert said == Reason("not_reached")
            elif (student, vacancy) in market.ineligible:
                assert said == Reason("ineligible")
            elif student not in judge.strict[vacancy]:
                assert said == Reason("not_ranked")
            else:
                assert _true(market, judge, said, student, vacancy), said


@thorough
@given(markets(students=6))
def test_the_stored_byte_says_what_the_cutoffs_say(market: Market) -> None:
    """The codes worked out for all at once are those of `refused`, one at a time."""
    explainer = Explainer(market, solve(market))
    for student, wishes in market.students.items():
        first = explainer.packed.starts[explainer.names.students.index(student)]
        for place, vacancy in enumerate(wishes):
            code = CODES[explainer.codes[first + place]]
            if code in ("no_seats", "outranked", "lottery", "reserved"):
                own = market.priorities[vacancy][student]
                mine = market.groups[student]
                assert refused(own, mine, explainer.seats[vacancy]).code == code


def _market(
    row: Vacancy, members: str = "", ineligible: frozenset[tuple[str, str]] = frozenset()
) -> Market:
    """Return a market of one vacancy V that a, b and c want; tickets in the order a, b, c."""
    groups = {name: frozenset({"g"}) for name in members}
    return Market(dict.fromkeys("abc", ("V",)), {"V": row}, groups, ineligible, ("a", "b", "c"))


SOFT, HARD = (Reserve("g", 1, "soft"),), (Reserve("g", 1, "hard"),)


@pytest.mark.parametrize(
    ("market", "student", "said"),
    [
        (_market(Vacancy(1, (("b",), ("a",)))), "b", Reason("placed", 1, 2, seat="open")),
        (_market(Vacancy(1, (("b",), ("a",)))), "a",
         Reason("outranked", 2, 1, 1, 2, seat="open")),
        (_market(Vacancy(1, (("b",), ("a",)))), "c", Reason("not_ranked")),
        (_market(Vacancy(1, (("a", "b", "c"),)), ineligible=frozenset({("a", "V")})), "a",
         Reason("ineligible")),
        (_market(Vacancy(1, (("a", "b", "c"),))), "c", Reason("lottery", 1, 3, 1, 1, seat="open")),
        (_market(Vacancy(0, (("a", "b", "c"),))), "c", Reason("no_seats", 1, 3)),
        # An empty hard seat of others is no seat for a.
        (_market(Vacancy(1, (("a",),), HARD)), "a", Reason("no_seats", 1, 1)),
        # b holds the open seat, c the reserved one; a beats c, but c's seat is not for a.
        (_market(Vacancy(2, (("b",), ("a",), ("c",)), SOFT), "c"), "a",
         Reason("reserved", 2, 1, 1, 2, seat="open")),
        (_market(Vacancy(1, (("a",), ("c",)), HARD), "c"), "a", Reason("reserved", 1, 1)),
        (_market(Vacancy(1, (("c",), ("a",)), SOFT), "c"), "c",
         Reason("placed", 1, 3, seat="g")),
        # All seats are reserved and a member lost to another member, not to the reserve.
        (_market(Vacancy(1, (("b",), ("a",)), SOFT), "ab"), "a",
         Reason("outranked", 2, 1, 1, 2, seat="g")),
        (_market(Vacancy(1, (("a", "b"),), HARD), "ab"), "b",
         Reason("lottery", 1, 2, 1, 1, seat="g")),
    ],
)  # fmt: skip
def test_the_reason_said(market: Market, student: str, said: Reason) -> None:
    assert Explainer(market, solve(market)).reason(student, "V") == said


def test_a_wish_below_the_place_was_not_reached() -> None:
    rows = {"V": Vacancy(1, (("a",),)), "W": Vacancy(1, (("a",),))}
    market = Market({"a": ("V", "W")}, rows, {}, frozenset(), ("a",))
    assert Explainer(market, solve(market)).reason("a", "W") == Reason("not_reached")


def test_a_wrong_cutoff_is_noticed() -> None:
    """b has the open seat, c the reserved one, a neither; no other cut-off fits."""
    market = _market(Vacancy(2, (("b",), ("a",), ("c",)), SOFT), "c")
    placement = solve(market)
    right = Explainer(market, placement).seats
    reserved, open_ = right["V"]
    assert reserved == Seats("g", 1, 1, (2, 2))
    assert open_ == Seats("open", 1, 1, (0, 1))
    assert reserved.full
    assert open_.full
    for wrong in (
        [reserved, replace(open_, last=(1, 0))],  # a would clear it
        [reserved, replace(open_, last=None)],  # b would not
        [reserved, replace(open_, room=2)],  # a seat that is not there
        [reserved, replace(open_, used=0)],  # a holder forgotten
        [replace(reserved, last=(1, 0)), open_],  # c would not clear it
        [replace(reserved, kind="h"), open_],  # another group's seat
        [open_],  # a reserve forgotten
    ):
        assert not _reproduces(market, placement, {"V": wrong})
    assert _reproduces(market, placement, right)


def test_of_two_kinds_of_ones_own_the_one_nearer_is_told() -> None:
    """c belongs to both groups: beside b the lottery decided, a stood higher."""
    reserves = (Reserve("g", 1, "soft"), Reserve("h", 1, "soft"))
    market = Market(
        dict.fromkeys("abc", ("V",)), {"V": Vacancy(2, (("a",), ("b", "c")), reserves)},
        {"a": frozenset("h"), "b": frozenset("g"), "c": frozenset("gh")}, frozenset(), tuple("abc"),
    )  # fmt: skip
    explainer = Explainer(market, solve(market))
    assert [CODES[code] for code in explainer.codes] == ["placed", "placed", "lottery"]
    assert explainer.reason("c", "V").seat == "g"
