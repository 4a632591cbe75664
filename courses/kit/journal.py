"""The journal: what must outlive the database, as lines of JSON in a folder beside the copies.

A restored copy does not know what happened after it was made. The journal does: which messages
went out, which places were given or moved, who was erased; numbers and times, never a name, a
number to call or a text. Lines are only added, under a lock, and are on the disk before `write`
returns; a month is a file.

What the audit trail tells is carried over by `sweep`, forward from a mark in the database, once a
minute: a loss of everything loses at most that minute of places and erasures. A message is
written by the relay between sending and marking, so that none is marked and not written.
"""

import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from courses.kit.models import AuditEntry, JournalMark
from courses.kit.moves import lock

Line = dict[str, Any]
Tells = Callable[[list[AuditEntry]], Iterable[Line]]
# A number missing in the trail belongs to a transaction that is not over, or to none.
WAIT_FOR_A_GAP = timedelta(hours=1)
AT_ONCE = 5_000

# How much older than a copy a line may be by its clock and still tell of what came after it.
SLACK = timedelta(hours=1)
# What a report repeats of a line about a place.
TOLD = ("of", "move", "from", "to", "at")

KEPT: dict[str, Tells] = {}
Found = dict[str, list[Line]]
Replay = Callable[[list[Line], datetime], Found]
REPLAYED: dict[str, tuple[Replay, bool]] = {}


def replayed(kind: str, *, all_lines: bool = False) -> Callable[[Replay], Replay]:
    """Declare what a restored database does with the journal's lines of a kind.

    The function takes the lines written since the copy (`all_lines`: of the whole journal) and
    the present moment, and returns what is to be reported, list by list.
    """

    def declare(function: Replay) -> Replay:
        REPLAYED[kind] = (function, all_lines)
        return function

    return declare


def keep(object_kind: str, kind: str, *verbs: str) -> None:
    """Declare that the lines of the trail about a kind of object belong in the journal.

    The objects have a `public_id`; without verbs every move counts.
    """

    def tell(entries: list[AuditEntry]) -> Iterator[Line]:
        wanted = [one for one in entries if (one.verb in verbs if verbs else one.to_state)]
        names = _public_ids(object_kind, {one.object_id for one in wanted})
        for one in wanted:
            line = {
                "kind": kind, "of": object_kind, "id": names.get(one.object_id, ""),
                "move": one.verb, "from": one.from_state, "to": one.to_state,
                "at": one.at.isoformat(), "entry": one.pk,
            }  # fmt: skip
            yield {name: value for name, value in line.items() if value != ""}

    KEPT[object_kind] = tell


def keep_as(object_kind: str) -> Callable[[Tells], Tells]:
    """Declare a function that makes the lines of a kind of object itself."""

    def declare(function: Tells) -> Tells:
        KEPT[object_kind] = function
        return function

    return declare


def _public_ids(object_kind: str, keys: set[str]) -> dict[str, str]:
    model = apps.get_model(object_kind)
    found = model._default_manager.filter(pk__in=keys).values_list("pk", "public_id")
    return {str(key): str(public) for key, public in found}


def write(lines: Iterable[Line]) -> None:
    """Add lines, each with the moment of writing, and wait until they are on the disk.

    The first line of a journal says that it begins: what was before, it cannot know. Raises
    OSError.
    """
    now = timezone.now()
    added = [{"w": now.isoformat(), **line} for line in lines]
    if not added:
        return
    folder = Path(settings.JAVAR_JOURNAL_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"journal-{now:%Y-%m}.jsonl"
    begins = not any(folder.glob("journal-*.jsonl"))
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = os.fstat(file.fileno()).st_size
        if begins and not size:
            added.insert(0, {"w": now.isoformat(), "kind": "begins"})
        # A line that a crash cut off must not swallow the next one.
        torn = size and os.pread(handle, 1, size - 1) != b"\n"
        text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in added)
        file.write(b"\n" * bool(torn) + text.encode())
        file.flush()
        os.fsync(file.fileno())
    if not size:
        _flush_names(folder)


