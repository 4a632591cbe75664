"""The head of the chain outside the database: a file that only grows, a line a day.

Whoever can rewrite the database can rewrite every seal; what was carried out of it says so.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from courses.kit.models import Seal

FILE = "heads.jsonl"


@dataclass(frozen=True)
class Head:
    """One seal as it was carried out: its number, its hash, the last entry it covers."""

    number: int
    head: str
    last_entry: int


def latest() -> Head | None:
    """Return the head of the chain now."""
    seal = Seal.objects.defer("digests").order_by("-number").first()
    return Head(seal.number, seal.head, seal.last_entry) if seal else None


def export_head(*, at: datetime) -> Head | None:
    """Append the present head to the file; the line is on the disk when this returns."""
    head = latest()
    if head:
        _append({**head.__dict__, "at": at.isoformat()})
    return head


def note_restore(*, by: str, at: datetime) -> Head | None:
    """Write down that the database was restored from a copy: later seals than its last are void.

    Part of a restore; without this line the verification would find the chain cut, and rightly.
    """
    head = latest()
    _append({"restored": head.number if head else 0, "by": by, "at": at.isoformat()})
    return head


def exported_heads() -> tuple[dict[int, str], list[str]]:
    """Return the hash of every exported seal that should still stand, and what was said besides."""
    heads: dict[int, str] = {}
    remarks: list[str] = []
    for number, line in enumerate(_lines(), start=1):
        try:
            told = json.loads(line)
            if "restored" in told:
                heads = {seal: head for seal, head in heads.items() if seal <= told["restored"]}
                remarks.append(f"restored to seal {told['restored']} by {told['by']}, {told['at']}")
            else:
                heads[told["number"]] = told["head"]
        except (ValueError, KeyError, TypeError):
            remarks.append(f"line {number} of {FILE} is not readable")
    return heads, remarks


def _path() -> Path:
    return Path(settings.JAVAR_TRAIL_DIR) / FILE


def _lines() -> list[str]:
    try:
        return _path().read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _append(told: Mapping[str, Any]) -> None:
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, f"{json.dumps(told)}\n".encode())
        os.fsync(file)
    finally:
        os.close(file)
