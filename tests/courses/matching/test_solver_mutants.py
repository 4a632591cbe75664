"""Every listed way to spoil the engine is noticed, and the engine as it is is not suspected."""

from collections import Counter

import pytest

from tests.courses.matching.mutants import MUTANTS, Mutant, suspicions


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_killed(mutant: Mutant) -> None:
    assert next(suspicions(mutant), None) is not None


def test_the_engine_itself_is_beyond_suspicion() -> None:
    assert list(suspicions(None)) == []


def test_there_are_enough_mutants_of_every_kind() -> None:
    of = Counter(mutant.module for mutant in MUTANTS)
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 50
    assert min(of["choice"], of["verify"], of["cutoffs"], of["hall"] + of["queues"]) >= 8
