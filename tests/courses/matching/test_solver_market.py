"""Reading a market: whole, or refused whole with every fault in a sentence."""

import json
from typing import Any

import pytest
from hypothesis import given

from courses.matching.solver.market import IllegalMarket, Market, Reserve, Vacancy
from tests.courses.matching.random_markets import markets, thorough


def _data(**changes: Any) -> dict[str, Any]:
    """Return a small legal market with some keys changed."""
    data: dict[str, Any] = {
        "students": {"a": ["V", "W"], "b": ["V"]},
        "vacancies": {
            "V": {
                "capacity": 2,
                "order": [["b", "a"]],
                "reserves": [{"group": "g", "seats": 1, "kind": "soft"}],
            },
            "W": {"capacity": 1, "order": ["a", "b"]},
        },
        "groups": {"a": ["g"]},
        "ineligible": [["b", "W"]],
        "lottery": ["b", "a"],
    }
    return data | changes


def _row(**changes: Any) -> dict[str, Any]:
    """Return the small market with vacancy V changed and no W."""
    row: dict[str, Any] = {"capacity": 1, "order": ["a"]}
    return _data(students={"a": ["V"], "b": []}, vacancies={"V": row | changes}, ineligible=[])


def _reserves(**changes: Any) -> dict[str, Any]:
    reserve: dict[str, Any] = {"group": "g", "seats": 1, "kind": "soft"}
    return _row(reserves=[reserve | changes])


def _faults(data: Any) -> list[str]:
    with pytest.raises(IllegalMarket) as caught:
        Market.from_json(data)
    assert str(caught.value) == "; ".join(caught.value.faults)
    return caught.value.faults


def test_a_legal_market_is_read() -> None:
    assert Market.from_json(_data()) == Market(
        students={"a": ("V", "W"), "b": ("V",)},
        vacancies={
            "V": Vacancy(2, (("b", "a"),), (Reserve("g", 1, "soft"),)),
            "W": Vacancy(1, (("a",), ("b",))),
        },
        groups={"a": frozenset({"g"})},
        ineligible=frozenset({("b", "W")}),
        lottery=("b", "a"),
    )


def test_what_may_be_left_out() -> None:
    market = Market.from_json({"students": {"b": [], "a": []}, "vacancies": {"V": {"capacity": 1}}})
    assert market.vacancies == {"V": Vacancy(1, ())}
    assert market.groups == {}
    assert market.ineligible == frozenset()
    assert market.lottery == ("a", "b")


def test_nobody_and_nothing_is_a_market() -> None:
    assert Market.from_json({"students": {}, "vacancies": {}}).lottery == ()


@pytest.mark.parametrize("seats", [0, 1, 1.0, 10**400], ids=["none", "one", "1.0", "huge"])
def test_a_whole_number_of_seats_is_read(seats: float) -> None:
    assert Market.from_json(_row(capacity=seats)).vacancies["V"].capacity == seats


