"""Making copies: of the live database and its files, one at a time, whole or not at all."""

import fcntl
import json
import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from javar.upkeep.backups import archives, making
from javar.upkeep.backups.archives import CopyRefused
from javar.upkeep.backups.seals import make_key
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def places(settings: Any, tmp_path: Path) -> None:
    """Keep media and copies of a test apart."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.JAVAR_BACKUP_DIR = str(tmp_path / "copies")
    settings.JAVAR_JOURNAL_DIR = tmp_path / "journal"


def put(folder: Path, name: str, content: bytes) -> None:
    """Write a file below a folder."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def backed_up(to: Path, **facts: Any) -> making.Made:
    """Make a copy and keep what it says to itself."""
    return making.make_backup(to, facts.pop("key", None), say=lambda line: None, **facts)


def left(to: Path) -> set[str]:
    """Return what lies in a folder of copies."""
    return {path.name for path in to.iterdir()} - {".lock"}


def test_backup_holds_the_database_and_every_file(settings: Any, tmp_path: Path) -> None:
    put(settings.MEDIA_ROOT, "images/a.webp", b"picture")
    put(settings.PRIVATE_ROOT, "documents/b", b"paper")
    os.symlink("/etc/passwd", settings.MEDIA_ROOT / "images" / "link")

    made = backed_up(tmp_path / "copies", at=NOW)

    manifest = archives.read(made.path, None, lambda name: None)
    assert made.path.name == "javar-20261123T100000Z.tar"
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert [part.name for part in manifest.parts] == [
        archives.DATABASES[connection.vendor], "media/images/a.webp", "private/documents/b",
    ]  # fmt: skip
    assert manifest.engine == connection.vendor
    assert "people.0001_initial" in manifest.migrations
    assert manifest.counts["people_user"] == 0
    assert left(tmp_path / "copies") == {made.path.name, "last.json"}


def test_backup_writes_down_how_it_went(tmp_path: Path) -> None:
    made = backed_up(tmp_path / "copies", at=NOW)

    last = making.last_backup(tmp_path / "copies")
    assert last is not None
    assert (last["ok"], last["at"], last["path"], last["size"], last["sealed"]) == (
        True, NOW.isoformat(), str(made.path), made.size, False,
    )  # fmt: skip


def test_backup_that_failed_keeps_the_last_good_one_named(tmp_path: Path) -> None:
    made = backed_up(tmp_path / "copies", at=NOW)

    with pytest.raises(CopyRefused, match="already there"):
        backed_up(tmp_path / "copies", at=NOW)

    last = making.last_backup(tmp_path / "copies")
    assert last is not None
    assert (last["ok"], last["good"]["path"]) == (False, str(made.path))
    assert "already there" in last["said"]


def test_second_backup_at_once_is_refused(tmp_path: Path) -> None:
    to = tmp_path / "copies"
    to.mkdir()
    with (to / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(CopyRefused, match="Another backup"):
            backed_up(to)

    assert left(to) == set()


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Let no file of this process and its children grow past a size: a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_backup_on_a_full_disk_leaves_nothing_half_made(tmp_path: Path) -> None:
    to = tmp_path / "copies"
    good = backed_up(to, at=NOW)

    with no_file_above(20_000), pytest.raises(CopyRefused, match="was not"):
        backed_up(to, at=NOW + timedelta(hours=1))

    assert left(to) == {good.path.name, "last.json"}
    assert making.last_backup(to)["ok"] is False


def test_backup_that_fills_the_disk_while_packing_leaves_nothing(
    settings: Any, tmp_path: Path
) -> None:
    to = tmp_path / "copies"
    put(settings.MEDIA_ROOT, "images/large", bytes(30_000_000))

    with no_file_above(25_000_000), pytest.raises(CopyRefused, match=r"not made: .*too large"):
        backed_up(to, at=NOW)

    assert left(to) == {"last.json"}


def test_backup_without_room_says_how_much_is_needed(tmp_path: Path) -> None:
    with pytest.raises(CopyRefused, match="make room"):
        making.must_fit(tmp_path, shutil.disk_usage(tmp_path).free)


def test_backup_with_settings_needs_a_key(tmp_path: Path) -> None:
    with pytest.raises(CopyRefused, match="sealed copy only"):
        backed_up(tmp_path / "copies", with_settings=True)


def days(*ages: float) -> dict[Path, datetime]:
    """Return copies so many days old, newest first."""
    return {Path(str(age)): NOW - timedelta(days=age) for age in ages}


def test_copies_of_days_and_weeks_stay_and_the_rest_goes() -> None:
    found = days(*range(60))

    gone = making.past_their_time(found, at=NOW, daily=7, weekly=5)

    # NOW is a Monday, so the newest of the weeks before are 1, 8, 15 and 22 days old.
    kept = [int(path.name) for path in found if path not in gone]
    assert kept == [0, 1, 2, 3, 4, 5, 6, 8, 15, 22]


def test_newest_copy_and_those_of_a_wrong_clock_stay() -> None:
    found = days(-400, 100, 101)

    assert making.past_their_time(found, at=NOW, daily=0, weekly=0) == [Path("100"), Path("101")]
    assert making.past_their_time(days(400), at=NOW, daily=0, weekly=0) == []


def test_copies_of_the_last_day_stay_whatever_their_number() -> None:
    found = days(0, 0.2, 0.4, 0.9, 1.1)

    assert making.past_their_time(found, at=NOW, daily=1, weekly=1) == [Path("1.1")]


def test_forgetting_leaves_alone_what_it_does_not_know(settings: Any, tmp_path: Path) -> None:
    settings.JAVAR_BACKUP_KEEP_DAILY = settings.JAVAR_BACKUP_KEEP_WEEKLY = 1
    strangers = ["javar.sqlite3", "javar-20200101T000000Z.tar.old", "notes.txt", "journal.jsonl"]
    for name in [*strangers, "javar-20200101T000000Z.tar", "javar-20200102T000000Z.tar.sealed"]:
        put(tmp_path, name, b"")

    gone = making.forget_old(tmp_path, at=datetime(2026, 1, 1, tzinfo=UTC))

    assert [path.name for path in gone] == ["javar-20200101T000000Z.tar"]
    assert left(tmp_path) >= {*strangers, "javar-20200102T000000Z.tar.sealed"}


def test_backup_command_seals_with_a_key_and_verifies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("backup", make_key=tmp_path / "key")
    call_command("backup", to=tmp_path / "copies", key=str(tmp_path / "key"))
    path = next((tmp_path / "copies").glob("*.tar.sealed"))

    call_command("backup", verify=path, key=str(tmp_path / "key"))

    assert f"{path.name} is whole" in capsys.readouterr().out
    make_key(tmp_path / "other")
    with pytest.raises(CommandError, match="another key"):
        call_command("backup", verify=path, key=str(tmp_path / "other"))


def test_verify_refuses_a_copy_whose_database_does_not_open(tmp_path: Path) -> None:
    made = backed_up(tmp_path / "copies", at=NOW)
    put(tmp_path, "broken", b"SQLite format 3\0" + bytes(5000))
    other = tmp_path / "javar-bad.tar"
    with other.open("wb") as out:
        writer = archives.Writer(out, None)
        writer.add(made.manifest.database, tmp_path / "broken")
        facts = json.loads(made.manifest.written()) | {"parts": []}
        writer.close(archives.Manifest(**(facts | {"parts": writer.parts})))

    with pytest.raises(CommandError, match=r"does not open|not sound|cannot be read"):
        call_command("backup", verify=other)
