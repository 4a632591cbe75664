"""Copies made and restored in a few words: for the tests of restoring."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from courses.notices.actions import send_sms
from courses.notices.models import Message
from courses.people.actions import register_person
from courses.people.models import User
from javar.upkeep.backups import archives, making, restores
from javar.upkeep.backups.seals import Key

NOW = datetime.now(UTC)

LATER = NOW + timedelta(minutes=5)

KEY = Key(bytes(range(32)))


def account(name: str) -> User:
    """Make an account through the house's own action."""
    return register_person(username=name, first_name=name, last_name="S", by=None, at=NOW)


def backed_up(tmp_path: Path, key: Key | None = KEY) -> Path:
    """Copy everything."""
    return making.make_backup(tmp_path / "copies", key, say=lambda line: None, at=NOW).path


def restored(path: Path, key: Key | None = KEY) -> dict[str, Any]:
    """Restore, saying nothing."""
    return restores.restore(path, key, say=lambda line: None, at=LATER)


def message(key: str) -> Message:
    """Queue an SMS that may go at once."""
    send_sms("+989140000000", "notices.welcome", key=key, link="/x/", at=NOW)
    Message.objects.filter(key=key).update(not_before=NOW)
    return Message.objects.get(key=key)


def what_is_there(root: Path) -> set[str]:
    """Return every file below a folder, but for the locks."""
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


def remade(copy: Path, tmp_path: Path, **changes: Any) -> Path:
    """Return a copy with the same parts and another manifest, all hashes right."""
    parts = tmp_path / "parts"
    manifest = archives.read(copy, None, lambda name: parts / name)
    other = tmp_path / "other.tar"
    with other.open("wb") as out:
        writer = archives.Writer(out, None)
        for part in manifest.parts:
            writer.add(part.name, parts / part.name)
        facts = json.loads(manifest.written()) | {"parts": writer.parts} | changes
        writer.close(archives.Manifest(**facts))
    return other