def _flush_names(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(folder: Path | None = None) -> Iterator[Line]:
    """Yield every line of a journal, the oldest first; what cannot be read has the kind “torn”."""
    for path in sorted((folder or Path(settings.JAVAR_JOURNAL_DIR)).glob("journal-*.jsonl")):
        with path.open("rb") as file:
            for raw in file:
                if not raw.strip():
                    continue
                try:
                    line = json.loads(raw)
                except ValueError:
                    line = None
                yield line if isinstance(line, dict) and "kind" in line else {"kind": "torn"}


@transaction.atomic
def sweep(*, at: datetime, most: int = AT_ONCE) -> int:
    """Carry what the trail says and the journal has not on into it; return how many lines.

    Written first, marked afterwards: a crash between the two writes a line twice, which says the
    same. Numbers that are missing are looked for again for an hour: on PostgreSQL a transaction
    that took its number earlier may end later.
    """
    JournalMark.objects.get_or_create(pk=JournalMark.ONLY)
    (mark,) = lock(JournalMark.objects.filter(pk=JournalMark.ONLY))
    missing = [
        (first, last, since)
        for first, last, since in mark.gaps
        if at - datetime.fromisoformat(since) < WAIT_FOR_A_GAP
    ]
    wanted = Q(pk__gt=mark.entry)
    for first, last, _since in missing:
        wanted |= Q(pk__range=(first, last))
    numbers = list(
        AuditEntry.objects.filter(wanted).order_by("pk").values_list("pk", flat=True)[:most]
    )
    lines = list(_told(numbers))
    write(lines)
    ahead = [number for number in numbers if number > mark.entry]
    reached = ahead[-1] if ahead else mark.entry
    if reached > mark.entry:
        missing.append((mark.entry + 1, reached, at.isoformat()))
    mark.gaps = [
        [first, last, since]
        for begin, end, since in missing
        for first, last in _without(begin, end, numbers)
    ]
    mark.entry, mark.at = reached, at
    mark.save()
    return len(lines)


@dataclass(frozen=True)
class Replayed:
    """What the journal said of a restored copy; `begins` is its first moment, None: there is none.

    `found` has for every kind of line the lists its room reports; `torn` counts what cannot be
    read.
    """

    begins: datetime | None
    torn: int
    found: dict[str, Found]


def replay(*, made_at: datetime, at: datetime) -> Replayed:
    """Let every room hear what the journal knows and a copy made at a moment does not."""
    since = (made_at - SLACK).isoformat()
    begins: datetime | None = None
    torn = 0
    lines: dict[str, list[Line]] = {kind: [] for kind in REPLAYED}
    for line in read():
        torn += line["kind"] == "torn"
        if begins is None and "w" in line:
            begins = datetime.fromisoformat(line["w"])
        known = REPLAYED.get(line["kind"])
        if known and (known[1] or line.get("w", "") >= since):
            lines[line["kind"]].append(line)
    found = {kind: function(lines[kind], at) for kind, (function, _all) in REPLAYED.items()}
    return Replayed(begins, torn, found)


@replayed("place")
def younger_places(lines: list[Line], at: datetime) -> Found:
    """Return the moves of places that the database's trail does not know."""
    known: set[tuple[int, str, str]] = set()
    for start in range(0, len(lines), 500):
        numbers = {line["entry"] for line in lines[start : start + 500]}
        known.update(
            AuditEntry.objects.filter(pk__in=numbers).values_list("pk", "object_kind", "verb")
        )
    younger: dict[tuple[int, str], Line] = {}
    for line in lines:
        if (line["entry"], line.get("trail", line["of"]), line["move"]) in known:
            continue
        for name in line.get("ids", [line.get("id", "")]):
            said = {key: line[key] for key in TOLD if key in line}
            younger.setdefault((line["entry"], name), {"id": name} | said)
    return {"younger": list(younger.values())}


def _told(numbers: list[int]) -> Iterator[Line]:
    """Yield the lines about so many entries, asking for each kind of object once."""
    by_kind: dict[str, list[AuditEntry]] = defaultdict(list)
    for start in range(0, len(numbers), 500):
        for entry in AuditEntry.objects.filter(
            pk__in=numbers[start : start + 500], object_kind__in=KEPT
        ).order_by("pk"):
            by_kind[entry.object_kind].append(entry)
    for kind, entries in by_kind.items():
        for start in range(0, len(entries), 500):
            yield from KEPT[kind](entries[start : start + 500])


def _without(first: int, last: int, numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Yield what is left of a range of numbers once those that were found are taken out."""
    for number in numbers:
        if first <= number <= last:
            if first < number:
                yield first, number - 1
            first = number + 1
    if first <= last:
        yield first, last
