"""The verifier is worth believing: corrupted placements and corrupted solvers are noticed.

Every mutant must be named by its proper kind: `students` (somebody missing or unknown),
`inadmissible` (a place not asked for, not accepted, forbidden), `seats` (more students than seats,
or a seat of others) or `blocking` (somebody who should have been kept).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

import pytest
from hypothesis import Phase, find, given, settings

from courses.matching.solver.deferred_acceptance import placement_of as solve
from courses.matching.solver.market import Market, Reserve, Vacancy
from courses.matching.solver.packed import pack
from courses.matching.solver.verify import verify
from tests.courses.matching.brute_force import Judge
from tests.courses.matching.random_markets import markets, thorough

Placement = dict[str, str | None]

# Two of the partner school (p1, p2), three others; V keeps one of two seats for partners, softly;
# H keeps its only seat for partners, strictly; W is open. n3 may not go to W and W refuses p2.
MARKET = Market(
    students={
        "n1": ("V", "W", "H"),
        "n2": ("V", "W"),
        "n3": ("W", "V"),
        "p1": ("V", "H"),
        "p2": ("V", "H", "W"),
    },
    vacancies={
        "V": Vacancy(2, (("n1", "n2"), ("n3", "p1"), ("p2",)), (Reserve("partner", 1, "soft"),)),
        "H": Vacancy(1, (("n1",), ("p1", "p2")), (Reserve("partner", 1, "hard"),)),
        "W": Vacancy(1, (("n3",), ("n2",), ("n1",))),
    },
    groups={"p1": frozenset({"partner"}), "p2": frozenset({"partner"})},
    ineligible=frozenset({("n3", "W")}),
    lottery=("n2", "p2", "n1", "p1", "n3"),
)
RIGHT: Placement = {"n1": "W", "n2": "V", "n3": None, "p1": "V", "p2": "H"}

Named = set[tuple[str, str, str]]


def _named(market: Market, placement: Mapping[str, str | None]) -> Named:
    return {(v.kind, v.student, v.vacancy) for v in verify(market, placement)}


def test_the_uncorrupted_placement_is_right() -> None:
    assert solve(MARKET) == RIGHT
    assert verify(MARKET, RIGHT) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        # Two students swapped: n2 has the earlier ticket at V.
        ({"n1": "V", "n2": "W"}, {("blocking", "n2", "V")}),
        # Two partners swapped: p1 stands in a better tier at V.
        ({"p1": "H", "p2": "V"}, {("blocking", "p1", "V")}),
        # A placed student left without a place.
        ({"p2": None}, {("blocking", "p2", "H")}),
        ({"n1": None}, {("blocking", "n1", "W")}),
        # A forbidden pair, a student the firm does not accept, a place nobody asked for.
        ({"n1": None, "n3": "W"}, {("inadmissible", "n3", "W")}),
        ({"n1": None, "p2": "W"}, {("inadmissible", "p2", "W")}),
        ({"n3": "H", "p2": None}, {("inadmissible", "n3", "H")}),
        ({"n3": "X"}, {("inadmissible", "n3", "X")}),
        # One student too many.
        ({"n3": "V"}, {("seats", "n3", "V")}),
        ({"n2": "W", "n3": "V"}, {("seats", "n1", "W")}),
        # The softly reserved seat given to an outsider while partners wait.
        ({"n1": "V", "p1": None}, {("blocking", "p1", "V"), ("blocking", "p2", "V")}),
        # The strictly reserved seat given to an outsider the firm likes best.
        ({"n1": "H", "p2": None}, {("seats", "n1", "H")}),
        # An outsider beside the member on a seat there is only one of.
        ({"n1": "H"}, {("seats", "n1", "H")}),
        # Nobody placed at all.
        (dict.fromkeys(RIGHT), {("blocking", "n1", "V"), ("blocking", "n1", "W"),
                                ("blocking", "n2", "V"), ("blocking", "n2", "W"),
                                ("blocking", "n3", "V"), ("blocking", "p1", "V"),
                                ("blocking", "p1", "H"), ("blocking", "p2", "V"),
                                ("blocking", "p2", "H")}),
    ],
)  # fmt: skip
def test_a_corrupted_placement_is_named(change: Placement, named: Named) -> None:
    assert _named(MARKET, RIGHT | change) == named


def test_a_forbidden_place_is_named_although_the_arrays_allow_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Solver and judge have the arrays in common: who may at all is read off the names."""
    allowed = replace(MARKET, ineligible=frozenset())
    monkeypatch.setattr("courses.matching.solver.verify.pack", lambda _market: pack(allowed))
    assert ("inadmissible", "n3", "W") in _named(MARKET, RIGHT | {"n1": None, "n3": "W"})


def test_a_dropped_student_is_named() -> None:
    dropped = {student: place for student, place in RIGHT.items() if student != "p2"}
    assert _named(MARKET, dropped) == {("students", "p2", "")}


def test_an_invented_student_is_named() -> None:
    assert _named(MARKET, RIGHT | {"x": None}) == {("students", "x", "")}


def test_a_hard_seat_stays_empty_rather_than_go_to_an_outsider() -> None:
    nobody = replace(MARKET, groups={})
    placement = solve(nobody)
    assert "H" not in placement.values()
    assert verify(nobody, placement) == []
    free = next(student for student in ("n1", "p2") if placement[student] is None)
    assert _named(nobody, placement | {free: "H"}) == {("seats", free, "H")}


def test_a_violation_is_said_in_a_sentence() -> None:
    (violation,) = verify(MARKET, RIGHT | {"n1": None})
    assert violation.sentence == "n1 wants W more, and W would keep n1"


