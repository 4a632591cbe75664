"""Making a copy of everything, looking after the copies, and saying how the last one went.

First the database, then the files: what a row of the copy names is then there, unless somebody
deleted it in between, which the manifest tells. A copy grows in a folder of its own, which a
killed run leaves behind and the next one clears, and gets its name when it is whole, read back
and on the disk.
"""

import fcntl
import hashlib
import hmac
import json
import os
import platform
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from courses.kit import journal
from courses.kit.faults import words_of
from javar.upkeep.backups import archives, copies
from javar.upkeep.backups.archives import CopyRefused, Manifest
from javar.upkeep.backups.seals import Key, SealRefused, read_key

Say = Callable[[str], object]
LAST = "last.json"
UNFINISHED = ".unfinished-"
SAY_EVERY = 5.0
# What is kept free beside a copy, in bytes.
SPARE = 16 << 20
_NAME = re.compile(r"javar-(\d{8}T\d{6}Z)\.tar(\.sealed)?")


@dataclass(frozen=True)
class Made:
    """A finished copy."""

    path: Path
    size: int
    seconds: float
    manifest: Manifest
    sealed: bool
    forgotten: list[Path]


def folder() -> Path:
    """Return where copies lie: JAVAR_BACKUP_DIR, or a folder beside the data itself."""
    return Path(settings.JAVAR_BACKUP_DIR or settings.VAR / "backups")


def given_key(path: str = "") -> Key | None:
    """Return the key of a file, or of JAVAR_BACKUP_KEY_FILE; None where there is none."""
    named = path or settings.JAVAR_BACKUP_KEY_FILE
    try:
        return read_key(Path(named)) if named else None
    except SealRefused as refusal:
        raise CopyRefused(str(refusal)) from refusal


def roots() -> dict[str, Path]:
    """Return the folders whose files belong to a copy, by their name in it."""
    return {"media": Path(settings.MEDIA_ROOT), "private": Path(settings.PRIVATE_ROOT)}


def make_backup(
    to: Path, key: Key | None, *, say: Say = print, at: datetime | None = None,
    with_settings: bool = False,
) -> Made:  # fmt: skip
    """Copy everything into one file below `to`, read it back, forget copies past their time.

    Raises CopyRefused, with the reason also in `last.json`, and leaves nothing half made.
    """
    at = at or timezone.now()
    begun = time.monotonic()
    if with_settings and key is None:
        raise CopyRefused("The settings hold secrets: they go into a sealed copy only.")
    _make_folder(to)
    with _alone(to):
        _clear(to, say)
        try:
            made = _made(to, key, say, at, begun, with_settings)
        except (CopyRefused, OSError, DatabaseError) as error:
            refusal = _as_refusal(error)
            _remember(to, at, ok=False, said=str(refusal))
            raise refusal from error
        _remember(
            to, at, ok=True, path=str(made.path), size=made.size,
            seconds=round(made.seconds, 1), sealed=made.sealed,
        )  # fmt: skip
    return made


def _made(
    to: Path, key: Key | None, say: Say, at: datetime, begun: float, with_settings: bool
) -> Made:
    name = f"javar-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar{'.sealed' if key else ''}"
    if (to / name).exists():
        raise CopyRefused(f"{name} is already there; try again in a second.")
    must_fit(to, 2 * copies.size_of_database() + sum(size for _path, size in _files()))
    work = to / f"{UNFINISHED}{name}"
    work.mkdir(mode=0o700)
    try:
        manifest = _write(work / name, key, say, at, with_settings)
        archives.read(work / name, key, lambda _name: None)
        say("Read back: every byte is as it was written")
        os.rename(work / name, to / name)
        copies.flush_file(to)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    size = (to / name).stat().st_size
    gone = forget_old(to, at=at)
    return Made(to / name, size, time.monotonic() - begun, manifest, key is not None, gone)


def _write(out: Path, key: Key | None, say: Say, at: datetime, with_settings: bool) -> Manifest:
    """Write the whole copy into a file."""
    database = out.parent / archives.DATABASES[copies.engine()]
    journal_begins = _begin_journal(at, out.name, say)
    begun = time.monotonic()
    copied = copies.copy_database(database)
    size = database.stat().st_size
    say(f"Database: {size:,} bytes copied in {time.monotonic() - begun:.1f} s")
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        writer = archives.Writer(file, key)
        writer.add(database.name, database)
        database.unlink()
        if with_settings and (settings.ROOT / ".env").is_file():
            writer.add(archives.SETTINGS, settings.ROOT / ".env")
        said_at = time.monotonic()
        for path, _size in _files():
            try:
                writer.add(_name_of(path), path)
            except FileNotFoundError:
                # Deleted since the folder was listed; whether a row misses it is told below.
                continue
            if time.monotonic() - said_at > SAY_EVERY:
                said_at = time.monotonic()
                say(f"  {len(writer.parts):,} files so far, {writer.sink.place:,} bytes")
        found = {part.name for part in writer.parts}
        manifest = Manifest(
            made_at=at.isoformat(), engine=copies.engine(), engine_version=copied.engine_version,
            versions=_versions(), migrations=copied.migrations, counts=copied.counts,
            missing=sorted(copied.files - found), entry=copied.entry, code_key=code_key(),
            journal=journal_begins,
            parts=writer.parts,
        )  # fmt: skip
        writer.close(manifest)
        file.flush()
        os.fsync(file.fileno())
    say(f"Files: {len(found) - 1:,} put in, {manifest.size - size:,} bytes")
    if manifest.missing:
        say(
            f"{len(manifest.missing):,} files named by the database were not there "
            "(deleted before, or by a sweep meanwhile); the manifest lists them"
        )
    return manifest


