"""What would have had to be different: exactly the least change, found by solving anew."""

from dataclasses import replace

import pytest
from hypothesis import event, given

from courses.matching.solver.counterfactual import (
    ANY_TIER,
    MOST_NEW_SEATS,
    Needed,
    needed,
    with_seats,
    with_ticket,
    with_tier,
)
from courses.matching.solver.deferred_acceptance import solve
from courses.matching.solver.market import Market, Reserve, Vacancy
from courses.matching.solver.packed import INELIGIBLE, NOT_RANKED, Packed, pack
from tests.courses.matching.explainer import Explainer
from tests.courses.matching.random_markets import markets, thorough


def _granted(packed: Packed, student: int) -> int:
    return solve(packed).place.item(student)


def _enough(got: int, edge: int) -> bool:
    return 0 <= got <= edge


@thorough
@given(markets(students=6, vacancies=4))
def test_p19_what_would_have_been_enough_is_the_least_of_its_kind(market: Market) -> None:
    """Every number there is is tried: what is said is enough, the next one is not."""
    explainer = Explainer(market, dict.fromkeys(market.students) | _solved(market))
    packed, place = explainer.packed, explainer.place
    for student, name in enumerate(explainer.names.students):
        first = int(packed.starts[student])
        for rank, vacancy in enumerate(market.students[name]):
            edge = first + rank
            if 0 <= place[student] <= edge:
                break
            said = {one.kind: one for one in needed(packed, place, student, edge)}
            assert said == {one.kind: one for one in _expected(explainer, student, edge, vacancy)}
            event(", ".join(said) or "nothing")


def _solved(market: Market) -> dict[str, str | None]:
    packed, names = pack(market)
    return names.placement(packed, solve(packed).place)


def _expected(explainer: Explainer, student: int, edge: int, vacancy: str) -> list[Needed]:
    packed = explainer.packed
    own, ticket = packed.tier.item(edge), packed.ticket.item(student)
    if own == INELIGIBLE:
        return []
    code = explainer.reason(explainer.names.students[student], vacancy).code
    tiers = range(own)
    if own == NOT_RANKED:
        there = packed.tier[packed.vacancy == packed.vacancy[edge]]
        behind = int(there[there < INELIGIBLE].max(initial=-1)) + 1
        if _granted(with_tier(packed, edge, behind), student) == edge:
            return [Needed("tier", ANY_TIER, edge)]
        tiers = range(behind)
    found = []
    for tier in reversed(tiers):
        got = _granted(with_tier(packed, edge, tier), student)
        # A better tier at one vacancy leads to this vacancy or nowhere.
        assert not _enough(got, edge) or got == edge
        if _enough(got, edge):
            found.append(Needed("tier", tier + 1, edge))
            break
    for other in reversed(range(ticket if code == "lottery" else 0)):
        got = _granted(with_ticket(packed, student, other), student)
        if _enough(got, edge):
            found.append(Needed("ticket", other + 1, got))
            break
    for more in range(1, MOST_NEW_SEATS + 1 if own != NOT_RANKED else 0):
        got = _granted(with_seats(packed, packed.vacancy.item(edge), more), student)
        if _enough(got, edge):
            found.append(Needed("seats", more, got))
            break
    return found


def _strict(*names: str) -> tuple[tuple[str, ...], ...]:
    return tuple((name,) for name in names)


def test_a_refused_student_is_told_all_three() -> None:
    rows = {"V": Vacancy(1, (("a", "b", "c"),))}
    market = Market(dict.fromkeys("abc", ("V",)), rows, {}, frozenset(), ("a", "b", "c"))
    packed, _names = pack(market)
    place = solve(packed).place
    # In the best tier already: only the lottery or new seats could have helped.
    assert needed(packed, place, 2, 2) == [Needed("ticket", 1, 2), Needed("seats", 2, 2)]
    lower = replace(market, vacancies={"V": Vacancy(1, (("a",), ("b", "c")))})
    packed, _names = pack(lower)
    # Beside a, who has the earlier ticket, the best tier would not have been enough.
    assert needed(packed, solve(packed).place, 1, 1) == [Needed("seats", 1, 1)]
    packed, _names = pack(replace(lower, lottery=("b", "a", "c")))
    place = solve(packed).place
    assert needed(packed, place, 1, 1) == [Needed("tier", 1, 1), Needed("seats", 1, 1)]