def test_a_thousand_million_seats_are_judged_at_once() -> None:
    """Seats nobody asks for cost no time: "as many as come" may be typed as a huge number."""
    many = 10**12
    for kind in ("soft", "hard"):
        row = Vacancy(2 * many, (("a", "b"),), (Reserve("g", many, kind),))
        students = {"a": ("V",), "b": ("V",)}
        market = Market(students, {"V": row}, {"a": frozenset("g")}, frozenset(), ("a", "b"))
        assert solve(market) == {"a": "V", "b": "V"}
        assert verify(market, solve(market)) == []


@thorough
@given(markets(students=3))
def test_the_verifier_and_the_definition_agree_on_every_placement(market: Market) -> None:
    """Of all placements, sensible or not, the verifier passes the stable ones and no other."""
    judge = Judge(market)
    for placement in judge.matchings():
        assert (verify(market, placement) == []) == judge.stable(placement)


def _each(market: Market, change: Callable[[Vacancy], Vacancy]) -> Market:
    rows = {name: change(row) for name, row in market.vacancies.items()}
    return replace(market, vacancies=rows)


def _with_kind(row: Vacancy, kind: str) -> Vacancy:
    return replace(row, reserves=tuple(replace(r, kind=kind) for r in row.reserves))


def _with_lists(market: Market, key: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Market:
    return replace(market, students={s: key(wishes) for s, wishes in market.students.items()})


def _first_come(market: Market) -> Placement:
    """Immediate acceptance: whoever asks first keeps the seat (no reserves)."""
    judge = Judge(_each(market, lambda row: replace(row, reserves=())))
    got: Placement = dict.fromkeys(market.students)
    for turn in range(max(map(len, market.students.values()), default=0)):
        for vacancy in market.vacancies:
            sitting = judge.at(got, vacancy)
            asking = [
                s
                for s in judge.strict[vacancy]
                if got[s] is None
                and market.students[s][turn : turn + 1] == (vacancy,)
                and judge.admissible(s, vacancy)
            ]
            for student in asking[: market.vacancies[vacancy].capacity - len(sitting)]:
                got[student] = vacancy
    return got


def _one_wish(market: Market) -> Placement:
    """A solver that never lets a refused student ask again."""
    return solve(_with_lists(market, lambda wishes: wishes[:1]))


def _open_first(market: Market) -> Placement:
    """A solver that fills open seats before reserved ones."""
    everybody = {s: groups | {"all"} for s, groups in market.groups.items()}

    def turned(row: Vacancy) -> Vacancy:
        unreserved = row.capacity - sum(r.seats for r in row.reserves)
        return replace(row, reserves=(Reserve("all", unreserved, "soft"), *row.reserves))

    return solve(replace(_each(market, turned), groups=everybody))


MUTANTS: dict[str, Callable[[Market], Placement]] = {
    "ignores reserves": lambda m: solve(_each(m, lambda row: replace(row, reserves=()))),
    "ignores groups": lambda m: solve(replace(m, groups={})),
    "takes soft reserves for hard": lambda m: solve(_each(m, lambda r: _with_kind(r, "hard"))),
    "takes hard reserves for soft": lambda m: solve(_each(m, lambda r: _with_kind(r, "soft"))),
    "reserves in reverse precedence": lambda m: solve(
        _each(m, lambda row: replace(row, reserves=row.reserves[::-1]))
    ),
    "open seats first": _open_first,
    "ignores the lottery": lambda m: solve(replace(m, lottery=tuple(sorted(m.lottery)))),
    "turns the lottery round": lambda m: solve(replace(m, lottery=m.lottery[::-1])),
    "ignores tiers": lambda m: solve(
        _each(m, lambda row: replace(row, order=(tuple(s for t in row.order for s in t),)))
    ),
    "turns tiers round": lambda m: solve(_each(m, lambda row: replace(row, order=row.order[::-1]))),
    "ignores the students' order": lambda m: solve(_with_lists(m, lambda w: tuple(sorted(w)))),
    "turns the students' lists round": lambda m: solve(_with_lists(m, lambda w: w[::-1])),
    "ignores forbidden pairs": lambda m: solve(replace(m, ineligible=frozenset())),
    "one seat too many": lambda m: solve(
        _each(m, lambda row: replace(row, capacity=row.capacity + 1))
    ),
    "one seat too few": lambda m: solve(
        _each(
            m, lambda r: replace(r, capacity=max(r.capacity - 1, sum(x.seats for x in r.reserves)))
        )
    ),
    "never asks again": _one_wish,
    "first come, first served": _first_come,
    "places nobody": lambda m: dict.fromkeys(m.students),
}

looking = settings(
    max_examples=1000, derandomize=True, database=None, deadline=None, phases=[Phase.generate]
)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_corrupted_solver_is_noticed(name: str) -> None:
    """Some random market betrays the mutant to the verifier, and the definition agrees."""
    mutant = MUTANTS[name]
    betrayed = find(
        markets(), lambda m: bool(verify(m, mutant(m))), settings=looking, random=Random(0)
    )
    assert not Judge(betrayed).stable(mutant(betrayed))


def _worst_for_students(market: Market) -> Placement:
    judge = Judge(market)
    stable = judge.stable_matchings()
    return next(worst for worst in stable if all(judge.no_worse(one, worst) for one in stable))


def test_a_solver_for_the_firms_is_noticed_by_the_optimum_alone() -> None:
    """The firms' best matching is stable, so the verifier passes it: P2 is what forbids it."""
    betrayed = find(
        markets(),
        lambda m: _worst_for_students(m) != solve(m),
        settings=looking,
        random=Random(0),
    )
    worst = _worst_for_students(betrayed)
    assert verify(betrayed, worst) == []
    assert not Judge(betrayed).no_worse(worst, solve(betrayed))
