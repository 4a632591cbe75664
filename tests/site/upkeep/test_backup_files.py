"""What happens to files, and to the whole, while a copy is made."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile

from courses.imports.models import Batch
from courses.imports.states import State
from courses.people.models import User
from javar.upkeep.backups import making
from tests.cast import NOW
from tests.servers import environment_of


def test_backup_lists_the_files_that_rows_name_and_nobody_found(place: str, tmp_path: Path) -> None:
    user = User.objects.create(username="clerk")
    batch = Batch(
        kind="x", subject="s", made_by=user, made_at=NOW, beat_at=NOW, total=0, state=State.CHECKING
    )
    batch.table.save("t", ContentFile(b"rows"), save=False)
    batch.save()
    batch.table.storage.delete(batch.table.name)

    made = making.make_backup(tmp_path / "copies", None, say=lambda line: None, at=NOW)

    assert made.manifest.missing == [f"private/{batch.table.name}"]
    assert made.manifest.counts["people_user"] == 1


def test_killed_backup_is_cleared_by_the_next_one(place: str, tmp_path: Path) -> None:
    to, large = tmp_path / "copies", tmp_path / "var" / "media" / "large"
    large.parent.mkdir(parents=True)
    large.write_bytes(bytes(60_000_000))
    process = subprocess.Popen(
        [sys.executable, str(settings.ROOT / "manage.py"), "backup", "--to", str(to)],
        env=environment_of(place, JAVAR_VAR=str(tmp_path / "var")), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list(to.glob(".unfinished-*/javar-*")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert [path.name[:12] for path in to.glob("*") if path.is_dir()] == [".unfinished-"]
    said: list[str] = []

    made = making.make_backup(to, None, say=said.append, at=NOW)

    assert {path.name for path in to.iterdir()} == {made.path.name, "last.json", ".lock"}
    assert "cut off" in said[0]
