"""The frozen round as bytes: everything that enters the result, in one canonical form.

One line of JSON, then arrays in little-endian order, so that a million students are read in a
moment and a stranger needs no library but the standard one (`courses/matching/audit`). The line
holds `format`, `round`, `rules`, `students` (pseudonyms in order), `vacancies` ([code, seats,
[[group, seats, kind], …]] in the order of codes), `groups`, `refusals` (lists of the law's
reasons), `wishes` and `memberships` (how many there are) and ends, after padding with spaces to a
multiple of eight bytes, with a line feed. Then:

vacancy  int32 [wishes]       whom a wish asks, wishes in the order of students and lists
tier     int32 [wishes]       the firm's tier, 0 best; 2147483646 forbidden, 2147483647 unsuitable
refusal  int32 [wishes]       which of `refusals` forbids it, −1 for none
group    int32 [memberships]  which of `groups`, in the order of students
lengths  int32 [students]     how many wishes a student has
belongs  int32 [students]     how many groups a student has

Equal rounds give equal bytes: students, vacancies and groups stand in the order of their names.
"""

import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from courses.matching.solver.lottery import places
from courses.matching.solver.market import IllegalMarket, Market, Reserve, Vacancy
from courses.matching.solver.packed import (
    INELIGIBLE,
    MOST_SEATS,
    NO_GROUP,
    NO_RESERVE,
    NOT_RANKED,
    Ints,
    Ints32,
    Packed,
    table,
)
from courses.matching.solver.uncollected import uncollected

FORMAT = "javar-round/1"
RESULT = "javar-result/1"
ARRAYS = ("vacancy", "tier", "refusal", "group", "lengths", "belongs")
NO_REFUSAL = -1


