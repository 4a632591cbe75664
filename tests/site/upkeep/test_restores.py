"""Restoring: into an empty place, whole or not at all, held, honest about what it cannot know."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection

from courses.imports.models import Batch
from courses.imports.states import State
from courses.kit import audit, holds, journal
from courses.kit.models import AuditEntry, Hold
from courses.notices.actions import relay_batch, release_outbox, send_sms
from courses.notices.models import Message
from courses.people.actions import forget_person, register_person
from courses.people.models import User
from javar.upkeep.backups import archives, copies, making, restores
from javar.upkeep.backups.archives import CopyRefused
from javar.upkeep.backups.seals import Key
from tests.courses.notices.test_relay import fakes
from tests.site.upkeep.conftest import EmptyPlace

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
    """Return every file below a folder."""
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def paper(place: str) -> str:
    """A file that a row names; its name."""
    batch = Batch(
        kind="x", subject="s", made_by=account("clerk"), made_at=NOW, beat_at=NOW, total=0,
        state=State.CHECKING,
    )  # fmt: skip
    batch.table.save("t", ContentFile(b"rows"), save=False)
    batch.save()
    return str(batch.table.name)


def test_everything_comes_back_and_stands_still(
    place: str, paper: str, empty_place: EmptyPlace, tmp_path: Path, settings: Any
) -> None:
    Session.objects.create(session_key="k" * 32, session_data="x", expire_date=LATER)
    went, waits = message("went"), message("waits")
    gone = account("gone")
    (settings.MEDIA_ROOT / "images").mkdir(parents=True)
    (settings.MEDIA_ROOT / "images" / "a.webp").write_bytes(b"picture")
    copy = backed_up(tmp_path)
    # What the copy does not know: a message went, another was written and went, somebody was
    # erased, and somebody came.
    younger = message("younger")
    Message.objects.filter(pk=waits.pk).update(not_before=LATER)
    _fake, table = fakes()
    relay_batch(table, owner="r", at=NOW)
    forget_person(gone, by=None, at=NOW)
    journal.sweep(at=NOW)

    with empty_place():
        report = restored(copy)

        assert User.objects.get(username="clerk").first_name == "clerk"
        assert Batch.objects.get().table.read() == b"rows"
        assert (settings.MEDIA_ROOT / "images" / "a.webp").read_bytes() == b"picture"
        assert Session.objects.count() == 0
        assert User.objects.get(pk=gone.pk).first_name == ""
        assert audit.trail(gone).filter(verb="forget_person").count() == 1
        fake, table = fakes()
        relay_batch(table, owner="one", at=LATER)
        relay_batch(table, owner="two", at=LATER)
        assert fake.got == []
        hold = holds.present()
        assert hold is not None
        assert report["counts"] == {
            "sent.settled": 1, "sent.younger": 1, "place.younger": 0,
            "erased.erased_again": 1, "erased.not_erased": 0,
        }  # fmt: skip
        assert [one["id"] for one in report["found"]["sent"]["settled"]] == [str(went.stable_id)]
        assert [one["id"] for one in report["found"]["sent"]["younger"]] == [str(younger.stable_id)]
        assert hold.report["counts"] == report["counts"]
        assert (report["journal"], report["checks"]["count_seats"]) == ("whole", "")
        assert json.loads(Path(report["file"]).read_text())["found"] == report["found"]
        keeper = User.objects.get(username="clerk")
        keeper.is_superuser = True
        keeper.save()
        release_outbox(hold, by=keeper, at=LATER)
        relay_batch(table, owner="one", at=LATER)
        assert [got[3] for got in fake.got] == [str(waits.stable_id)]
        assert restores.cut_off() == ""
        assert "restored" in {line["kind"] for line in journal.read()}


def test_numbers_of_lost_rows_are_never_given_again(
    place: str, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    before = account("before")
    copy = backed_up(tmp_path)
    lost = account("lost")
    line = audit.trail(lost).get()

    with empty_place():
        restored(copy)

        assert account("new").pk > lost.pk
        new = AuditEntry.objects.order_by("pk").last()
        assert new is not None
        assert new.pk > line.pk + 1000
        assert User.objects.get(username="before").pk == before.pk


def test_copy_of_a_restored_place_is_restored_too(
    place: str, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    account("first")
    copy = backed_up(tmp_path)
    with empty_place():
        restored(copy)
        account("second")
        again = making.make_backup(tmp_path / "copies", KEY, say=lambda line: None, at=LATER).path
    with empty_place():
        report = restored(again)

        assert set(User.objects.values_list("username", flat=True)) == {"first", "second"}
        assert Hold.objects.get().report["copy"] == again.name == report["copy"]


def test_without_a_journal_it_says_that_it_cannot_know(
    place: str, empty_place: EmptyPlace, tmp_path: Path, settings: Any
) -> None:
    copy = backed_up(tmp_path)
    settings.JAVAR_JOURNAL_DIR = tmp_path / "lost"

    with empty_place():
        report = restored(copy)

    assert report["journal"] == "none"
    assert "There is no journal: nobody can say" in restores.sentences(report)[1]


def test_journal_that_begins_after_the_copy_says_so(
    place: str, empty_place: EmptyPlace, tmp_path: Path, settings: Any
) -> None:
    copy = backed_up(tmp_path)
    settings.JAVAR_JOURNAL_DIR = tmp_path / "other"
    journal.write([{"kind": "x"}])

    with empty_place():
        report = restored(copy)

    assert report["journal"] == "late"
    assert "after the copy was made" in restores.sentences(report)[1]


def test_place_that_is_not_empty_is_never_overwritten(
    place: str, tmp_path: Path, settings: Any
) -> None:
    copy = backed_up(tmp_path)
    account("stays")

    with pytest.raises(CopyRefused, match="not empty, and a restore never overwrites"):
        restored(copy)

    assert User.objects.get().username == "stays"
    assert not restores.workshop().exists()


@pytest.mark.parametrize("root", ["media", "private"])
def test_folder_that_is_not_empty_is_never_overwritten(
    place: str, empty_place: EmptyPlace, tmp_path: Path, settings: Any, root: str
) -> None:
    copy = backed_up(tmp_path)

    with empty_place():
        file = settings.VAR / root / "deep" / "file"
        file.parent.mkdir(parents=True)
        file.write_text("mine")
        with pytest.raises(CopyRefused, match=f"files in .*{root}"):
            restored(copy)

        assert file.read_text() == "mine"
        assert restores.targets.is_empty()


def test_folders_that_are_there_keep_their_mode_and_files_get_theirs(
    place: str, paper: str, empty_place: EmptyPlace, tmp_path: Path, settings: Any
) -> None:
    (settings.MEDIA_ROOT / "images").mkdir(parents=True)
    (settings.MEDIA_ROOT / "images" / "a").write_bytes(b"picture")
    copy = backed_up(tmp_path)

    with empty_place():
        settings.MEDIA_ROOT.mkdir()
        settings.MEDIA_ROOT.chmod(0o2710)
        restored(copy)

        def mode(path: Path) -> str:
            return f"{path.stat().st_mode & 0o7777:o}"

        assert mode(settings.MEDIA_ROOT) == "2710"
        assert mode(settings.MEDIA_ROOT / "images") == "2755"
        assert mode(settings.MEDIA_ROOT / "images" / "a") == "644"
        assert mode(settings.PRIVATE_ROOT / paper) == "600"
        assert mode((settings.PRIVATE_ROOT / paper).parent) == "700"


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
            assert what_is_there(settings.VAR) == {".restore.lock"}
            assert restores.targets.is_empty()
        copy.write_bytes(whole)
        with pytest.raises(CopyRefused, match="another key"):
            restored(copy, Key(bytes(32)))
        restored(copy)
        assert User.objects.get().username == "clerk"


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
                assert what_is_there(settings.VAR) == {".restore.lock"}
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
    place: str, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    account("here")
    copy = backed_up(tmp_path)
    with empty_place():
        restored(copy)
        restores.workshop().mkdir()
        restores._note(placing=True, copy=copy.name)

        with pytest.raises(CopyRefused, match="had ended; the site is there"):
            restored(copy)

        assert User.objects.get().username == "here"
        assert restores.cut_off() == ""


def test_commands_restore_and_release(
    place: str, empty_place: EmptyPlace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keeper = account("keeper")
    User.objects.filter(pk=keeper.pk).update(is_superuser=True)
    account("other")
    copy = backed_up(tmp_path, None)

    with empty_place():
        call_command("restore", copy)
        assert "The outbox is HELD" in capsys.readouterr().out
        for name, words in (("nobody", "no account"), ("other", "نقش")):
            with pytest.raises(CommandError, match=words):
                call_command("release_outbox", by=name)
        assert holds.stands()

        call_command("release_outbox", by="keeper")

        assert not holds.stands()
        with pytest.raises(CommandError, match="not held"):
            call_command("release_outbox", by="keeper")
    assert connection.vendor == copies.engine()
