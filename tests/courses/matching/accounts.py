"""The public account of a round as its auditor needs it, written without a database.

It names vacancies and kinds of seats only; of the last admitted it tells the tier, never the
ticket, so that nobody is identifiable by a number only they and the lottery know.
"""

from typing import Any

from courses.matching.solver.cutoffs import OPEN, Standing
from courses.matching.solver.lottery import commitment
from courses.matching.solver.packed import Ints
from courses.matching.solver.snapshot import Snapshot, result_bytes, sha256


def ledger_of(snapshot: Snapshot, place: Ints, standing: Standing) -> list[dict[str, Any]]:
    """Return for every vacancy `{"code", "seats"}` in the order of codes.

    `seats` has [kind, seats, used, tier of the last admitted] for each reserve in order of
    precedence (its kind is the group's name) and for the open seats ("open", last). Tiers count
    from 1; None where nobody was admitted. `place` is the placement `standing` was worked out of.
    """
    if int((place >= 0).sum()) != int(standing.used.sum()):
        raise ValueError("this is the standing of another placement")
    rows = []
    for vacancy, used, last in zip(
        snapshot.vacancies, standing.used.tolist(), standing.last_tier.tolist(), strict=True
    ):
        room, seats = vacancy.seats, []
        for kind, reserve in enumerate(vacancy.reserves):
            room -= reserve.seats if reserve.kind == "hard" else used[kind]
            seats.append([reserve.group, reserve.seats, used[kind], _from_one(last[kind])])
        seats.append([OPEN, room, used[-1], _from_one(last[-1])])
        rows.append({"code": vacancy.code, "seats": seats})
    return rows


def _from_one(tier: int) -> int | None:
    return None if tier < 0 else tier + 1


def ledger(
    snapshot: Snapshot, place: Ints, standing: Standing, *, seed: bytes, public_value: str
) -> dict[str, Any]:
    """Return what the auditor compares with the snapshot; whoever publishes may add to it.

    `lottery_sha256` is of the students' places in the lottery, an int32 each: so another public
    value is noticed also where the lottery happened to decide nothing.
    """
    tickets = snapshot.tickets(seed, public_value)
    return {
        "round": snapshot.round,
        "snapshot_sha256": sha256(snapshot.to_bytes()),
        "commitment": commitment(seed, snapshot.round),
        "seed": seed.hex(),
        "public_value": public_value,
        "lottery_sha256": sha256(tickets.astype("<i4").tobytes()),
        "placed": int((place >= 0).sum()),
        "result_sha256": sha256(result_bytes(snapshot, place)),
        "vacancies": ledger_of(snapshot, place, standing),
    }