@dataclass(frozen=True)
class Place:
    """A vacancy of the snapshot: its code, all its seats, its reserves in precedence order."""

    code: str
    seats: int
    reserves: tuple[Reserve, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """Everything that enters the result; the arrays are those of the module's docstring."""

    round: str
    rules: str
    students: tuple[str, ...]
    vacancies: tuple[Place, ...]
    groups: tuple[str, ...]
    refusals: tuple[tuple[str, ...], ...]
    vacancy: Ints32
    tier: Ints32
    refusal: Ints32
    group: Ints32
    lengths: Ints32
    belongs: Ints32

    @property
    def starts(self) -> Ints:
        """Where each student's wishes begin, and where the last one's end; [students + 1]."""
        return np.concatenate([[0], np.cumsum(self.lengths, dtype=np.int64)])

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        head = _canonical({
            "format": FORMAT,
            "round": self.round,
            "rules": self.rules,
            "students": self.students,
            "vacancies": [
                [v.code, v.seats, [[r.group, r.seats, r.kind] for r in v.reserves]]
                for v in self.vacancies
            ],
            "groups": self.groups,
            "refusals": self.refusals,
            "wishes": len(self.vacancy),
            "memberships": len(self.group),
        })  # fmt: skip
        head += b" " * (-(len(head) + 1) % 8) + b"\n"
        return head + b"".join(getattr(self, name).astype("<i4").tobytes() for name in ARRAYS)

    @classmethod
    @uncollected()
    def from_bytes(cls, whole: bytes) -> "Snapshot":
        """Read the canonical bytes; raise IllegalMarket with every fault found in them."""
        line, _, _rest = whole.partition(b"\n")
        try:
            head: dict[str, Any] = json.loads(line)
            if head["format"] != FORMAT:
                raise IllegalMarket([f"{head['format']} is not {FORMAT}"])
            sizes = [head["wishes"]] * 3 + [head["memberships"]] + [len(head["students"])] * 2
            if len(whole) != len(line) + 1 + 4 * sum(sizes):
                raise IllegalMarket(["the snapshot is cut short or has more than it says"])
            parts, at = {}, len(line) + 1
            for name, size in zip(ARRAYS, sizes, strict=True):
                parts[name] = np.frombuffer(whole, "<i4", size, at)
                at += 4 * size
            _check_types(head)
            found = cls(
                round=head["round"],
                rules=head["rules"],
                students=tuple(head["students"]),
                vacancies=tuple(
                    Place(code, seats, tuple(Reserve(*row) for row in reserves))
                    for code, seats, reserves in head["vacancies"]
                ),
                groups=tuple(head["groups"]),
                refusals=tuple(tuple(codes) for codes in head["refusals"]),
                **parts,
            )
        except IllegalMarket:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise IllegalMarket([f"the snapshot cannot be read: {error!r}"]) from error
        faults = list(found.faults())
        if faults:
            raise IllegalMarket(faults)
        return found

    def faults(self) -> Iterator[str]:
        """Yield everything that makes this no market."""
        for what, names in (
            ("students", self.students),
            ("vacancies", tuple(place.code for place in self.vacancies)),
            ("groups", self.groups),
        ):
            if any(one >= other for one, other in itertools.pairwise(names)):
                yield f"{what} are not in the order of their names, each once"
        kinds, groups = frozenset(("soft", "hard")), frozenset(self.groups)
        for place in self.vacancies:
            reserved = [reserve.seats for reserve in place.reserves]
            if min(place.seats, *reserved, 0) < 0:
                yield f"vacancy {place.code}: seats must be 0 or more"
            if sum(reserved) > place.seats:
                yield f"vacancy {place.code}: more seats are reserved than there are"
            if not kinds.issuperset([reserve.kind for reserve in place.reserves]):
                yield f"vacancy {place.code}: a reserve is soft or hard"
            if not groups.issuperset([reserve.group for reserve in place.reserves]):
                yield f"vacancy {place.code}: a reserve for an unknown group"
        if self.lengths.min(initial=0) < 0 or self.lengths.sum() != len(self.vacancy):
            yield "the students' lists do not add up to the wishes"
            return
        if self.belongs.min(initial=0) < 0 or self.belongs.sum() != len(self.group):
            yield "the students' groups do not add up to the memberships"
        if self.group.size and not 0 <= self.group.min() <= self.group.max() < len(self.groups):
            yield "somebody belongs to an unknown group"
        if self.tier.min(initial=0) < 0:
            yield "a tier must be 0 or more"
        yield from self._faulty_wishes()
        forbidden = self.tier == INELIGIBLE
        named = (self.refusal >= 0) & (self.refusal < len(self.refusals))
        if (named != forbidden).any() or (self.refusal < NO_REFUSAL).any():
            yield "a wish is forbidden exactly where a reason is named"

    def _faulty_wishes(self) -> Iterator[str]:
        owners = np.repeat(np.arange(len(self.students)), self.lengths)
        unknown = (self.vacancy < 0) | (self.vacancy >= len(self.vacancies))
        for owner in np.unique(owners[unknown]).tolist():
            yield f"student {self.students[owner]}: unknown vacancy"
        pairs = np.sort(owners * max(1, len(self.vacancies)) + self.vacancy)
        twice = pairs[1:][pairs[1:] == pairs[:-1]] if not unknown.any() else pairs[:0]
        for pair in twice.tolist():
            owner, vacancy = divmod(pair, len(self.vacancies))
            yield f"student {self.students[owner]}: wishes {self.vacancies[vacancy].code} twice"

    @uncollected()
    def packed(self, tickets: Ints32) -> Packed:
        """Return the market as arrays; `tickets` are the students' places in the lottery."""
        number = {group: place for place, group in enumerate(self.groups)}
        reserves = [place.reserves for place in self.vacancies]
        ends = np.cumsum(self.belongs, dtype=np.int64)
        most = int(self.belongs.max(initial=0))
        groups = np.full((most, len(self.students)), NO_GROUP, np.int32)
        for row in range(most):
            has = self.belongs > row
            groups[row, has] = self.group[(ends - self.belongs)[has] + row]
        return Packed(
            starts=self.starts,
            vacancy=self.vacancy,
            tier=self.tier,
            ticket=tickets,
            groups=groups,
            open_seats=np.array(
                [
                    min(MOST_SEATS, place.seats - sum(r.seats for r in place.reserves))
                    for place in self.vacancies
                ],
                np.int64,
            ),
            reserve_group=table(
                ([number[r.group] for r in row] for row in reserves), NO_RESERVE
            ).astype(np.int32),
            reserve_seats=table(([min(MOST_SEATS, r.seats) for r in row] for row in reserves), 0),
            reserve_hard=table(([r.kind == "hard" for r in row] for row in reserves), 0) == 1,
        )

    def tickets(self, seed: bytes, public_value: str) -> Ints32:
        """Return each student's place in the lottery, drawn from the seed; 0 is first."""
        return places(seed, public_value, self.round, self.students)

    def market(self, lottery: tuple[str, ...] | None = None) -> Market:
        """Return the same as a named market, for small rounds; without a lottery, by name."""
        codes = [place.code for place in self.vacancies]
        starts = self.starts
        wishes = {
            student: tuple(codes[v] for v in self.vacancy[starts[n] : starts[n + 1]].tolist())
            for n, student in enumerate(self.students)
        }
        tiers: dict[str, dict[int, list[str]]] = {code: {} for code in codes}
        forbidden = set()
        for number, student in enumerate(self.students):
            for edge in range(starts[number], starts[number + 1]):
                code, tier = codes[self.vacancy[edge]], int(self.tier[edge])
                if tier == INELIGIBLE:
                    forbidden.add((student, code))
                elif tier != NOT_RANKED:
                    tiers[code].setdefault(tier, []).append(student)
        rows = {
            place.code: Vacancy(
                place.seats,
                tuple(tuple(names) for _tier, names in sorted(tiers[place.code].items())),
                place.reserves,
            )
            for place in self.vacancies
        }
        ends = np.cumsum(self.belongs)
        groups = {
            student: frozenset(
                self.groups[group] for group in self.group[end - count : end].tolist()
            )
            for student, end, count in zip(
                self.students, ends.tolist(), self.belongs.tolist(), strict=True
            )
        }
        return Market(wishes, rows, groups, frozenset(forbidden), lottery or self.students)


def _check_types(head: dict[str, Any]) -> None:
    """Raise TypeError unless names are texts and seats whole numbers: JSON has others as well."""
    rows = [row for _code, _seats, reserves in head["vacancies"] for row in reserves]
    texts = [
        head["round"], head["rules"], *head["students"], *head["groups"],
        *(code for code, _seats, _reserves in head["vacancies"]),
        *(group for group, _seats, _kind in rows),
        *(code for codes in head["refusals"] for code in codes),
    ]  # fmt: skip
    numbers = [seats for _name, seats, _rest in itertools.chain(head["vacancies"], rows)]
    if not {type(text) for text in texts} <= {str} or not {type(n) for n in numbers} <= {int}:
        raise TypeError("a name is no text or a number of seats no whole number")


def result_bytes(snapshot: Snapshot, place: Ints) -> bytes:
    """Return a result's canonical bytes: a line of JSON, then for each student an int32.

    It is the granted wish's place in the student's list, 0 first, −1 for none.
    """
    head = {"format": RESULT, "round": snapshot.round, "students": len(snapshot.students)}
    granted = np.where(place < 0, -1, place - snapshot.starts[:-1])
    return _canonical(head) + b"\n" + granted.astype("<i4").tobytes()


def sha256(whole: bytes) -> str:
    """Return the fingerprint of bytes, in hex."""
    return hashlib.sha256(whole).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
