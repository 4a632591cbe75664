"""A restore beside somebody: a site that is served, one that begins, another restore."""

import errno
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from courses.people.models import User
from javar.upkeep.alone import hold_the_place
from javar.upkeep.backups import making, restores, targets
from javar.upkeep.backups.archives import CopyRefused
from tests import databases
from tests.site.upkeep.conftest import EmptyPlace
from tests.site.upkeep.restoring import KEY, LATER, account, backed_up, restored, what_is_there


def test_restore_beside_a_serve_is_refused(
    place: str, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    """Before, a site whose file was moved away wrote on into it, beside the restored one."""
    copy = backed_up(tmp_path)

    with empty_place():
        with hold_the_place(), pytest.raises(CopyRefused, match=r"served from .* by process"):
            restored(copy)

        assert targets.is_empty()
        restored(copy)


def test_serve_beside_a_restore_is_refused_from_its_first_look(
    place: str, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    """Before, a site could begin while the copy was read, and was overwritten at the end."""
    account("here")
    copy = backed_up(tmp_path)
    refused: list[str] = []

    def begin(line: str) -> None:
        with pytest.raises(CommandError, match="restored, by process"), hold_the_place():
            raise AssertionError("it is served beside the restore")
        with pytest.raises(CommandError, match="cut off or is at work"):
            call_command("prepare")
        refused.append(line)

    with empty_place():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(restores.making, "must_fit", lambda *_sizes: begin("looked"))
            restores.restore(copy, KEY, say=lambda _line: None, at=LATER)

        assert refused == ["looked"]
        assert User.objects.get().username == "here"


def test_database_that_was_made_meanwhile_is_not_overwritten(
    place: str, paper: str, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    copy = backed_up(tmp_path)

    def make(line: str) -> None:
        if not line.startswith("Database loaded"):
            return
        if databases.on_sqlite():
            # Our own connections make no file.
            targets.sqlite_place().touch()
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE somebodys (name text)")

    with empty_place():
        with pytest.raises(CopyRefused, match="is not empty"):
            restores.restore(copy, KEY, say=make, at=LATER)

        assert connection.introspection.table_names() == ["somebodys"]
        assert not targets.work_is_left()
        assert restores.cut_off() == ""
        assert what_is_there(Path(restores.settings.VAR)) - {"trail/head"} == set()


def test_restore_of_another_folder_into_the_same_server_is_refused(
    place: str, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    """Before, the second one dropped the schema in which the first one worked."""
    if databases.on_sqlite():
        pytest.skip("a file is guarded by the lock of its folder")
    copy = backed_up(tmp_path)

    with empty_place():
        with targets.held(), pytest.raises(CopyRefused, match="Another restore is at work"):
            restored(copy)

        restored(copy)


@pytest.mark.parametrize(
    "failure", [OSError(errno.ENOSPC, "No space left on device"), OperationalError("closed: x")]
)
def test_restore_that_breaks_off_says_so_in_words(
    place: str, empty_place: EmptyPlace, tmp_path: Path, failure: Exception
) -> None:
    """Before, a lost database left a line of the log without its reason."""
    copy = backed_up(tmp_path, None)

    def fail(_database: Path) -> None:
        raise failure

    with empty_place(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(restores.targets, "load", fail)
        with pytest.raises(CommandError, match=r"broke off: .*(No space left|closed: x)"):
            call_command("restore", str(copy))

        assert targets.is_empty()
        assert restores.cut_off() == ""


def test_backup_of_a_database_that_is_away_is_remembered_as_failed(
    place: str, tmp_path: Path
) -> None:
    """Before, only a full disk was: the keeper's page went on praising yesterday's copy."""
    to = tmp_path / "copies"

    def fail(_to: Path) -> None:
        raise OperationalError("connection refused")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making.copies, "copy_database", fail)
        with pytest.raises(CommandError, match="not made: connection refused"):
            call_command("backup")

    last = making.last_backup(to)
    assert last is not None
    assert (last["ok"], last["said"]) == (False, "The copy was not made: connection refused.")
