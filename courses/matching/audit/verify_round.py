"""Recompute a published round with nothing but Python: `python verify_round.py LEDGER SNAPSHOT`.

LEDGER is the round's public ledger (JSON), SNAPSHOT its frozen input, which auditors are given.
Checked are fingerprints, the lottery's seal, the placement by the published rule, its stability
and the last admitted to every kind of seat. Prints what it found; ends with 0 if all is right.
"""

import gc
import hashlib
import json
import sys
from array import array
from pathlib import Path

REFUSED = 2**31 - 2  # from here on a tier says that a wish is refused: by a rule or by the firm
Applicant = tuple[int, int, int]  # tier, ticket, student; smaller is better
Kind = tuple[str | None, int, list[Applicant]]  # group (None: open), seats, who keeps them


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
        top, parts = json.loads(line), []
        for size in [top["wishes"]] * 3 + [top["memberships"]] + [len(top["students"])] * 2:
            parts.append(little(array("i", rest[: 4 * size])))
            rest = rest[4 * size :]
        self.vacancy, self.tier, _refusal, group, lengths, belongs = parts
        self.name, self.students, self.vacancies = top["round"], top["students"], top["vacancies"]
        fields = seed, public_value.encode(), self.name.encode()
        drawn = sorted((digest(*fields, s.encode()), s, n) for n, s in enumerate(self.students))
        self.ticket = [0] * len(drawn)
        for place, (_ticket, _name, student) in enumerate(drawn):
            self.ticket[student] = place
        self.starts, self.groups, first = [0], [], 0
        for length, count in zip(lengths, belongs, strict=True):
            self.starts.append(self.starts[-1] + length)
            self.groups.append({top["groups"][g] for g in group[first : first + count]})
            first += count

    def choose(self, vacancy: int, asking: list[Applicant]) -> tuple[list[Kind], list[Applicant]]:
        """Return who keeps which kind of seat, the open ones last, and who keeps none."""
        _code, room, reserves = self.vacancies[vacancy]
        rest, kinds = sorted(asking), list[Kind]()
        for group, seats, kind in reserves:
            taken = [one for one in rest if group in self.groups[one[2]]][:seats]
            rest = sorted({*rest} - {*taken})
            room -= seats if kind == "hard" else len(taken)
            kinds.append((group, seats, taken))
        return [*kinds, (None, room, rest[:room])], rest[room:]

    def solve(self) -> list[int]:
        """Return each student's wish by the published rule, −1 for none.

        Everybody free asks the next vacancy; each keeps the best it may keep, until nobody moves.
        """
        at, free = self.starts[:-1], list(range(len(self.students)))
        held: dict[int, list[Applicant]] = {}
        while free:
            asking: dict[int, list[Applicant]] = {}
            for student in free:
                edge, end = at[student], self.starts[student + 1]
                while edge < end and self.tier[edge] >= REFUSED:
                    edge += 1
                at[student] = edge
                if edge < end:
                    one = self.tier[edge], self.ticket[student], student
                    asking.setdefault(self.vacancy[edge], []).append(one)
            free = []
            for vacancy, new in asking.items():
                kinds, lost = self.choose(vacancy, held.get(vacancy, []) + new)
                held[vacancy] = [one for *_kind, who in kinds for one in who]
                free += [one[2] for one in lost]
            for loser in free:
                at[loser] += 1
        return [e if e < end else -1 for e, end in zip(at, self.starts[1:], strict=True)]

    def judge(self, place: list[int]) -> tuple[int, int, list[list[object]]]:
        """Return how many blocking pairs, how many without a seat, and the ledger's rows."""
        held: list[list[Applicant]] = [[] for _ in self.vacancies]
        for student, edge in enumerate(place):
            if edge >= 0:
                held[self.vacancy[edge]].append((self.tier[edge], self.ticket[student], student))
        chosen = [self.choose(vacancy, there) for vacancy, there in enumerate(held)]
        bars = [[((REFUSED, 0, 0) if len(who) < seats else max(who, default=(-1, 0, 0)), group)
                 for group, seats, who in kinds] for kinds, _lost in chosen]  # fmt: skip
        blocking = 0
        for student, edge in enumerate(place):
            for wish in range(self.starts[student], self.starts[student + 1] if edge < 0 else edge):
                own = self.tier[wish], self.ticket[student], student
                blocking += own[0] < REFUSED and any(
                    own < bar and (group is None or group in self.groups[student])
                    for bar, group in bars[self.vacancy[wish]]
                )
        rows = [[v[0], group or "open", seats, len(who), max(who)[0] + 1 if who else None]
                for v, (kinds, _lost) in zip(self.vacancies, chosen, strict=True)
                for group, seats, who in kinds]  # fmt: skip
        return blocking, sum(len(lost) for _kinds, lost in chosen), rows


def main(ledger_file: str, snapshot_file: str) -> int:
    """Compare what the ledger says with what the snapshot gives."""
    ledger = json.loads(Path(ledger_file).read_text(encoding="utf-8"))
    whole, seed = Path(snapshot_file).read_bytes(), bytes.fromhex(ledger["seed"])
    frozen = hashlib.sha256(whole).hexdigest()
    checks = {"the snapshot is the frozen one": ledger["snapshot_sha256"] == frozen}
    if all(checks.values()):
        market = Round(whole, seed, ledger["public_value"])
        place = market.solve()
        blocking, unseated, rows = market.judge(place)
        line = '{"format":"javar-result/1","round":%s,"students":%d}\n'
        line %= json.dumps(market.name, ensure_ascii=False), len(place)
        granted = array("i", (max(-1, e - f) for e, f in zip(place, market.starts, strict=False)))
        published = [[row["code"], *kind] for row in ledger["vacancies"] for kind in row["seats"]]
        for told, own in zip(published, rows, strict=False):
            if told[4] is None:  # the public may not read the points of the last of few
                own[4] = None
        lottery = hashlib.sha256(little(array("i", market.ticket)).tobytes()).hexdigest()
        result = hashlib.sha256(line.encode() + little(granted).tobytes()).hexdigest()
        checks |= {
            "the round is the one named": ledger["round"] == market.name,
            "the seed is as sealed": ledger["commitment"] == digest(seed, market.name.encode()),
            "the lottery is as drawn": ledger["lottery_sha256"] == lottery,
            "the result is what the rule gives": ledger["result_sha256"] == result,
            "everybody placed has a seat": unseated == 0,
            "no student and vacancy would both rather have each other": blocking == 0,
            "seats and last admitted are as published": published == rows,
            "as many are placed as published": ledger["placed"] == sum(e >= 0 for e in place),
        }
    for what, right in checks.items():
        print("right" if right else "WRONG", "-", what)
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    gc.disable()  # millions of objects that live to the end, none in a cycle
    sys.exit(main(*sys.argv[1:]))
