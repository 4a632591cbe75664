"""What must change nothing, and what must be noticed: the further promises of the model."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from courses.matching.solver.cutoffs import codes, standing_of
from courses.matching.solver.deferred_acceptance import placement_of, solve
from courses.matching.solver.market import IllegalMarket, Market, Reserve, Vacancy
from courses.matching.solver.packed import INELIGIBLE, pack
from courses.matching.solver.snapshot import Snapshot
from courses.matching.solver.verify import judge, verify
from tests.courses.matching.brute_force import Judge
from tests.courses.matching.random_markets import GROUPS, markets, thorough, with_vacancy
from tests.courses.matching.scores import tiers_of
from tests.courses.matching.snapshots import snapshot_of

ROOT = Path(__file__).resolve().parents[3]
SEED = bytes(range(32))

PRINT_FINGERPRINT = """
import hashlib
from random import Random
from courses.matching.solver.cutoffs import codes, standing_of
from courses.matching.solver.deferred_acceptance import solve
from courses.matching.solver.invented import invented
from courses.matching.solver.market import Market
from courses.matching.solver.packed import pack
from courses.matching.solver.snapshot import result_bytes
from tests.courses.matching.differences import random_market
found = hashlib.sha256()
for shape in ("standard", "tight", "master", "chain"):
    snapshot = invented(2000, 200, 5, shape=shape, reserves=True)
    packed = snapshot.packed(snapshot.tickets(bytes(32), "v"))
    place = solve(packed).place
    found.update(snapshot.to_bytes() + result_bytes(snapshot, place))
    found.update(codes(packed, place, standing_of(packed, place)).tobytes())
for seed in range(20):
    market = random_market(seed)
    students, vacancies = list(market.students.items()), list(market.vacancies.items())
    Random(SHUFFLE).shuffle(students)
    Random(SHUFFLE).shuffle(vacancies)
    shuffled = Market(dict(students), dict(vacancies), market.groups, market.ineligible,
                      market.lottery)
    packed, names = pack(shuffled)
    found.update(repr(names.placement(packed, solve(packed).place)).encode())
