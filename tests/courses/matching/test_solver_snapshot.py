"""The frozen round: read whole or refused whole, and numbers too long for one key."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from courses.matching.solver.cutoffs import CODES, codes, standing_of
from courses.matching.solver.deferred_acceptance import solve, trace
from courses.matching.solver.market import IllegalMarket, Market, Reserve, Vacancy
from courses.matching.solver.packed import INELIGIBLE, Keys, Packed, with_dense_tiers
from courses.matching.solver.snapshot import Place, Snapshot
from courses.matching.solver.verify import Fault, judge
from tests.courses.matching.snapshots import snapshot_of

MARKET = Market(
    students={"a": ("V", "W"), "b": ("V",), "c": ()},
    vacancies={
        "V": Vacancy(2, (("a", "b"),), (Reserve("g", 1, "soft"),)),
        "W": Vacancy(1, (("a",),)),
    },
    groups={"a": frozenset({"g", "h"}), "b": frozenset({"g"})},
    ineligible=frozenset({("b", "V")}),
    lottery=("a", "b", "c"),
)
GOOD = snapshot_of(MARKET)


def _with(name: str, number: int, value: int) -> Snapshot:
    changed = getattr(GOOD, name).copy()
    changed[number] = value
    return replace(GOOD, **{name: changed})


def _with_place(**changes: Any) -> Snapshot:
    return replace(GOOD, vacancies=(replace(GOOD.vacancies[0], **changes), GOOD.vacancies[1]))


ADD_UP = "the students' lists do not add up to the wishes"


@pytest.mark.parametrize(
    ("bad", "faults"),
    [
        (replace(GOOD, students=("b", "a", "c")),
         ["students are not in the order of their names, each once"]),
        (replace(GOOD, students=("a", "a", "c")),
         ["students are not in the order of their names, each once"]),
        (replace(GOOD, vacancies=GOOD.vacancies[::-1]),
         ["vacancies are not in the order of their names, each once"]),
        (replace(GOOD, groups=("h", "g")),
         ["groups are not in the order of their names, each once"]),
        (_with_place(seats=-1, reserves=()),
         ["vacancy V: seats must be 0 or more",
          "vacancy V: more seats are reserved than there are"]),
        (_with_place(reserves=(Reserve("g", -1, "soft"),)), ["vacancy V: seats must be 0 or more"]),
        (_with_place(seats=0), ["vacancy V: more seats are reserved than there are"]),
        (_with_place(reserves=(Reserve("g", 1, "firm"),)),
         ["vacancy V: a reserve is soft or hard"]),
        (_with_place(reserves=(Reserve("x", 1, "soft"),)),
         ["vacancy V: a reserve for an unknown group"]),
        (_with("lengths", 0, 3), [ADD_UP]),
        (_with("lengths", 0, -2), [ADD_UP]),
        (_with("belongs", 0, 5), ["the students' groups do not add up to the memberships"]),
        (_with("group", 0, 9), ["somebody belongs to an unknown group"]),
        (_with("group", 0, -1), ["somebody belongs to an unknown group"]),
        (_with("tier", 0, -1), ["a tier must be 0 or more"]),
        (_with("vacancy", 0, 7), ["student a: unknown vacancy"]),
        (_with("vacancy", 0, -1), ["student a: unknown vacancy"]),
        (_with("vacancy", 1, 0), ["student a: wishes V twice"]),
        (_with("refusal", 0, 0), ["a wish is forbidden exactly where a reason is named"]),
        (_with("refusal", 2, 5), ["a wish is forbidden exactly where a reason is named"]),
        (_with("refusal", 0, -2), ["a wish is forbidden exactly where a reason is named"]),
    ],
)  # fmt: skip
def test_a_bad_snapshot_is_refused_with_its_fault(bad: Snapshot, faults: list[str]) -> None:
    with pytest.raises(IllegalMarket) as caught:
        Snapshot.from_bytes(bad.to_bytes())
    assert caught.value.faults == faults


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda whole: whole[:-1], "cut short"),
        (lambda whole: whole + b"\0", "has more than it says"),
        (lambda whole: whole.replace(b"javar-round/1", b"javar-round/9"), "is not javar-round/1"),
        (lambda whole: whole.replace(b'"wishes"', b'"wished"'), "cannot be read"),
        (lambda whole: whole.replace(b'["V",2,', b'["V",NaN,'), "no whole number"),
        (lambda whole: whole.replace(b'["V",2,', b'["V",2.0,'), "no whole number"),
        (lambda whole: whole.replace(b'["V",2,', b'["V",true,'), "no whole number"),
        (lambda whole: whole.replace(b'["V",2,', b'["V","2",'), "no whole number"),
        (lambda whole: whole.replace(b'["g",1,', b'[["g"],1,'), "a name is no text"),
        (lambda whole: whole.replace(b'"students":["a"', b'"students":[5'), "a name is no text"),
        (lambda whole: whole.replace(b'"wishes":3', b'"wishes":""'), "cannot be read"),
        (lambda whole: b"\xff" + whole, "cannot be read"),
        (lambda whole: b"{" + whole, "cannot be read"),
        (lambda _whole: b"", "cannot be read"),
        (lambda _whole: b"[]\n", "cannot be read"),
    ],
)
def test_bytes_that_are_no_snapshot_are_refused(
    spoil: Callable[[bytes], bytes], fault: str
) -> None:
    with pytest.raises(IllegalMarket, match=fault):
        Snapshot.from_bytes(spoil(GOOD.to_bytes()))


def test_a_snapshot_is_read_as_it_was_written() -> None:
    again = Snapshot.from_bytes(GOOD.to_bytes())
    assert (again.students, again.vacancies) == (GOOD.students, GOOD.vacancies)
    assert again.refusals == (("law:age",),)
    assert again.vacancies[0] == Place("V", 2, (Reserve("g", 1, "soft"),))
    assert len(GOOD.to_bytes().partition(b"\n")[0]) % 8 == 7
    assert again.market(MARKET.lottery).groups["a"] == {"g", "h"}


def _sparse() -> Packed:
    """Return so many students and vacancies, and tiers so bad, that no key fits; few wish."""
    students, vacancies, worst = 1 << 18, 1 << 15, INELIGIBLE - 1
    starts = np.zeros(students + 1, np.int64)
    starts[1:] = 2
    starts[2:] = 3
    starts[3:] = 4
    return Packed(
        starts=starts,
        vacancy=np.array([5, 6, 5, 5], np.int32),
        tier=np.array([worst, 0, worst - 1, worst], np.int32),
        ticket=np.arange(students, dtype=np.int32),
        groups=np.empty((0, students), np.int32),
        open_seats=np.ones(vacancies, np.int64),
        reserve_group=np.empty((vacancies, 0), np.int32),
        reserve_seats=np.empty((vacancies, 0), np.int64),
        reserve_hard=np.empty((vacancies, 0), np.bool_),
    )


def test_keys_that_do_not_fit_are_made_of_denser_tiers() -> None:
    packed = _sparse()
    with pytest.raises(OverflowError, match="63 bits"):
        Keys.of(packed)
    place = solve(packed).place
    assert place[:4].tolist() == [1, 2, -1, -1]
    assert trace(packed).place.tolist() == place.tolist()
    assert with_dense_tiers(packed).tier.tolist() == [1, 0, 0, 1]
    assert judge(packed, place) == []
    standing = standing_of(packed, place)
    assert standing.last_tier[5:7, -1].tolist() == [INELIGIBLE - 2, 0]
    said = [CODES[code] for code in codes(packed, place, standing)]
    assert said == ["outranked", "placed", "placed", "outranked"]
    swapped = place.copy()
    swapped[[0, 1]] = 0, -1
    assert judge(packed, swapped) == [Fault("blocking", 1, 5)]


def test_the_judge_refuses_what_is_no_placement() -> None:
    packed = GOOD.packed(GOOD.tickets(bytes(32), "v"))
    assert judge(packed, np.array([-1, -1])) == [Fault("students", -1, -1)]
    assert judge(packed, np.array([0, 1, -1])) == [Fault("unasked", 1, -1)]
    assert judge(packed, np.array([3, -1, 0])) == [Fault("unasked", 0, -1), Fault("unasked", 2, -1)]
    assert judge(packed, np.array([0, 2, -1])) == [Fault("inadmissible", 1, 0)]
