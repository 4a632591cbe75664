"""Random markets for the solver's properties: everything `Market` allows, small enough to exhaust."""

import os
from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from courses.matching.solver.market import Market, Reserve, Vacancy

DEEP = os.environ.get("JAVAR_DEEP") == "1"
GROUPS = ("g", "h")

# The fast suite draws the same markets every time; the deep one looks for new ones.
EXAMPLES = 5000 if DEEP else 300
thorough = settings(
    max_examples=EXAMPLES,
    derandomize=not DEEP,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@st.composite
def _tiers(draw: st.DrawFn, names: list[str]) -> tuple[tuple[str, ...], ...]:
    """Draw a weak order of most of the names; who is left out is not acceptable."""
    unwanted = draw(st.integers(0, 5)) // 4 if names else 0
    ranked = draw(st.permutations(names))[unwanted:]
    tiers: list[tuple[str, ...]] = []
    for name in ranked:
        if tiers and draw(st.booleans()):
            tiers[-1] += (name,)
        else:
            tiers.append((name,))
    return tuple(tiers)


@st.composite
def _vacancies(draw: st.DrawFn, names: list[str]) -> Vacancy:
    """Draw seats, an order and up to three reserves that may overlap."""
    capacity = draw(st.sampled_from((1, 2, 0, 3)))
    left = capacity
    reserves = []
    for _ in range(draw(st.sampled_from((0, 1, 2, 3)))):
        seats = draw(st.integers(0, left))
        left -= seats
        kind = draw(st.sampled_from(("soft", "hard")))
        reserves.append(Reserve(draw(st.sampled_from(GROUPS)), seats, kind))
    return Vacancy(capacity, draw(_tiers(names)), tuple(reserves))


@st.composite
def markets(draw: st.DrawFn, students: int = 4, vacancies: int = 3) -> Market:
    """Draw a market: ties, reserves, ineligible pairs, short and empty lists, no seats, nobody."""
    names = [f"s{number}" for number in range(draw(_sizes(students)))]
    places = [f"v{number}" for number in range(draw(_sizes(vacancies)))]
    wishes = {
        name: tuple(draw(st.permutations(places)))[: draw(st.sampled_from((3, 2, 1, 0, 4)))]
        for name in names
    }
    rows = {place: draw(_vacancies(names)) for place in places}
    memberships = ((), ("g",), ("h",), ("g", "h"))
    groups = {name: frozenset(draw(st.sampled_from(memberships))) for name in names}
    pairs = [(name, place) for name in names for place in places]
    barred = draw(st.lists(st.sampled_from(pairs), max_size=2)) if pairs else []
    lottery = tuple(draw(st.permutations(names)))
    return Market(wishes, rows, groups, frozenset(barred), lottery)


def _sizes(most: int) -> st.SearchStrategy[int]:
    """Draw mostly full sizes (where there is competition), sometimes small ones or nothing."""
    return st.sampled_from((most, most, most, max(most - 1, 0), *range(most)))


def with_vacancy(market: Market, name: str, **changes: object) -> Market:
    """Return the market with one vacancy changed."""
    changed = replace(market.vacancies[name], **changes)  # type: ignore[arg-type]
    return replace(market, vacancies={**market.vacancies, name: changed})


def without_student(market: Market, gone: str) -> Market:
    """Return the market as if one student had never entered."""
    rows = {
        name: replace(
            row, order=tuple(tuple(s for s in tier if s != gone) for tier in row.order)
        )
        for name, row in market.vacancies.items()
    }
    return Market(
        {name: wishes for name, wishes in market.students.items() if name != gone},
        rows,
        {name: groups for name, groups in market.groups.items() if name != gone},
        frozenset(pair for pair in market.ineligible if pair[0] != gone),
        tuple(name for name in market.lottery if name != gone),
    )
