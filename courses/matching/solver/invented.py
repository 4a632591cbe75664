"""Invented rounds of any size, for measuring and rehearsing; the same seed gives the same round.

Shapes: `standard` (5 to 12 wishes, some vacancies far more popular than others, firms that half
agree on who is good, nine seats for ten students), `tight` (as many seats as students, all
vacancies alike), `master` (all firms rank alike) and `chain` (each student pushes the next one on).
"""

import numpy as np

from courses.matching.solver.market import Reserve
from courses.matching.solver.packed import NOT_RANKED
from courses.matching.solver.snapshot import Place, Snapshot

SHAPES = ("standard", "tight", "master", "chain")
# Two groups that overlap: of every ten students three belong to the one, three to the other.
GROUPS = ("east", "north")


def invented(
    students: int, vacancies: int, seed: int, *, shape: str = "standard", reserves: bool = False
) -> Snapshot:
    """Return an invented round; `reserves` keep a quarter of the seats softly, a fifth hard."""
    chance = np.random.Generator(np.random.PCG64(seed))
    if shape == "chain":
        return _chain(students)
    popularity = np.ones(vacancies) if shape == "tight" else chance.lognormal(0, 1, vacancies)
    owner, vacancy = _wishes(chance, students, popularity)
    quality = chance.normal(size=students)
    taste = 0 if shape == "master" else chance.normal(size=len(owner))
    tier = np.clip((3 - quality[owner] - taste) * 5, 0, 40).astype(np.int32)
    tier[chance.random(len(tier)) < 0.02] = NOT_RANKED
    share = 1.0 if shape == "tight" else 0.9
    seats = chance.multinomial(int(students * share), popularity**0.5 / (popularity**0.5).sum())
    belongs = chance.random((students, len(GROUPS))) < (0.3 if reserves else 0)
    return Snapshot(
        round="invented",
        rules="",
        students=tuple(f"S{number:08d}" for number in range(students)),
        vacancies=tuple(
            Place(f"v{number:06d}", count, _reserves(count) if reserves else ())
            for number, count in enumerate(seats.tolist())
        ),
        groups=GROUPS,
        refusals=(),
        vacancy=vacancy,
        tier=tier,
        refusal=np.full(len(tier), -1, np.int32),
        group=np.nonzero(belongs)[1].astype(np.int32),
        lengths=np.bincount(owner, minlength=students).astype(np.int32),
        belongs=belongs.sum(axis=1).astype(np.int32),
    )


def _reserves(seats: int) -> tuple[Reserve, ...]:
    kept = Reserve(GROUPS[0], seats // 4, "soft"), Reserve(GROUPS[1], seats // 5, "hard")
    return tuple(reserve for reserve in kept if reserve.seats)


def _wishes(
    chance: np.random.Generator, students: int, popularity: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return whose each wish is and whom it asks; nobody asks twice."""
    owner = np.repeat(np.arange(students), chance.integers(5, 13, students))
    drawn = np.searchsorted(np.cumsum(popularity / popularity.sum()), chance.random(len(owner)))
    drawn = np.minimum(drawn, len(popularity) - 1)
    _pairs, firsts = np.unique(owner * len(popularity) + drawn, return_index=True)
    firsts.sort()
    return owner[firsts], drawn[firsts].astype(np.int32)


def _chain(students: int) -> Snapshot:
    """Everybody holds a seat somebody before them wants less, until one more student asks."""
    first = np.maximum(np.arange(students) - 1, 0)
    vacancy = np.column_stack([first, first + 1]).astype(np.int32).ravel()
    tier = np.tile(np.array([1, 0], np.int32), students)
    tier[0] = 0
    return Snapshot(
        round="invented",
        rules="",
        students=tuple(f"S{number:08d}" for number in range(students)),
        vacancies=tuple(Place(f"v{number:06d}", 1) for number in range(students + 1)),
        groups=(),
        refusals=(),
        vacancy=vacancy,
        tier=tier,
        refusal=np.full(len(tier), -1, np.int32),
        group=np.empty(0, np.int32),
        lengths=np.full(students, 2, np.int32),
        belongs=np.zeros(students, np.int32),
    )
