"""Sealing: each seal is a hash over the entries since the last one and over that one.

On PostgreSQL numbers are given out before transactions end, so an entry may appear with a number
below the last sealed one. A seal therefore writes down which numbers it found absent, and a later
one takes in, by number, what has appeared among them. Nobody waits: neither a writer for a seal
nor a seal for a transaction that does not end.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from courses.kit.models import AuditEntry, Seal

# Entries in one seal: what is read into memory, and on SQLite how long writers wait (0.1 s).
MOST_ENTRIES = 5_000
# No transaction lasts so long: a number absent for longer never comes.
SETTLED_AFTER = timedelta(days=2)
# So many ranges of absent numbers are asked about in one query.
_RANGES = 100

COLUMNS = (
    "pk", "at", "by_id", "verb", "object_kind", "object_id", "from_state", "to_state", "reason",
    "facts",
)  # fmt: skip
Row = tuple[Any, ...]


def digest(row: Row) -> bytes:
    """Return the SHA-256 of one entry, whose values stand in the order of `COLUMNS`."""
    number, at, *rest = row
    return hashlib.sha256(_canonical([number, _moment(at), *rest])).digest()


def head_of(seal: Seal, before: str) -> str:
    """Return the hash a seal must bear, given the head before it."""
    about = [
        before, seal.number, seal.first_entry, seal.last_entry, seal.absent, seal.late,
        _moment(seal.made_at),
    ]  # fmt: skip
    return hashlib.sha256(_canonical(about) + bytes(seal.digests)).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def seal_all(*, at: datetime, most: int = 4) -> int:
    """Seal what was written since the last seal, in at most so many seals; return how many."""
    made = 0
    while made < most and seal_next(at=at):
        made += 1
    return made


@transaction.atomic
def seal_next(*, at: datetime) -> Seal | None:
    """Seal at most `MOST_ENTRIES` entries; None where nothing is new or another was quicker."""
    last = Seal.objects.defer("digests").order_by("-number").first()
    after = last.last_entry if last else 0
    late = list(_late(at))
    fresh = list(
        AuditEntry.objects.filter(pk__gt=after).order_by("pk").values_list(*COLUMNS)[:MOST_ENTRIES]
    )
    if not late and not fresh:
        return None
    numbers = [row[0] for row in fresh]
    seal = Seal(
        number=last.number + 1 if last else 1,
        first_entry=after + 1,
        last_entry=numbers[-1] if numbers else after,
        absent=list(gaps(after + 1, numbers)),
        late=[row[0] for row in late],
        digests=b"".join(map(digest, [*late, *fresh])),
        made_at=at,
    )
    seal.head = head_of(seal, last.head if last else "")
    try:
        with transaction.atomic():
            seal.save()
    except IntegrityError:
        if not Seal.objects.filter(number=seal.number).exists():
            raise
        return None
    return seal


def gaps(first: int, numbers: Iterable[int]) -> Iterator[list[int]]:
    """Yield the ranges of numbers from `first` on that are not among the sorted ones given."""
    expected = first
    for number in numbers:
        if number > expected:
            yield [expected, number - 1]
        expected = number + 1


def _late(at: datetime) -> Iterator[Row]:
    """Yield entries that have appeared where seals of the last days found none."""
    recent = list(Seal.objects.filter(made_at__gt=at - SETTLED_AFTER).values_list("absent", "late"))
    ranges = [pair for absent, _late in recent for pair in absent]
    taken = {number for _absent, late in recent for number in late}
    left = MOST_ENTRIES
    for begin in range(0, len(ranges), _RANGES):
        for row in _within(ranges[begin : begin + _RANGES]):
            if row[0] in taken:
                continue
            yield row
            left -= 1
            if not left:
                return


def _within(ranges: Sequence[Sequence[int]]) -> Iterator[Row]:
    """Yield the entries whose numbers lie in some ranges, in order."""
    wanted = Q()
    for first, last in ranges:
        wanted |= Q(pk__range=(first, last))
    yield from AuditEntry.objects.filter(wanted).order_by("pk").values_list(*COLUMNS)
