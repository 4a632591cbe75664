"""Restoring: into an empty place, whole or not at all, held, honest about what it cannot know."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection

from courses.imports.models import Batch
from courses.kit import audit, holds, journal
from courses.kit.models import AuditEntry, Hold
from courses.notices.actions import relay_batch, release_outbox
from courses.notices.models import Message
from courses.people.actions import forget_person
from courses.people.models import User
from javar.upkeep.backups import copies, making, restores
from javar.upkeep.backups.archives import CopyRefused
from tests import databases
from tests.courses.notices.test_relay import fakes
from tests.site.upkeep.conftest import EmptyPlace
from tests.site.upkeep.restoring import KEY, LATER, NOW, account, backed_up, message, restored


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


@pytest.mark.skipif(databases.on_sqlite(), reason="a copied SQLite file brings its statistics")
def test_restored_tables_are_known_to_the_planner(
    place: str, empty_place: EmptyPlace, tmp_path: Path
) -> None:
    for number in range(20):
        account(f"person-{number}")
    copy = backed_up(tmp_path)

    with empty_place():
        restored(copy)

        with connection.cursor() as cursor:
            # Never counted: -1.
            cursor.execute(
                "SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [User._meta.db_table]
            )
            assert cursor.fetchone() == (20,)


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
