"""The fast solver and the published rule: 2,000 rounds on every run, 100,000 in the deep one."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

from tests.courses.matching.differences import differences, random_market
from tests.courses.matching.random_markets import DEEP

ROUNDS, PORTION = (100_000, 2_500) if DEEP else (2_000, 500)


def test_p12_the_fast_solver_is_the_published_rule_edge_by_edge() -> None:
    """1 to 300 students, capacity 0 and more, up to three reserves, tails of every length."""
    firsts = range(0, ROUNDS, PORTION)
    lasts = range(PORTION, ROUNDS + 1, PORTION)
    if not DEEP:
        assert [
            found for ends in zip(firsts, lasts, strict=True) for found in differences(*ends)
        ] == []
        return
    clean = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=clean) as workers:
        found = [one for part in workers.map(differences, firsts, lasts) for one in part]
    assert found == []


def test_the_rounds_are_of_every_kind() -> None:
    """What is drawn holds what it is drawn for; the same seed draws the same round."""
    rounds = [random_market(seed) for seed in range(400)]
    sizes = [len(market.students) for market in rounds]
    assert (min(sizes), 250 < max(sizes) <= 300) == (0, True)
    rows = [row for market in rounds for row in market.vacancies.values()]
    assert {len(row.reserves) for row in rows} == {0, 1, 2, 3}
    assert {reserve.kind for row in rows for reserve in row.reserves} == {"soft", "hard"}
    assert {0, 1, 2} <= {row.capacity for row in rows}
    assert any(len(tier) > 20 for row in rows for tier in row.order)
    assert any(market.ineligible for market in rounds)
    assert random_market(7) == random_market(7)