print(found.hexdigest())
"""


def test_p11_another_process_gives_the_same_bytes() -> None:
    """With any PYTHONHASHSEED and rows fed in any order: snapshot, result and reasons."""
    printed = {
        subprocess.run(
            [sys.executable, "-c", PRINT_FINGERPRINT.replace("SHUFFLE", shuffle)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed, shuffle in (("0", "1"), ("1", "2"), ("4242", "3"))
    }
    assert len(printed) == 1
    assert len(printed.pop()) == 65


def _renamed(market: Market, new: Mapping[str, str]) -> Market:
    """Return the market with other names and the same lottery order."""
    rows = {
        new[name]: Vacancy(
            row.capacity, tuple(tuple(new[s] for s in tier) for tier in row.order), row.reserves
        )
        for name, row in market.vacancies.items()
    }
    return Market(
        {new[s]: tuple(new[v] for v in wishes) for s, wishes in market.students.items()},
        rows,
        {new[s]: groups for s, groups in market.groups.items()},
        frozenset((new[s], new[v]) for s, v in market.ineligible),
        tuple(new[s] for s in market.lottery),
    )


@thorough
@given(st.data())
def test_p13_other_names_give_the_same_under_other_names(data: st.DataObject) -> None:
    """The result follows the names, when everybody keeps their ticket."""
    market = data.draw(markets(students=6))
    names = [*market.students, *market.vacancies]
    other_names = data.draw(st.permutations([f"n{number}" for number in range(len(names))]))
    new = dict(zip(names, other_names, strict=True))
    renamed = placement_of(_renamed(market, new))
    assert renamed == {new[s]: v and new[v] for s, v in placement_of(market).items()}


@thorough
@given(
    st.lists(st.one_of(st.none(), st.integers(-50, 50)), max_size=8),
    st.sampled_from((0.125, 0.5, 1, 2, 3, 1000, 10**30)),
)
def test_p14_a_positive_factor_on_all_scores_changes_no_order(
    drawn: list[int | None], factor: float
) -> None:
    scores = {f"s{number}": score for number, score in enumerate(drawn)}
    scaled = {name: score if score is None else score * factor for name, score in scores.items()}
    assert tiers_of(scaled) == tiers_of(scores)
    where = {name: place for place, tier in enumerate(tiers_of(scores)) for name in tier}
    assert set(where) == set(scores)
    for one, mine in scores.items():
        for other, its in scores.items():
            if mine is not None:
                assert (where[one] < where[other]) == (its is None or mine > its)
            elif its is None:
                assert where[one] == where[other]


@thorough
@given(markets(students=6), st.integers(1, 40_000_000))
def test_p14_a_positive_factor_on_all_tiers_changes_nothing(market: Market, factor: int) -> None:
    """Also where the keys get so long that tiers must be numbered anew."""
    packed, _names = pack(market)
    admissible = packed.tier < INELIGIBLE
    tier = np.where(admissible, np.minimum(packed.tier, 49) * factor, packed.tier).astype(np.int32)
    scaled = replace(packed, tier=tier)
    place = solve(packed).place
    assert solve(scaled).place.tolist() == place.tolist()
    assert judge(scaled, place) == []
    said = codes(packed, place, standing_of(packed, place))
    assert codes(scaled, place, standing_of(scaled, place)).tolist() == said.tolist()


@pytest.mark.parametrize("score", [float("nan"), float("inf"), float("-inf"), True, "12"])
def test_a_score_that_is_no_number_is_refused(score: float) -> None:
    with pytest.raises(IllegalMarket) as caught:
        tiers_of({"a": 1, "b": score, "c": None, "d": float("nan")})
    assert caught.value.faults == [
        "student b: a score must be a finite number", "student d: a score must be a finite number",
    ]  # fmt: skip


def test_missing_scores_share_the_last_tier() -> None:
    assert tiers_of({"c": None, "b": 3, "a": 3.0, "e": 10**400, "d": None}) == (
        ("e",), ("a", "b"), ("c", "d"),
    )  # fmt: skip
    assert tiers_of({}) == ()


@thorough
@given(markets(students=6), st.data())
def test_p15_what_nobody_gets_changes_nothing(market: Market, data: st.DataObject) -> None:
    """A vacancy nobody lists; wishes put below, or taken away from below, the placement."""
    placement = placement_of(market)
    more = {**market.vacancies, "nobody's": Vacancy(3, (tuple(market.students),))}
    assert placement_of(replace(market, vacancies=more)) == placement
    for student, wishes in market.students.items():
        place = placement[student]
        if place is None:
            continue
        above = wishes[: wishes.index(place) + 1]
        rest = [vacancy for vacancy in market.vacancies if vacancy not in above]
        below = tuple(data.draw(st.permutations(rest))) if rest else ()
        lists = {**market.students, student: above + below}
        assert placement_of(replace(market, students=lists)) == placement


@thorough
@given(markets(students=6), st.sampled_from(GROUPS), st.sampled_from(("soft", "hard")))
def test_p16_a_reserve_of_nothing_or_for_everybody_changes_nothing(
    market: Market, group: str, kind: str
) -> None:
    """No seat reserved, or softly all for a group that all belong to: as without it."""
    placement = placement_of(market)
    for name, row in market.vacancies.items():
        nothing = (Reserve(group, 0, kind), *row.reserves)
        assert placement_of(with_vacancy(market, name, reserves=nothing)) == placement
        bare = placement_of(with_vacancy(market, name, reserves=()))
        everybody = {s: groups | {"all"} for s, groups in market.groups.items()}
        for seats in range(row.capacity + 1):
            kept = with_vacancy(market, name, reserves=(Reserve("all", seats, kind),))
            # A hard seat for everybody is taken as any other, or empty for want of students.
            assert placement_of(replace(kept, groups=everybody)) == bare


@thorough
@given(markets(students=6), st.data())
def test_p18_a_spoilt_placement_is_objected_to(market: Market, data: st.DataObject) -> None:
    """Two swapped, one dropped, one seat given twice: the verifier never lets it pass.

    A swap may by chance be stable again where the definition says so too.
    """
    placement = placement_of(market)
    placed = [student for student, place in placement.items() if place is not None]
    assume(placed)
    definition = Judge(market)
    dropped = data.draw(st.sampled_from(placed))
    assert verify(market, placement | {dropped: None})
    others = [s for s in market.students if placement[s] != placement[dropped]]
    for other in others:
        swapped = placement | {dropped: placement[other], other: placement[dropped]}
        assert bool(verify(market, swapped)) == (not definition.stable(swapped))
        crowded = placement | {other: placement[dropped]}
        if placement[other] is None:
            assert verify(market, crowded)
        assert bool(verify(market, crowded)) == (not definition.stable(crowded))


@thorough
@given(markets(students=6))
def test_a_snapshot_survives_writing_and_reading(market: Market) -> None:
    """Byte by byte, and to the market it came from; equal markets give equal bytes."""
    snapshot = snapshot_of(market)
    whole = snapshot.to_bytes()
    again = Snapshot.from_bytes(whole)
    assert again.to_bytes() == whole
    named = again.market(market.lottery)
    assert named.students == market.students
    assert named.ineligible <= market.ineligible
    assert placement_of(named) == placement_of(market)
    assert json.loads(whole.partition(b"\n")[0])["format"] == "javar-round/1"
    assert hashlib.sha256(whole).hexdigest() == hashlib.sha256(again.to_bytes()).hexdigest()
