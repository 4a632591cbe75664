"""A reserve can hurt its own group: found, and explained by the refusals that led there."""

from dataclasses import dataclass, replace

from hypothesis import event, given

from courses.matching.solver import oracle
from courses.matching.solver.chains import Link, chain, without_reserve, worse_off
from courses.matching.solver.deferred_acceptance import solve, trace
from courses.matching.solver.market import Market, Reserve, Vacancy
from courses.matching.solver.packed import INELIGIBLE, Packed, pack
from tests.courses.matching.random_markets import markets, thorough


@dataclass(frozen=True)
class Hurt:
    """A member of the group who is worse off with its reserve.

    `without` and `granted` are the wishes granted without and with it, −1 for none; `chain` begins
    with the student who came where he would not be without the reserve and ends with the member.
    """

    student: int
    without: int
    granted: int
    chain: tuple[Link, ...]


def hurt_by_reserve(packed: Packed, group: int) -> list[Hurt]:
    """Return the members whom their own group's reserve hurts, each with the chain of refusals.

    Solves twice; only where somebody is worse off a third time, one asking after another.
    """
    place, without = solve(packed).place, solve(without_reserve(packed, group)).place
    students = worse_off(packed, group, place, without).tolist()
    if not students:
        return []
    asked = trace(packed)
    return [
        Hurt(
            student, int(without[student]), int(place[student]),
            chain(packed, asked, without, student),
        )
        for student in students
    ]  # fmt: skip


def _strict(names: str) -> tuple[tuple[str, ...], ...]:
    return tuple((name,) for name in names)


# Of the partner school are m and p. With the reserved seat at V, p takes it from n, who takes W
# from m: the other member is worse off for the reserve (as in Doğan 2016).
MARKET = Market(
    students={"m": ("W", "X"), "n": ("V", "W"), "p": ("V", "Y")},
    vacancies={
        "V": Vacancy(1, _strict("nmp"), (Reserve("g", 1, "soft"),)),
        "W": Vacancy(1, _strict("nm")),
        "X": Vacancy(1, _strict("m")),
        "Y": Vacancy(1, _strict("p")),
    },
    groups={"m": frozenset({"g"}), "p": frozenset({"g"})},
    ineligible=frozenset(),
    lottery=("m", "n", "p"),
)


def test_a_reserve_that_hurts_its_own_member_is_explained() -> None:
    packed, names = pack(MARKET)
    m, n, p = range(3)
    assert names.placement(packed, solve(packed).place) == {"m": "X", "n": "W", "p": "V"}
    without = solve(without_reserve(packed, 0)).place
    assert names.placement(packed, without) == {"m": "W", "n": "V", "p": "Y"}
    assert hurt_by_reserve(packed, 0) == [
        Hurt(m, 0, 1, (Link(n, 2, p, 3), Link(m, 0, n, 1)))
    ]  # fmt: skip


def test_a_reserve_that_hurts_nobody_of_its_group_gives_no_list() -> None:
    packed, _names = pack(replace(MARKET, groups={"p": frozenset({"g"})}))
    assert hurt_by_reserve(packed, 0) == []


def test_a_seat_kept_empty_is_named_as_the_cause() -> None:
    """Nobody of the group wants V, which stays empty; n, sent away, takes the member's place."""
    hard = replace(MARKET.vacancies["V"], reserves=(Reserve("g", 1, "hard"),))
    market = replace(
        MARKET,
        vacancies=MARKET.vacancies | {"V": hard},
        students=MARKET.students | {"p": ("Y",)},
    )
    packed, names = pack(market)
    m, n, _p = range(3)
    assert names.placement(packed, solve(packed).place) == {"m": "X", "n": "W", "p": "Y"}
    assert hurt_by_reserve(packed, 0) == [
        Hurt(m, 0, 1, (Link(n, 2, -1, 3), Link(m, 0, n, 1)))
    ]  # fmt: skip


def _without(market: Market, group: str) -> Market:
    rows = {
        name: replace(row, reserves=tuple(r for r in row.reserves if r.group != group))
        for name, row in market.vacancies.items()
    }
    return replace(market, vacancies=rows)


@thorough
@given(markets(students=7, vacancies=4))
def test_whoever_is_hurt_is_found_and_every_link_is_true(market: Market) -> None:
    packed, names = pack(market)
    asked = trace(packed)
    for number, group in enumerate(names.groups):
        bare = without_reserve(packed, number)
        before = oracle.solve(_without(market, group))
        assert names.placement(bare, solve(bare).place) == before
        after = oracle.solve(market)
        found = hurt_by_reserve(packed, number)
        worse = [
            names.students.index(name)
            for name in names.students
            if group in market.groups[name]
            and before[name] is not None
            and (after[name] is None or _rank(market, name, after) > _rank(market, name, before))
        ]
        assert [hurt.student for hurt in found] == worse
        for hurt in found:
            event(f"a chain of {len(hurt.chain)}")
            assert hurt.chain[-1].student == hurt.student
            assert hurt.chain[-1].to == hurt.granted
            for link, further in zip(hurt.chain, hurt.chain[1:], strict=False):
                assert (link.student, link.to) == (further.by, _ask_at(packed, further))
            for link in hurt.chain:
                assert (
                    before[names.students[link.student]]
                    == (names.vacancies[packed.vacancy[link.lost]])
                )
                left = asked.gone == link.student
                assert packed.vacancy[link.lost] in packed.vacancy[asked.edge[left]]


def _rank(market: Market, name: str, placement: dict[str, str | None]) -> int:
    return market.students[name].index(str(placement[name]))


def _ask_at(packed: Packed, link: Link) -> int:
    """Return the wish with which `link.by` came where `link.student` had to go."""
    start, end = packed.starts[link.by : link.by + 2]
    wishes = packed.vacancy[start:end].tolist()
    return int(start) + wishes.index(packed.vacancy[link.lost])


@thorough
@given(markets(students=8, vacancies=4))
def test_a_trace_leads_to_the_placement_and_misses_no_asking(market: Market) -> None:
    """Played again from its rows alone, the trace ends where the solver ends."""
    packed, _names = pack(market)
    asked = trace(packed)
    assert asked.place.tolist() == solve(packed).place.tolist()
    place = [-1] * packed.students
    wishes = {s: iter(_admissible(packed, s)) for s in range(packed.students)}
    for student, edge, gone in zip(
        asked.student.tolist(), asked.edge.tolist(), asked.gone.tolist(), strict=True
    ):
        assert place[student] == -1
        assert next(wishes[student]) == edge
        place[student] = edge
        if gone >= 0:
            assert packed.vacancy[place[gone]] == packed.vacancy[edge]
            place[gone] = -1
    assert place == asked.place.tolist()
    assert all(place[s] >= 0 or next(left, None) is None for s, left in wishes.items())


def _admissible(packed: Packed, student: int) -> list[int]:
    start, end = packed.starts[student : student + 2]
    return [e for e in range(start, end) if packed.tier[e] < INELIGIBLE]