CAPACITY = "vacancy V: capacity must be a whole number, 0 or more"
SEATS = "vacancy V: reserved seats must be a whole number, 0 or more"
TIERS = "vacancy V: order holds names and lists of names only"
LOTTERY = "lottery: must name every student exactly once"
PAIR = "ineligible: each element is a pair of student and vacancy"
WISHES = "student a: a list of vacancy names is needed"
NO_STUDENTS = "students: an object of names is needed"
NO_VACANCIES = "vacancies: an object of names is needed"
NO_GROUPS = "groups: an object of names is needed"
NO_RESERVES = "vacancy V: reserves must be a list of objects"


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        # Students and their lists.
        ({"vacancies": {}}, NO_STUDENTS),
        ({"students": None, "vacancies": {}}, NO_STUDENTS),
        ({"students": {1: []}, "vacancies": {}}, NO_STUDENTS),
        (_data(students={"a": "V", "b": []}), WISHES),
        (_data(students={"a": ["V", 1], "b": []}), WISHES),
        (_data(students={"a": ["X"], "b": []}), "student a: unknown vacancy X"),
        (_data(students={"a": ["V", "W", "V"], "b": []}), "student a: wishes V 2 times"),
        # Vacancies and their seats.
        ({"students": {}}, NO_VACANCIES),
        ({"students": {}, "vacancies": []}, NO_VACANCIES),
        ({"students": {}, "vacancies": {"V": 1}}, "vacancy V: an object is needed"),
        (_row(capacity=-1), CAPACITY),
        (_row(capacity=None), CAPACITY),
        (_row(capacity=True), CAPACITY),
        (_row(capacity="2"), CAPACITY),
        (_row(capacity=1.5), CAPACITY),
        (_row(capacity=float("nan")), CAPACITY),
        (_row(capacity=float("inf")), CAPACITY),
        (_row(capacity=-(10**400)), CAPACITY),
        # The firm's order.
        (_row(order="a"), "vacancy V: order must be a list"),
        (_row(order=["a", 1]), TIERS),
        (_row(order=["a", ["b", None]]), TIERS),
        (_row(order=["a", "x"]), "vacancy V: order names unknown student x"),
        (_row(order=["a", ["b", "a"]]), "vacancy V: order names a 2 times"),
        # Reserves.
        (_row(reserves={}), NO_RESERVES),
        (_row(reserves=["g"]), NO_RESERVES),
        (_reserves(seats=2), "vacancy V: more seats are reserved than there are"),
        (_reserves(group=None), "vacancy V: a reserve needs the name of its group"),
        (_reserves(seats=-1), SEATS),
        (_reserves(seats=0.5), SEATS),
        (_reserves(kind="firm"), "vacancy V: a reserve is soft or hard, not firm"),
        # Groups.
        (_data(groups=[]), NO_GROUPS),
        (_data(groups={"x": []}), "groups: unknown student x"),
        (_data(groups={"a": "g"}), "groups: a needs a list of group names"),
        # Forbidden pairs.
        (_data(ineligible={}), "ineligible: a list of pairs is needed"),
        (_data(ineligible=[["a"]]), PAIR),
        (_data(ineligible=["aV"]), PAIR),
        (_data(ineligible=[["x", "V"]]), "ineligible: unknown student x"),
        (_data(ineligible=[["a", "X"]]), "ineligible: unknown vacancy X"),
        # The lottery.
        (_data(lottery=["a"]), LOTTERY),
        (_data(lottery=["a", "b", "b"]), LOTTERY),
        (_data(lottery=["a", "x"]), LOTTERY),
        (_data(lottery="ab"), LOTTERY),
    ],
)
def test_a_fault_is_said(data: Any, fault: str) -> None:
    assert _faults(data) == [fault]


def test_two_reserves_together_may_not_exceed_the_seats() -> None:
    reserve = {"group": "g", "seats": 1, "kind": "hard"}
    assert _faults(_row(reserves=[reserve, reserve])) == [
        "vacancy V: more seats are reserved than there are"
    ]


@pytest.mark.parametrize("data", [None, [], "market", 1])
def test_something_else_than_an_object_is_no_market(data: Any) -> None:
    assert _faults(data) == [NO_STUDENTS, NO_VACANCIES, NO_GROUPS]


def test_every_fault_is_listed() -> None:
    data = _data(students={"a": ["X", "X"], "b": []}, lottery=[], ineligible=[["x", "Y"]])
    assert _faults(data) == [
        "student a: unknown vacancy X",
        "student a: wishes X 2 times",
        "ineligible: unknown student x",
        "ineligible: unknown vacancy Y",
        LOTTERY,
    ]


@thorough
@given(markets(students=6))
def test_a_market_survives_writing_and_reading(market: Market) -> None:
    """The canonical form, written as JSON and read again, is the same market."""
    again = Market.from_json(json.loads(json.dumps(market.to_json())))
    assert again.to_json() == market.to_json()
    assert (again.students, again.groups) == (market.students, market.groups)
    assert (again.ineligible, again.lottery) == (market.ineligible, market.lottery)


def test_priority_is_tier_then_ticket() -> None:
    market = Market.from_json(_data())
    assert market.tickets == {"b": 0, "a": 1}
    assert market.priorities["V"] == {"b": (0, 0), "a": (0, 1)}
    assert market.priorities["W"] == {"a": (0, 1), "b": (1, 0)}
