"""The journal of a solving, replayed, gives the placement."""

import zlib

import numpy as np
from hypothesis import given

from courses.matching.solver.deferred_acceptance import solve
from courses.matching.solver.invented import invented
from courses.matching.solver.journal import GONE, Journal
from courses.matching.solver.market import Market
from courses.matching.solver.packed import Packed, pack
from tests.courses.matching.random_markets import markets, thorough


def _replayed(packed: Packed) -> None:
    journal = Journal()
    outcome = solve(packed, journal)
    assert (solve(packed).place == outcome.place).all()
    rows = journal.rows()
    place = np.full(packed.students, -1, np.int64)
    asked = np.zeros(len(packed.vacancy), np.int64)
    for turn, student, edge in rows.T.tolist():
        assert turn >= 0
        if edge == GONE:
            place[student] = -1
        else:
            # Nobody asks while holding a place, and for no wish twice.
            assert place[student] == -1 or place[student] == edge
            assert packed.starts[student] <= edge < packed.starts[student + 1]
            asked[edge] += 1
            place[student] = edge
    assert (place == outcome.place).all()
    assert asked.max(initial=0) <= 1
    assert (np.diff(rows[0]) >= 0).all()
    assert np.frombuffer(zlib.decompress(journal.packed()), "<i4").tolist() == rows.ravel().tolist()


@thorough
@given(markets(students=8, vacancies=4))
def test_the_journal_replayed_gives_the_placement(market: Market) -> None:
    _replayed(pack(market)[0])


def test_the_journal_of_turns_in_arrays_gives_the_placement() -> None:
    for reserves in (False, True):
        snapshot = invented(3_000, 300, 5, reserves=reserves)
        _replayed(snapshot.packed(snapshot.tickets(bytes(32), "7")))
