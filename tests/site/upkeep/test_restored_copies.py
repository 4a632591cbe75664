"""Which copies are restored: whole ones of this engine, not newer than the code, with the key."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from courses.kit import holds
from courses.people.models import User
from javar.upkeep.backups import archives, restores
from javar.upkeep.backups.archives import CopyRefused
from javar.upkeep.backups.seals import Key
from tests.site.upkeep.conftest import EmptyPlace
from tests.site.upkeep.restoring import backed_up, remade, restored, what_is_there


def test_changed_copy_writes_nothing(
    place: str, paper: str, empty_place: EmptyPlace, tmp_path: Path, settings: Any
) -> None:
    copy = backed_up(tmp_path)
    whole = copy.read_bytes()

    with empty_place():
        for content in (
            whole[: len(whole) // 2], whole[:-1], whole[:-300] + b"x" + whole[-299:], b"",
        ):  # fmt: skip
            copy.write_bytes(content)
            with pytest.raises(CopyRefused):
                restored(copy)
            assert what_is_there(settings.VAR) == set()
            assert restores.targets.is_empty()
        copy.write_bytes(whole)
        with pytest.raises(CopyRefused, match="another key"):
            restored(copy, Key(bytes(32)))
        restored(copy)
        assert User.objects.get().username == "clerk"


def test_copy_of_a_newer_javar_is_refused(
    place: str, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    copy = backed_up(tmp_path, None)
    migrations = archives.read(copy, None, lambda name: None).migrations
    newer = remade(copy, tmp_path, migrations=[*migrations, "people.9999_of_tomorrow"])

    with empty_place():
        with pytest.raises(CopyRefused, match=r"does not know people\.9999_of_tomorrow"):
            restored(newer, None)
        assert restores.targets.is_empty()


def test_copy_of_another_engine_is_refused(
    place: str, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    copy = backed_up(tmp_path, None)
    parts = tmp_path / "parts"
    manifest = archives.read(copy, None, lambda name: parts / name)
    (other,) = set(archives.DATABASES) - {manifest.engine}
    path = tmp_path / "other.tar"
    with path.open("wb") as out:
        writer = archives.Writer(out, None)
        writer.add(archives.DATABASES[other], parts / manifest.database)
        facts = json.loads(manifest.written()) | {"parts": writer.parts, "engine": other}
        writer.close(archives.Manifest(**facts))

    with empty_place(), pytest.raises(CopyRefused, match=f"The copy is of {other}"):
        restored(path, None)


def test_copy_older_than_the_code_is_brought_forward(
    place: str, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    call_command("migrate", "kit", "0003", verbosity=0)
    copy = backed_up(tmp_path)

    with empty_place():
        report = restored(copy)

        assert report["migrated"] >= 1
        assert holds.stands()


def test_another_national_code_key_is_said_aloud(
    place: str, empty_place: EmptyPlace, tmp_path: Path, settings: Any
) -> None:
    copy = backed_up(tmp_path)
    settings.NATIONAL_CODE_KEY = "another"

    with empty_place():
        report = restored(copy)

    assert any("NATIONAL_CODE_KEY is another one" in line for line in restores.sentences(report))