def _begin_journal(at: datetime, name: str, say: Say) -> str:
    """Let the journal catch up and name the copy in it; return its first moment."""
    try:
        with suppress(DatabaseError):
            # Before an upgrade the journal's own table may be missing; the copy matters more.
            journal.sweep(at=at)
        journal.write([{"kind": "backup", "at": at.isoformat(), "copy": name}])
        return str(next(journal.read()).get("w", ""))
    except OSError as error:
        say(f"The journal cannot be written to: {error.strerror}")
        return ""


def _files() -> Iterator[tuple[Path, int]]:
    """Yield every file of the media and private folders with its size; never a link."""
    for root in roots().values():
        for above, _folders, names in os.walk(root):
            for name in sorted(names):
                path = Path(above, name)
                if path.is_file() and not path.is_symlink():
                    yield path, path.stat().st_size


def _name_of(path: Path) -> str:
    """Return what a file is called in a copy."""
    for name, root in roots().items():
        if path.is_relative_to(root):
            return f"{name}/{path.relative_to(root).as_posix()}"
    raise ValueError(path)


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "django": version("django"),
        "wagtail": version("wagtail"),
    }


def code_key() -> str:
    """Return what tells whether two places share NATIONAL_CODE_KEY, and nothing of the key."""
    key = settings.NATIONAL_CODE_KEY.encode()
    return hmac.new(key, b"javar: which key is this", hashlib.sha256).hexdigest()[:16]


def must_fit(where: Path, size: int) -> None:
    """Refuse work for which the disk has no room."""
    free = shutil.disk_usage(where).free
    if free < size + SPARE:
        raise CopyRefused(
            f"{size + SPARE:,} bytes may be needed in {where} and {free:,} are free; "
            "make room or choose another folder."
        )


def _as_refusal(error: Exception) -> CopyRefused:
    if isinstance(error, CopyRefused):
        return error
    return CopyRefused(f"The copy was not made: {words_of(error)}.")


def _make_folder(to: Path) -> None:
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CopyRefused(f"{to} cannot be used: {error.strerror}.") from error


@contextmanager
def _alone(to: Path) -> Iterator[None]:
    """Hold the folder's lock; refuse while another backup runs. A killed one holds nothing."""
    try:
        lock = (to / ".lock").open("w")
    except OSError as error:
        raise CopyRefused(f"{to} cannot be written to: {error.strerror}.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CopyRefused(f"Another backup into {to} is running; this one was not.") from error
        yield


def _clear(to: Path, say: Say) -> None:
    """Remove what a killed backup left: the lock is ours, so nobody is at work there."""
    for left in to.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left)
        say(f"An earlier backup was cut off; its remains were removed ({left.name})")


def _remember(to: Path, at: datetime, **facts: Any) -> None:
    """Write `last.json`; the last good copy stays named there when a later one fails."""
    before = last_backup(to) or {}
    line: dict[str, Any] = {"at": at.isoformat(), **facts}
    line["good"] = (
        {k: v for k, v in line.items() if k != "ok"} if line["ok"] else before.get("good")
    )
    temporary = to / f".{LAST}"
    try:
        temporary.write_text(json.dumps(line, indent=1) + "\n")
        os.replace(temporary, to / LAST)
    except OSError:
        # A full disk has been said already; it must not hide the first reason.
        temporary.unlink(missing_ok=True)


def last_backup(to: Path | None = None) -> dict[str, Any] | None:
    """Return how the last backup went: `ok`, `at`, `path`, `size`, `seconds`, `said`, `good`."""
    try:
        found = json.loads(((to or folder()) / LAST).read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def all_copies(to: Path) -> dict[Path, datetime]:
    """Return every finished copy of ours in a folder with its time, the newest first."""
    found: dict[Path, datetime] = {}
    for path in to.iterdir() if to.is_dir() else ():
        named = _NAME.fullmatch(path.name)
        if named and path.is_file() and not path.is_symlink():
            moment = datetime.strptime(named[1], "%Y%m%dT%H%M%SZ")
            found[path] = moment.replace(tzinfo=UTC)
    return dict(sorted(found.items(), key=lambda item: item[1], reverse=True))


def past_their_time(
    found: dict[Path, datetime], *, at: datetime, daily: int, weekly: int
) -> list[Path]:
    """Return the copies nobody keeps: not the newest of one of the last days or weeks.

    `found` is newest first. The newest is always kept, so is what is younger than a day, and what
    claims to come from the future: a clock was wrong then, or is now.
    """
    kept: set[Path] = set(list(found)[:1])
    days: set[Any] = set()
    weeks: set[Any] = set()
    for path, moment in found.items():
        if moment > at - timedelta(days=1):
            kept.add(path)
        if moment > at:
            continue
        day, week = moment.date(), tuple(moment.isocalendar())[:2]
        if day not in days and len(days) < daily:
            kept.add(path)
        if week not in weeks and len(weeks) < weekly:
            kept.add(path)
        days.add(day)
        weeks.add(week)
    return [path for path in found if path not in kept]


def forget_old(to: Path, *, at: datetime) -> list[Path]:
    """Delete the copies past their time; what is no copy of ours is left alone."""
    gone = past_their_time(
        all_copies(to), at=at + timedelta(seconds=1),
        daily=settings.JAVAR_BACKUP_KEEP_DAILY, weekly=settings.JAVAR_BACKUP_KEEP_WEEKLY,
    )  # fmt: skip
    for path in gone:
        path.unlink()
    return gone
