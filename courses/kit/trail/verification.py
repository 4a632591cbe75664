"""Verifying the trail: row by row against its seals, seal by seal against the chain and its heads.

Reads the trail once, in the order of its numbers, and holds one seal in memory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from courses.kit.models import AuditEntry, Seal
from courses.kit.trail.guards import missing_guards
from courses.kit.trail.seals import COLUMNS, SETTLED_AFTER, Row, digest, head_of

_BYTES = 32


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was sealed; `entry` or `seal` is 0 where none is meant."""

    what: str
    seal: int = 0
    entry: int = 0

    def __str__(self) -> str:
        where = [f"entry {self.entry}"] if self.entry else []
        where += [f"seal {self.seal}"] if self.seal else []
        return f"{', '.join(where) or 'the trail'}: {self.what}"


@dataclass
class Verification:
    """One reading of the whole trail; what was read is counted while the faults are drawn."""

    heads: Mapping[int, str]
    at: datetime
    entries: int = 0
    seals: int = 0
    unsealed: int = 0
    head: str = ""
    # Numbers that appeared where a seal found none, and that seal: late ones, until one has them.
    _waiting: dict[int, Seal] = field(default_factory=dict)

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong, in the order of the chain."""
        for name in missing_guards():
            yield Fault(f"the trigger {name} does not stand")
        for number in AuditEntry.objects.filter(pk__lt=1).values_list("pk", flat=True):
            yield Fault("added below the first number", entry=number)
        last, covered = 0, 0
        while seal := Seal.objects.filter(number__gt=last).order_by("number").first():
            if seal.number != last + 1:
                missing = f"{last + 1} to {seal.number - 1}" if seal.number > last + 2 else last + 1
                yield Fault(f"missing before it: {missing}", seal=seal.number)
            yield from self._chain(seal, covered)
            yield from self._rows(seal)
            last, covered, self.head = seal.number, seal.last_entry, seal.head
            self.seals += 1
        yield from self._end(last, covered)

    def _chain(self, seal: Seal, covered: int) -> Iterator[Fault]:
        """Compare a seal with the one before and with what was carried out."""
        if seal.first_entry != covered + 1:
            yield Fault("does not begin where the one before ends", seal=seal.number)
        if head_of(seal, self.head) != seal.head:
            yield Fault("its hash is not that of its content and the seal before", seal=seal.number)
        if self.heads.get(seal.number, seal.head) != seal.head:
            yield Fault("its hash is not the one that was carried out", seal=seal.number)

    def _rows(self, seal: Seal) -> Iterator[Fault]:
        """Compare the entries a seal covers with their digests."""
        digests = bytes(seal.digests)
        late = {
            row[0]: row for row in AuditEntry.objects.filter(pk__in=seal.late).values_list(*COLUMNS)
        }
        for place, number in enumerate(seal.late):
            self._waiting.pop(number, None)
            yield from self._row(seal, number, late.get(number), digests, place)
        place = len(seal.late)
        found = self._between(seal.first_entry, seal.last_entry)
        row = next(found, None)
        for number in _present(seal):
            while row is not None and row[0] < number:
                self._waiting[row[0]] = seal
                row = next(found, None)
            there = row if row is not None and row[0] == number else None
            yield from self._row(seal, number, there, digests, place)
            place += 1
            row = next(found, None) if there else row
        while row is not None:
            self._waiting[row[0]] = seal
            row = next(found, None)
        if place * _BYTES != len(digests):
            yield Fault("it does not hold one digest an entry", seal=seal.number)

    def _row(
        self, seal: Seal, number: int, row: Row | None, digests: bytes, place: int
    ) -> Iterator[Fault]:
        self.entries += 1
        if row is None:
            yield Fault("missing", seal=seal.number, entry=number)
        elif digest(row) != digests[place * _BYTES : (place + 1) * _BYTES]:
            yield Fault("changed", seal=seal.number, entry=number)

    def _between(self, first: int, last: int) -> Iterator[Row]:
        yield from (
            AuditEntry.objects.filter(pk__range=(first, last))
            .order_by("pk")
            .values_list(*COLUMNS)
            .iterator(chunk_size=2_000)
        )

    def _end(self, last: int, covered: int) -> Iterator[Fault]:
        """Name what no seal took in, and seals that were carried out and are gone."""
        for number, seal in sorted(self._waiting.items()):
            if seal.made_at < self.at - SETTLED_AFTER:
                yield Fault("added where there was none", seal=seal.number, entry=number)
            else:
                self.unsealed += 1
        for number in sorted(number for number in self.heads if number > last):
            yield Fault("carried out, and gone", seal=number)
        self.unsealed += AuditEntry.objects.filter(pk__gt=covered).count()


def _present(seal: Seal) -> Iterator[int]:
    """Yield the numbers a seal's range holds, without those it found absent."""
    number = seal.first_entry
    for first, end in [*seal.absent, [seal.last_entry + 1, seal.last_entry]]:
        yield from range(number, min(first, seal.last_entry + 1))
        number = end + 1
