"""Random markets: everything `Market` allows, small enough to try every matching."""

import os
from dataclasses import replace
from itertools import permutations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from courses.matching.solver.market import Market, Reserve, Vacancy

DEEP = os.environ.get("JAVAR_DEEP") == "1"
GROUPS = ("g", "h")

# The fast suite draws the same markets every time; the deep one looks for new ones.
EXAMPLES = 5000 if DEEP else 150
thorough = settings(
    max_examples=EXAMPLES,
    derandomize=not DEEP,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def _shuffles(names: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw an order; of a few names each is equally likely, so that tastes really differ."""
    if len(names) <= 4:
        return st.sampled_from(list(permutations(names)))
    return st.permutations(names).map(tuple)


@st.composite
def _tiers(draw: st.DrawFn, names: list[str], dense: bool) -> tuple[tuple[str, ...], ...]:
    """Draw a weak order; dense: of all the names, else of some (the others are not acceptable)."""
    unwanted = 0 if dense else draw(st.integers(0, len(names)))
    ranked = draw(_shuffles(names))[unwanted:]
    tied = draw(st.sampled_from((0, 0b1111111, 0b0101, 0b0011, 0b1010)))
    tiers: list[tuple[str, ...]] = []
    for place, name in enumerate(ranked):
        if tiers and tied >> place & 1:
            tiers[-1] += (name,)
        else:
            tiers.append((name,))
    return tuple(tiers)


@st.composite
def _vacancies(draw: st.DrawFn, names: list[str], dense: bool) -> Vacancy:
    """Draw seats, an order and up to three reserves that may overlap."""
    capacity = draw(st.sampled_from((1, 1, 2) if dense else (1, 2, 0, 3)))
    left = capacity
    reserves = []
    for _ in range(draw(st.sampled_from((0, 0, 1, 2) if dense else (0, 1, 2, 3)))):
        seats = draw(st.integers(0, left))
        left -= seats
        kind = draw(st.sampled_from(("soft", "hard")))
        reserves.append(Reserve(draw(st.sampled_from(GROUPS)), seats, kind))
    return Vacancy(capacity, draw(_tiers(names, dense)), tuple(reserves))


@st.composite
def markets(draw: st.DrawFn, students: int = 4, vacancies: int = 3) -> Market:
    """Draw a market: ties, reserves, ineligible pairs, short and empty lists, no seats, nobody.

    Three in four are dense (long lists, few seats, everybody acceptable), so that chains of
    refusals are long. In a third of these there are as many students as vacancies and the firms
    like best who likes them least, so that several stable matchings exist.
    """
    dense, opposed = draw(
        st.sampled_from(((True, True), (True, False), (True, False), (False,) * 2))
    )
    size = vacancies if opposed else draw(_sizes(students, dense))
    names = [f"s{number}" for number in range(size)]
    places = [
        f"v{number}" for number in range(vacancies if opposed else draw(_sizes(vacancies, dense)))
    ]
    lengths = (vacancies,) if opposed else (vacancies, vacancies, 2) if dense else (3, 2, 1, 0)
    wishes = {name: draw(_shuffles(places))[: draw(st.sampled_from(lengths))] for name in names}
    rows = {place: draw(_vacancies(names, dense)) for place in places}
    if opposed:
        rows = {place: replace(row, order=_opposed(wishes, place)) for place, row in rows.items()}
    memberships = ((), ("g",), ("h",), ("g", "h"))
    groups = {name: frozenset(draw(st.sampled_from(memberships))) for name in names}
    pairs = [(name, place) for name in names for place in places]
    barred = draw(st.lists(st.sampled_from(pairs), max_size=1 if dense else 4)) if pairs else []
    lottery = draw(_shuffles(names))
    return Market(wishes, rows, groups, frozenset(barred), lottery)


def _opposed(wishes: dict[str, tuple[str, ...]], place: str) -> tuple[tuple[str, ...], ...]:
    """Return a strict order in which those who want the place least stand first."""
    asking = [name for name in wishes if place in wishes[name]]
    return tuple((name,) for name in sorted(asking, key=lambda s: -wishes[s].index(place)))


def _sizes(most: int, dense: bool) -> st.SearchStrategy[int]:
    """Draw full sizes for dense markets; for the others also small ones or nothing."""
    return st.sampled_from((most, most, most - 1) if dense else (most, most, *range(most)))


def with_vacancy(market: Market, name: str, **changes: object) -> Market:
    """Return the market with one vacancy changed."""
    changed = replace(market.vacancies[name], **changes)  # type: ignore[arg-type]
    return replace(market, vacancies={**market.vacancies, name: changed})


def without_student(market: Market, gone: str) -> Market:
    """Return the market as if one student had never entered."""
    rows = {
        name: replace(row, order=tuple(tuple(s for s in tier if s != gone) for tier in row.order))
        for name, row in market.vacancies.items()
    }
    return Market(
        {name: wishes for name, wishes in market.students.items() if name != gone},
        rows,
        {name: groups for name, groups in market.groups.items() if name != gone},
        frozenset(pair for pair in market.ineligible if pair[0] != gone),
        tuple(name for name in market.lottery if name != gone),
    )