def test_the_cutoff_alone_would_be_untrue() -> None:
    """c must beat not the one who has the seat now, but only whom c's own going away brought in.

    b has V because c, refused there by a, pushed b out of W and b then pushed a out of V.
    """
    rows = {"V": Vacancy(1, _strict("b", "a", "c")), "W": Vacancy(1, _strict("c", "b"))}
    wishes = {"a": ("V",), "b": ("W", "V"), "c": ("V", "W")}
    market = Market(wishes, rows, {}, frozenset(), ("a", "b", "c"))
    packed, _names = pack(market)
    place = solve(packed).place
    explainer = Explainer(market, {"a": None, "b": "V", "c": "W"})
    assert explainer.place.tolist() == place.tolist()
    # The last admitted stands in tier 1; tier 2 (beside a, with a later ticket) is not enough …
    assert explainer.reason("c", "V").last_tier == 1
    tied = replace(market, lottery=("c", "a", "b"))
    packed, _names = pack(tied)
    # … but with an earlier ticket than a's it is, although b stands in tier 1.
    assert needed(packed, solve(packed).place, 2, 3)[0] == Needed("tier", 2, 3)


def test_new_seats_may_lead_to_something_better() -> None:
    """With one more seat at V its first applicant leaves U, which c likes better still."""
    rows = {"U": Vacancy(1, _strict("b", "c")), "V": Vacancy(1, _strict("a", "b", "c"))}
    wishes = {"a": ("V",), "b": ("V", "U"), "c": ("U", "V")}
    market = Market(wishes, rows, {}, frozenset(), ("a", "b", "c"))
    packed, names = pack(market)
    place = solve(packed).place
    assert names.placement(packed, place) == {"a": "V", "b": "U", "c": None}
    assert Needed("seats", 1, 3) in needed(packed, place, 2, 4)


def test_where_nothing_of_a_kind_would_help_it_is_left_out() -> None:
    """The only seat is kept strictly for another group; six more students are better."""
    names = tuple("abcdefgh")
    rows = {"V": Vacancy(1, _strict(*names), (Reserve("g", 1, "hard"),))}
    market = Market(dict.fromkeys(names, ("V",)), rows, {"a": frozenset({"g"})}, frozenset(), names)
    packed, _names = pack(market)
    place = solve(packed).place
    assert needed(packed, place, 1, 1) == [Needed("seats", 1, 1)]
    assert needed(packed, place, 7, 7) == []


def test_an_unsuitable_student_is_told_a_tier_and_a_forbidden_one_nothing() -> None:
    rows = {"V": Vacancy(1, (("a",), ("b",)))}
    market = Market(dict.fromkeys("abcd", ("V",)), rows, {}, frozenset({("d", "V")}), tuple("cabd"))
    packed, _names = pack(market)
    place = solve(packed).place
    assert needed(packed, place, 2, 2) == [Needed("tier", 1, 2)]
    assert needed(packed, place, 3, 3) == []


@pytest.mark.parametrize("order", [(), (("a",),), (("a",), ("c",))])
def test_an_unsuitable_student_beside_a_free_seat_needed_no_tier(
    order: tuple[tuple[str, ...], ...],
) -> None:
    """Behind everybody would have done, and also the very last tier there can be."""
    rows = {"V": Vacancy(3, order)}
    market = Market(dict.fromkeys("abc", ("V",)), rows, {}, frozenset(), tuple("abc"))
    packed, _names = pack(market)
    assert needed(packed, solve(packed).place, 1, 1) == [Needed("tier", ANY_TIER, 1)]
    assert _granted(with_tier(packed, 1, ANY_TIER - 1), 1) == 1


@pytest.mark.parametrize("edge", [0, 2, -1, 9])
def test_only_a_better_wish_can_be_asked_about(edge: int) -> None:
    rows = {"V": Vacancy(1, _strict("a", "b")), "W": Vacancy(1, _strict("b"))}
    wishes = {"a": ("V",), "b": ("V", "W")}
    packed, _names = pack(Market(wishes, rows, {}, frozenset(), ("a", "b")))
    place = solve(packed).place
    assert place.tolist() == [0, 2]
    with pytest.raises(ValueError, match="not better"):
        needed(packed, place, 1, edge)


def test_another_ticket_leaves_the_order_of_the_others() -> None:
    rows = {"V": Vacancy(1, ())}
    packed, _names = pack(Market(dict.fromkeys("abcd", ()), rows, {}, frozenset(), tuple("abcd")))
    assert with_ticket(packed, 2, 0).ticket.tolist() == [1, 2, 0, 3]
    assert with_ticket(packed, 0, 3).ticket.tolist() == [3, 0, 1, 2]
    assert with_ticket(packed, 1, 1).ticket.tolist() == [0, 1, 2, 3]
