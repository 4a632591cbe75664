"""A named market as a snapshot."""

import numpy as np

from courses.matching.solver.market import Market
from courses.matching.solver.packed import INELIGIBLE, pack
from courses.matching.solver.snapshot import Place, Snapshot


def snapshot_of(market: Market, code: str = "r-1") -> Snapshot:
    """Return a market frozen, students by their names; the lottery is another one, drawn."""
    packed, names = pack(market)
    mine = [sorted(market.groups.get(student, ())) for student in names.students]
    number = {group: place for place, group in enumerate(names.groups)}
    return Snapshot(
        round=code,
        rules="1",
        students=names.students,
        vacancies=tuple(
            Place(name, market.vacancies[name].capacity, market.vacancies[name].reserves)
            for name in names.vacancies
        ),
        groups=names.groups,
        refusals=(("law:age",),),
        vacancy=packed.vacancy,
        tier=packed.tier,
        refusal=np.where(packed.tier == INELIGIBLE, 0, -1).astype(np.int32),
        group=np.array([number[group] for row in mine for group in row], np.int32),
        lengths=np.diff(packed.starts).astype(np.int32),
        belongs=np.array([len(row) for row in mine], np.int32),
    )
