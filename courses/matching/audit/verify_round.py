"""Recompute a published round with nothing but Python: `python verify_round.py LEDGER SNAPSHOT`.

LEDGER is the round's public ledger (JSON), SNAPSHOT its frozen input, which auditors are given.
Checked are the fingerprints, the lottery's seal, the placement by the published rule, that no
student and vacancy would both rather have each other, and the last admitted to every kind of seat.
Prints what it found; ends with 0 when everything is right, else with 1.
"""

import hashlib
import json
import sys
from array import array
from heapq import heappop, heappush
from pathlib import Path

REFUSED = 2**31 - 2  # from here on a tier says that a wish is refused: by a rule or by the firm
Applicant = tuple[int, int, int]  # tier, ticket, student; smaller is better


def digest(*fields: bytes) -> str:
    """Return SHA-256 of fields, each with its length in eight bytes before it."""
    return hashlib.sha256(b"".join(len(f).to_bytes(8, "big") + f for f in fields)).hexdigest()


def little(numbers: array) -> array:
    """Return 32-bit numbers in the order of bytes that the files have."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


class Round:
    """The frozen round, its lottery drawn."""

    def __init__(self, whole: bytes, seed: bytes, public_value: str) -> None:
        line, _, rest = whole.partition(b"\n")
        head, parts = json.loads(line), []
        for size in [head["wishes"]] * 3 + [head["memberships"]] + [len(head["students"])] * 2:
            part, rest = rest[: 4 * size], rest[4 * size :]
            parts.append(little(array("i", part)))
        self.vacancy, self.tier, _refusal, group, lengths, belongs = parts
        self.name, self.students = head["round"], head["students"]
        self.vacancies = head["vacancies"]
        fields = seed, public_value.encode(), self.name.encode()
        drawn = sorted((digest(*fields, s.encode()), s, n) for n, s in enumerate(self.students))
        self.ticket = [0] * len(drawn)
        for place, (_ticket, _name, student) in enumerate(drawn):
            self.ticket[student] = place
        self.starts, self.groups, first = [0], [], 0
        for length, count in zip(lengths, belongs, strict=True):
            self.starts.append(self.starts[-1] + length)
            self.groups.append({head["groups"][g] for g in group[first : first + count]})
            first += count

    def choose(self, vacancy: int, asking: list[Applicant]) -> list[tuple[int, list[Applicant]]]:
        """Return (seats, who keeps them) for each reserve in order and for the open seats."""
        _code, room, reserves = self.vacancies[vacancy]
        rest, kinds = sorted(asking), []
        for group, seats, kind in reserves:
            taken = [one for one in rest if group in self.groups[one[2]]][:seats]
            rest = [one for one in rest if one not in taken]
            room -= seats if kind == "hard" else len(taken)
            kinds.append((seats, taken))
        return [*kinds, (room, rest[:room])]

    def solve(self) -> list[int]:
        """Return each student's wish by the published rule, −1 for none.

        Everybody asks in order; every vacancy keeps the best it may keep, until nobody moves.
        """
        at, free = self.starts[:-1], list(range(len(self.students)))
        held: list[list[Applicant]] = [[] for _ in self.vacancies]
        while free:
            student = free.pop()
            while at[student] < self.starts[student + 1] and self.tier[at[student]] >= REFUSED:
                at[student] += 1
            if at[student] == self.starts[student + 1]:
                continue
            vacancy = self.vacancy[at[student]]
            there, tier, gone = held[vacancy], self.tier[at[student]], list[int]()
            if self.vacancies[vacancy][2]:
                there.append((tier, self.ticket[student], student))
                kept = [one for _seats, kind in self.choose(vacancy, there) for one in kind]
                gone = [one[2] for one in there if one not in kept]
                held[vacancy] = kept
            else:  # all seats are open: the worst in front of a heap goes
                heappush(there, (-tier, -self.ticket[student], -student))
                if len(there) > self.vacancies[vacancy][1]:
                    gone = [-heappop(there)[2]]
            free += gone
            for loser in gone:
                at[loser] += 1
        return [e if e < end else -1 for e, end in zip(at, self.starts[1:], strict=True)]

    def judge(self, place: list[int]) -> tuple[int, int, list[list[list[int | None]]]]:
        """Return how many blocking pairs, how many without a seat, and the seats, without solving.

        The seats are [how many, used, tier of the last admitted] for each kind of each vacancy.
        """
        held: list[list[Applicant]] = [[] for _ in self.vacancies]
        for student, edge in enumerate(place):
            if edge >= 0:
                held[self.vacancy[edge]].append((self.tier[edge], self.ticket[student], student))
        kinds = [self.choose(vacancy, there) for vacancy, there in enumerate(held)]
        bars = [[(REFUSED, 0, 0) if len(kept) < seats else max(kept, default=(-1, 0, 0))
                 for seats, kept in row] for row in kinds]  # fmt: skip
        blocking = 0
        for student, edge in enumerate(place):
            for better in range(self.starts[student], self.starts[student + 1]):
                if better == edge:
                    break
                own = self.tier[better], self.ticket[student], student
                *reserved, open_ = bars[self.vacancy[better]]
                blocking += own[0] < REFUSED and (own < open_ or any(
                    own < bar and row[0] in self.groups[student]
                    for bar, row in zip(reserved, self.vacancies[self.vacancy[better]][2], strict=True)
                ))  # fmt: skip
        seats = [[[s, len(k), max(k)[0] + 1 if k else None] for s, k in row] for row in kinds]
        seated = sum(len(kept) for row in kinds for _seats, kept in row)
        return blocking, sum(map(len, held)) - seated, seats


def main(ledger_file: str, snapshot_file: str) -> int:
    """Compare what the ledger says with what the snapshot gives."""
    ledger = json.loads(Path(ledger_file).read_text(encoding="utf-8"))
    whole, seed = Path(snapshot_file).read_bytes(), bytes.fromhex(ledger["seed"])
    market = Round(whole, seed, ledger["public_value"])
    place = market.solve()
    blocking, unseated, seats = market.judge(place)
    head = {"format": "javar-result/1", "round": market.name, "students": len(place)}
    line = json.dumps(head, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    granted = (-1 if e < 0 else e - first for e, first in zip(place, market.starts, strict=False))
    result = line.encode() + b"\n" + little(array("i", granted)).tobytes()
    published = [[kind[1:4] for kind in row["seats"]] for row in ledger["vacancies"]]
    checks = {
        "the snapshot is the frozen one": ledger["snapshot_sha256"] == hashlib.sha256(whole).hexdigest(),
        "the seed is the sealed one": ledger["commitment"] == digest(seed, market.name.encode()),
        "the result is what the rule gives": ledger["result_sha256"] == hashlib.sha256(result).hexdigest(),
        "everybody placed has a seat": unseated == 0,
        "no student and vacancy would both rather have each other": blocking == 0,
        "seats and last admitted are as published": published == seats,
        "as many are placed as published": ledger["placed"] == sum(edge >= 0 for edge in place),
    }  # fmt: skip
    for what, right in checks.items():
        print("right" if right else "WRONG", "-", what)
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
