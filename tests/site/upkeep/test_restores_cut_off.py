"""A restore that breaks off: nothing starts from half of it, and the next one knows."""

import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from courses.imports.models import Batch
from courses.kit import holds
from courses.people.models import User
from javar.upkeep.backups import restores
from javar.upkeep.backups.archives import CopyRefused
from tests.site.upkeep.conftest import EmptyPlace
from tests.site.upkeep.restoring import KEY, LATER, account, backed_up, restored, what_is_there


def test_restore_cut_off_lets_nothing_start_and_begins_anew(
    place: str, paper: str, empty_place: EmptyPlace, tmp_path: Path, settings: Any
) -> None:
    copy = backed_up(tmp_path)

    class Killed(BaseException):
        """As `kill -9`: nothing is put in order."""

    def killed() -> None:
        raise Killed

    with empty_place():
        for where in ("put_in_place", "load"):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(restores, "_undo", lambda: None)
                patch.setattr(restores.targets, where, lambda *args: killed())
                with pytest.raises(Killed):
                    restored(copy)
            assert restores.targets.is_empty()
            with pytest.raises(CommandError, match="cut off"):
                call_command("prepare")
            said: list[str] = []
            if where == "put_in_place":
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(restores.targets, "put_in_place", killed)
                    with pytest.raises(Killed):
                        restores.restore(copy, KEY, say=said.append, at=LATER)
                assert "cut off" in said[0]
                assert what_is_there(settings.VAR) == set()
                continue
            report = restores.restore(copy, KEY, say=said.append, at=LATER)
            assert "cut off" in said[0]
            assert report["counts"]["erased.erased_again"] == 0
            assert Batch.objects.get().table.read() == b"rows"


@pytest.mark.parametrize("failure", [BrokenPipeError, KeyboardInterrupt])
def test_failure_behind_the_last_step_takes_nothing_away(
    place: str, paper: str, empty_place: EmptyPlace, tmp_path: Path, settings: Any,
    failure: type[BaseException],
) -> None:  # fmt: skip
    """Before, a database without its files was left: every restored paper was deleted."""
    copy = backed_up(tmp_path)
    # A disk of the journal that is away, and a terminal that is gone when that is to be said.
    settings.JAVAR_JOURNAL_DIR = tmp_path / "no-folder"
    settings.JAVAR_JOURNAL_DIR.write_text("")

    def say(line: str) -> None:
        if line.startswith("The journal cannot"):
            raise failure

    with empty_place():
        with pytest.raises(failure) as raised:
            restores.restore(copy, KEY, say=say, at=LATER)

        assert Batch.objects.get().table.read() == b"rows"
        assert restores.cut_off() == ""
        assert holds.stands()
        assert raised.value.__notes__ == [
            "The copy IS restored: database and files are in their places."
        ]


def test_restore_killed_after_its_last_step_is_recognised_as_done(
    place: str, empty_place: EmptyPlace, tmp_path: Path, settings: Any
) -> None:
    account("here")
    copy = backed_up(tmp_path)
    with empty_place():
        restored(copy)
        (settings.VAR / restores.MARK).unlink()
        restores.workshop().mkdir()
        restores._note(placing=True, copy=copy.name)

        with pytest.raises(CopyRefused, match="had ended; the site is there"):
            restored(copy)

        assert User.objects.get().username == "here"
        assert restores.cut_off() == ""
        assert restores.was_restored(copy)


def test_restore_goes_on_where_the_very_copy_lies_already_and_nowhere_else(
    place: str, empty_place: EmptyPlace, tmp_path: Path, settings: Any
) -> None:
    """Before, whoever set a site up could not go on when what comes after the restore failed."""
    account("here")
    copy = backed_up(tmp_path, None)
    other = copy.with_name(f"other-{copy.name}")
    shutil.copy(copy, other)

    def restore(file: Path) -> str:
        said = StringIO()
        call_command("restore", str(file), go_on=True, stdout=said)
        return said.getvalue()

    with empty_place():
        assert "restored here already" not in restore(copy)
        account("worked-since")
        assert "restored here already" in restore(copy)
        assert User.objects.filter(username="worked-since").exists()
        with pytest.raises(CommandError, match="is not empty"):
            restore(other)
    with empty_place():
        # The mark alone, without a site, is no site.
        (settings.VAR / restores.MARK).write_text(f"{copy.name}\n")
        shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
        shutil.rmtree(settings.PRIVATE_ROOT, ignore_errors=True)
        assert "restored here already" not in restore(copy)
        assert User.objects.get().username == "here"
